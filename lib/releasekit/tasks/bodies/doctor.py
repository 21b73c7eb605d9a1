# SPDX-License-Identifier: Apache-2.0
"""The task that looks at all that a release depends on, and changes nothing."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from releasekit import lazy
from releasekit.errors import Exit
from releasekit.spec.overrides import flagged
from releasekit.tasks.command import Session

if TYPE_CHECKING:
    from releasekit.run.doctor import examine
    from releasekit.run.doctor import findings as values
    from releasekit.tasks import library
    from releasekit.tasks.show import doctor as shown
    from releasekit.tasks.show import findings
else:
    examine = lazy.module('releasekit.run.doctor.examine')
    values = lazy.module('releasekit.run.doctor.findings')
    library = lazy.module('releasekit.tasks.library')
    shown = lazy.module('releasekit.tasks.show.doctor')
    findings = lazy.module('releasekit.tasks.show.findings')

# The formats that say what was not checked.
_WHOLE = frozenset({'table', 'json', 'markdown'})


def doctor(session: Session) -> Exit:
    """Look at all that a release depends on, and say what to do."""
    flags = session.flags
    asked = examine.Asked(
        start=Path.cwd(),
        spec=Path(flags.spec) if flags.spec else None,
        environment=os.environ,
        overrides=flagged(flags.config),
        offline=flags.offline,
        only=flags.only,
        skip=flags.skip,
    )
    found = library.run(examine.examine(asked))
    # Beside the lines of a change belongs what is wrong, not what nobody could tell.
    told = found if flags.format in _WHOLE else [each for each in found if each.state is not values.State.UNCHECKED]
    findings.show(session.console, values.document(told), shown.findings(found))
    return values.status(found, strict=flags.strict)
