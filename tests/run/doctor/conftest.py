# SPDX-License-Identifier: Apache-2.0
"""A healthy repository for each test of doctor, examined in this process."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import anyio
import pytest

from releasekit.run.doctor.examine import Asked, examine
from releasekit.run.doctor.findings import Finding
from releasekit.testing.clinic import Clinic, Visit, open_clinic


def examined(visit: Visit) -> Sequence[Finding]:
    """What doctor finds."""
    return anyio.run(examine, Asked(visit.start, None, visit.environment, offline=visit.offline, only=visit.only))


@pytest.fixture
def clinic(tmp_path: Path) -> Clinic[Finding]:
    """Two packages, all of it on the remote."""
    return open_clinic(tmp_path, examined)
