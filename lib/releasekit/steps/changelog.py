# SPDX-License-Identifier: Apache-2.0
"""Write a section for every release into its changelog."""

from __future__ import annotations

from collections.abc import Sequence

from releasekit.core.actions import Action
from releasekit.core.page import insert
from releasekit.core.styles import style
from releasekit.steps.base import NoOptions, Run, Skip, step
from releasekit.steps.noted import pages, section
from releasekit.steps.texts import Texts


@step()
def changelog(run: Run, _: NoOptions) -> Sequence[Action] | Skip:
    """Add a section to the changelogs of what is released.

    Packages may share a file. Those that share the place of their version too, as a crate and the wheel that is made
    of it do, have one section, in the first one's spelling.
    """
    texts = Texts(run)
    for page in pages(run):
        text = texts.find(page.path)
        changed = insert(text, section(run, page), page.version, style(page.rules).header)
        owner = page.packages[0].id if len(page.packages) == 1 else None
        texts.write(page.path, changed, page.why, owner)
    return texts.edits() or Skip('every changelog has its section already')
