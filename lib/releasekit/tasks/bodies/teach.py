# SPDX-License-Identifier: Apache-2.0
"""The tasks that tell about releasekit itself: what a word means, and scripts for shells."""

from __future__ import annotations

from typing import TYPE_CHECKING

from releasekit import lazy
from releasekit.errors import Code, fail
from releasekit.tasks.command import Session
from releasekit.tasks.terminal.layout import Block, Line, Table

if TYPE_CHECKING:
    from releasekit.core import guide
    from releasekit.core.guide import Explanation
    from releasekit.tasks import explain as explanations
    from releasekit.tasks import library
    from releasekit.tasks.completion import scripts
else:
    guide = lazy.module('releasekit.core.guide')
    explanations = lazy.module('releasekit.tasks.explain')
    library = lazy.module('releasekit.tasks.library')
    scripts = lazy.module('releasekit.tasks.completion.scripts')

# More than these are listed by their titles.
_PAGES = 3


def explain(session: Session, word: str) -> None:
    """Say what a code, a step, a check, a task or a key of release.yaml means."""
    _, spec = library.defined(session.flags)
    found = explanations.explain(word, spec)
    if session.console.as_json:
        session.console.document(guide.EXPLANATIONS_SCHEMA, guide.Explanations(found))
    elif len(found) > _PAGES:
        session.console.show([Table((found[0].kind, 'meaning'), tuple((each.name, each.title) for each in found))])
    else:
        session.console.show(block for number, each in enumerate(found) for block in _page(each, first=number == 0))


def _page(found: Explanation, *, first: bool) -> list[Block]:
    title = Line(f'{found.name} ({found.kind}): {found.title}', 'bold')
    return [*([] if first else [Line()]), title, Line(), Line(found.text)]


def completion(session: Session, shell: str) -> None:
    """Print the script of a shell."""
    if shell not in scripts.SHELLS:
        hint = f'Choose one of {", ".join(scripts.SHELLS)}.'
        raise fail(Code.USAGE, f'`{shell}` is no shell that releasekit completes in.', hint)
    session.console.out.write_utf8(scripts.SHELLS[shell])
