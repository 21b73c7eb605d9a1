# SPDX-License-Identifier: Apache-2.0
"""What a pin makes of a requirement, and which versions requirements admit."""

from __future__ import annotations

import pytest
from packaging.requirements import Requirement

from releasekit.ecosystems.python import PYTHON
from releasekit.ecosystems.python.requirement import ceiling, raised
from releasekit.spec.model import Pin

MINIMUM = [
    ('core', '1.4.0', 'core>=1.4.0'),
    ('core>=1.3.0', '1.4.0', 'core>=1.4.0'),
    ('core>=1.4.0', '1.4.0', 'core>=1.4.0'),
    ('core >= 1.3.0', '1.4.0', 'core >= 1.4.0'),
    ('Acme_Core[cli, x] >=1.3 ; python_version < "3.9"', '1.4.0', 'Acme_Core[cli, x] >=1.4.0 ; python_version < "3.9"'),
    ('core ; extra == "x"', '1.4.0', 'core>=1.4.0 ; extra == "x"'),
    ('core; extra == "x"', '1.4.0', 'core>=1.4.0; extra == "x"'),
    ('core>1.0', '1.4.0', 'core>=1.4.0'),
    ('core==1.3.0', '1.4.0', 'core>=1.4.0'),
    ('core===1.3.0', '1.4.0', 'core>=1.4.0'),
    ('core>=1.3,<2', '1.4.0', 'core>=1.4.0,<2'),
    ('core >= 1.3, < 2', '1.4.0', 'core >= 1.4.0, < 2'),
    ('core<2,>=1.3', '1.4.0', 'core<2,>=1.4.0'),
    ('core<2, >=1.3', '1.4.0', 'core<2, >=1.4.0'),
    ('core<2', '1.4.0', 'core>=1.4.0,<2'),
    ('core <2', '1.4.0', 'core >=1.4.0,<2'),
    ('core>=1.3,<2', '2.0.0', 'core>=2.0.0'),
    ('core<2, >=1.3', '2.0.0', 'core>=2.0.0'),
    ('core<2,>=1.3,!=1.3.5', '2.0.0', 'core>=2.0.0,!=1.3.5'),
    ('core>=1.3,!=1.4.0', '1.4.0', 'core>=1.4.0'),
    ('core>=1.3,!=1.3.5,<=1.9', '1.4.0', 'core>=1.4.0,!=1.3.5,<=1.9'),
    ('core<2', '2.0.0', 'core>=2.0.0'),
    ('core~=1.3', '1.4.0', 'core>=1.4.0,<2'),
    ('core~=1.3.2', '1.3.9', 'core>=1.3.9,<1.4'),
    ('core~=1.3.2', '1.4.0', 'core>=1.4.0'),
    ('core==1.*', '1.4.0', 'core>=1.4.0,==1.*'),
    ('core==1.*', '2.0.0', 'core>=2.0.0'),
    ('core (>=1.3)', '1.4.0', 'core (>=1.4.0)'),
    ('core(>=1.3,<2); python_version>"3"', '1.4.0', 'core(>=1.4.0,<2); python_version>"3"'),
    ('core>=1.3,<2', '2.0.0rc1', 'core>=2.0.0rc1'),
    ('core>=1.3', '2.0.0rc1', 'core>=2.0.0rc1'),
    ('core>=1!1.0', '1!2.0', 'core>=1!2.0'),
    ('core @ https://example.invalid/core.whl', '1.4.0', 'core @ https://example.invalid/core.whl'),
    ('core @ file:///x ; python_version > "3"', '1.4.0', 'core @ file:///x ; python_version > "3"'),
    ('core = 1.3', '1.4.0', 'core = 1.3'),
]

COMPATIBLE = [
    ('core', '1.4.0', 'core>=1.4.0,<2'),
    ('core>=1.3,<2 ; python_version > "3"', '2.1.0', 'core>=2.1.0,<3 ; python_version > "3"'),
    ('core', '0.4.1', 'core>=0.4.1,<0.5'),
    ('core~=0.3', '0.0.4', 'core>=0.0.4,<0.1'),
    ('core', '2.0.0rc1', 'core>=2.0.0rc1,<3'),
    ('core', '1!2.0', 'core>=1!2.0,<1!3'),
    ('core>=1, !=1.3.1', '1.4.0', 'core>=1.4.0,<2,!=1.3.1'),
    ('core @ https://example.invalid/core.whl', '1.4.0', 'core @ https://example.invalid/core.whl'),
]

EXACT = [
    ('core', '1.4.0', 'core==1.4.0'),
    ('core[x]>=1.3,<2;python_version>"3"', '1.4.0', 'core[x]==1.4.0;python_version>"3"'),
    ('core (>=1)', '1.4.0rc2', 'core (==1.4.0rc2)'),
]

CASES: list[tuple[Pin, str, str, str]] = [
    *(('minimum', *case) for case in MINIMUM),
    *(('compatible', *case) for case in COMPATIBLE),
    *(('exact', *case) for case in EXACT),
    ('keep', 'core>=1,<2', '1.9', 'core>=1,<2'),
    ('keep', 'core', '3.0', 'core'),
    ('keep', 'core ~= 1.2 ; python_version > "3"', '1.9', 'core ~= 1.2 ; python_version > "3"'),
    ('keep', 'core>=1,<2', '3.0', 'core>=3.0'),
    ('keep', 'core[x] ~=1.2,!=3.1', '3.0', 'core[x] >=3.0,!=3.1'),
    ('keep', 'core==1.0', '3.0', 'core>=3.0'),
    ('keep', 'core @ file:///core', '3.0', 'core @ file:///core'),
]


@pytest.mark.parametrize(('pin', 'before', 'version', 'after'), CASES)
def test_a_pin_changes_versions_and_nothing_else(pin: Pin, before: str, version: str, after: str) -> None:
    """Spelling, extras, markers and spacing stay; doing it again changes nothing."""
    assert raised(before, version, pin) == after
    assert raised(after, version, pin) == after


@pytest.mark.parametrize(('pin', 'before', 'version', 'after'), CASES)
def test_what_is_written_admits_the_version(pin: Pin, before: str, version: str, after: str) -> None:
    """A raised requirement is one that PEP 508 allows, and it admits what was released."""
    if '@' not in after and after != before:
        assert Requirement(after).specifier.contains(version, prereleases=True), pin


@pytest.mark.parametrize(
    ('version', 'expected'),
    [('1.4.0', '2'), ('0.4.1', '0.5'), ('2026.1', '2027'), ('0.0.0', '0.1'), ('2!0.1', '2!0.2')],
)
def test_the_ceiling_is_the_next_breaking_version(version: str, expected: str) -> None:
    """Below 1.0 the minor is what breaks."""
    assert ceiling(version) == expected


@pytest.mark.parametrize(
    ('requirement', 'version', 'expected'),
    [
        ('core', '1.0', True),
        ('core>=1,<2', '1.9', True),
        ('core>=1,<2', '2.0', False),
        ('core>=1,<2', '2.0rc1', False),
        ('core>=1', '2.0rc1', True),
        ('core[x]~=1.2; python_version > "3"', '1.3', True),
        ('core @ https://example.invalid/core.whl', '1.0', False),
        ('core = 1', '1.0', False),
    ],
)
def test_requirements_admit_by_pep_440(requirement: str, version: str, expected: bool) -> None:
    """Markers do not count, prereleases do."""
    assert PYTHON.versions.allows(requirement, version) is expected
