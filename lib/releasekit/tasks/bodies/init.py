# SPDX-License-Identifier: Apache-2.0
"""The task that writes the first release.yaml."""

from __future__ import annotations

from typing import TYPE_CHECKING

from releasekit import lazy
from releasekit.tasks.command import Session, warn

if TYPE_CHECKING:
    from releasekit.core import beginnings as documents
    from releasekit.run.survey import begin
    from releasekit.tasks import beginnings
    from releasekit.tasks.show import beginnings as show
else:
    documents = lazy.module('releasekit.core.beginnings')
    begin = lazy.module('releasekit.run.survey.begin')
    beginnings = lazy.module('releasekit.tasks.beginnings')
    show = lazy.module('releasekit.tasks.show.beginnings')


def init(session: Session) -> None:
    """Look at the repository and write a release.yaml that plans as it stands."""
    console, dry = session.console, session.flags.dry_run
    begun = beginnings.begun(session.flags)
    draft = beginnings.drafted(begun, session.flags, console)
    proven = beginnings.proven(begun, draft)
    warn(session, proven.warnings)
    if not dry:
        begin.write(begun, proven)
    if console.as_json:
        console.document(documents.SCHEMA, beginnings.document(begun, draft, proven, written=not dry))
    elif dry:
        # Standard output is the file and nothing else, so that it can be kept.
        console.note(show.found(draft))
        console.show(show.text(proven))
    else:
        console.show([*show.found(draft), *show.written(begun, proven)])
