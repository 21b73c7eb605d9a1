# SPDX-License-Identifier: Apache-2.0
"""The tasks that write the first release.yaml."""

from __future__ import annotations

from typing import TYPE_CHECKING

from releasekit import lazy
from releasekit.tasks.command import Session, warn

if TYPE_CHECKING:
    from releasekit.core import beginnings as documents
    from releasekit.run.survey import begin
    from releasekit.tasks import beginnings, migrations
    from releasekit.tasks.show import beginnings as show
    from releasekit.tasks.show import migration as migration_shown
else:
    documents = lazy.module('releasekit.core.beginnings')
    begin = lazy.module('releasekit.run.survey.begin')
    beginnings = lazy.module('releasekit.tasks.beginnings')
    migrations = lazy.module('releasekit.tasks.migrations')
    show = lazy.module('releasekit.tasks.show.beginnings')
    migration_shown = lazy.module('releasekit.tasks.show.migration')


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


def migrate(session: Session) -> None:
    """Write the release.yaml that says what the settings of another release tool say."""
    console, dry = session.console, session.flags.dry_run
    begun = migrations.begun(session.flags)
    if isinstance(begun, str):
        if console.as_json:
            console.document(migrations.SCHEMA, migrations.nothing(begun))
        else:
            console.show(migration_shown.nothing(begun))
        return
    done = migrations.carried(begun, session.flags, console)
    proven = migrations.proven(begun, done)
    warn(session, proven.warnings)
    past = migrations.replayed(begun, proven) if session.flags.backtest else None
    if not dry:
        begin.write(begun, proven)
    report = [*migration_shown.carried(done), *migration_shown.past(past)]
    if console.as_json:
        console.document(migrations.SCHEMA, migrations.document(begun, done, proven, past, written=not dry))
    elif dry:
        console.note(report)
        console.show(show.text(proven))
    else:
        console.show([*report, *show.written(begun, proven)])
