# SPDX-License-Identifier: Apache-2.0
"""The tasks of changesets: one writes them, one says where they are missing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from releasekit import lazy
from releasekit.errors import Exit
from releasekit.tasks.command import Session, warn
from releasekit.tasks.terminal.layout import Line

if TYPE_CHECKING:
    from releasekit.core import added as documents
    from releasekit.run import changesets as files
    from releasekit.tasks import changesets, library, summary
    from releasekit.tasks.show import changesets as show
    from releasekit.tasks.show import findings, markdown
else:
    changesets = lazy.module('releasekit.tasks.changesets')
    documents = lazy.module('releasekit.core.added')
    files = lazy.module('releasekit.run.changesets')
    findings = lazy.module('releasekit.tasks.show.findings')
    library = lazy.module('releasekit.tasks.library')
    markdown = lazy.module('releasekit.tasks.show.markdown')
    show = lazy.module('releasekit.tasks.show.changesets')
    summary = lazy.module('releasekit.tasks.summary')


def changeset_add(session: Session) -> None:
    """Write a changeset into the tree, by flags or by answers."""
    console, dry = session.console, session.flags.dry_run
    project = library.opened(session.flags)
    warn(session, project.warnings)
    made = changesets.made(project, session.flags, console)
    if made.written and not dry:
        files.write(project, made)
    if console.as_json:
        console.document(documents.SCHEMA, changesets.document(made, dry=dry))
        return
    done = 'would write' if dry else 'wrote' if made.written else 'is there already:'
    console.show([Line(f'{done} {made.path}', 'bold'), Line(), *(Line(line) for line in made.text.splitlines())])


def changeset_check(session: Session) -> Exit:
    """Say which changed packages no new changeset names."""
    project = library.opened(session.flags)
    warn(session, project.warnings)
    found = library.run(files.check(project, session.flags.since))
    findings.show(session.console, found, show.uncovered(found))
    summary.append(session.console, lambda: markdown.findings(found))
    return Exit.POLICY if found.findings else Exit.DONE
