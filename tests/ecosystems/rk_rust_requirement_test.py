# SPDX-License-Identifier: Apache-2.0
"""Requirements of cargo: what they admit, as cargo itself resolves them, and what pins make of them."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from releasekit.ecosystems.rust import RUST
from releasekit.ecosystems.rust.requirement import canonical, raised
from releasekit.spec.model import Pin

ADMITTED = [
    ('1.2.3', '1.2.3', True),
    ('1.2.3', '1.9.0', True),
    ('1.2.3', '1.2.2', False),
    ('1.2.3', '2.0.0', False),
    ('1.2', '1.2.0', True),
    ('1', '1.0.0', True),
    ('1', '2.0.0', False),
    ('0.2.3', '0.2.9', True),
    ('0.2.3', '0.3.0', False),
    ('0.2', '0.2.0', True),
    ('0.0.3', '0.0.3', True),
    ('0.0.3', '0.0.4', False),
    ('0.0', '0.0.9', True),
    ('0.0', '0.1.0', False),
    ('0', '0.9.1', True),
    ('0', '1.0.0', False),
    ('^1.2', '1.3.0', True),
    ('~1.2.3', '1.2.9', True),
    ('~1.2.3', '1.3.0', False),
    ('~1.2', '1.2.0', True),
    ('~1', '1.9.0', True),
    ('~0', '0.9.0', True),
    ('*', '7.0.0', True),
    ('*', '7.0.0-rc.1', False),
    ('1.*', '1.9.0', True),
    ('1.*', '2.0.0', False),
    ('1.2.*', '1.2.9', True),
    ('1.2.x', '1.3.0', False),
    ('=1.2.3', '1.2.3', True),
    ('= 1.2.3', '1.2.4', False),
    ('=1.2', '1.2.9', True),
    ('=1.2', '1.2.9-rc.1', False),
    ('>1.2.3', '1.2.4', True),
    ('>1.2', '1.2.9', False),
    ('>1.2', '1.3.0', True),
    ('>=1.2', '9.0.0', True),
    ('<2', '1.9.0', True),
    ('<2', '2.0.0', False),
    ('<=2', '2.9.0', True),
    ('<2.0.0', '2.0.0-rc.1', False),
    ('>=1.2, <1.5', '1.4.9', True),
    ('>=1.2,<1.5', '1.5.0', False),
    ('>= 1.2.3 , < 2', '1.2.3', True),
    ('1.0.0-rc.1', '1.0.0-rc.2', True),
    ('1.0.0-rc.1', '1.0.0', True),
    ('1.0.0-rc.1', '1.0.0-beta.9', False),
    ('1.0.0-rc.1', '1.0.1-rc.2', False),
    ('1.0.0-rc.2', '1.0.0-rc.10', True),
    ('1.0.0', '1.0.0-rc.1', False),
    ('1', '1.5.0-rc.1', False),
    ('>=1.0.0-a, <2', '1.0.0-b', True),
    ('~1.0.0-rc.1', '1.0.4', True),
    ('=1.0.0-rc.1', '1.0.0-rc.1', True),
    ('1.2.3+meta', '1.2.4+other', True),
    ('1.2.3.4', '1.2.3', False),
    ('>=1 <2', '1.5.0', False),
    ('01.2', '1.2.0', False),
    ('latest', '1.2.0', False),
]


@pytest.mark.skipif(shutil.which('cargo') is None, reason='there is no cargo on this machine')
@pytest.mark.parametrize(('requirement', 'version', 'expected'), ADMITTED)
def test_what_is_admitted_is_what_cargo_resolves(
    requirement: str, version: str, expected: bool, tmp_path: Path
) -> None:
    """A crate beside a path is taken by cargo exactly where the requirement admits its version."""
    tree = {
        'Cargo.toml': '[package]\nname = "a"\nversion = "1.0.0"\nedition = "2021"\n[dependencies]\n'
        f'b = {{ path = "b", version = "{requirement}" }}\n',
        'b/Cargo.toml': f'[package]\nname = "b"\nversion = "{version}"\nedition = "2021"\n',
    }
    for path, text in tree.items():
        (tmp_path / path).parent.joinpath('src').mkdir(parents=True, exist_ok=True)
        (tmp_path / path).parent.joinpath('src', 'lib.rs').touch()
        (tmp_path / path).write_text(text)
    command = ['cargo', 'generate-lockfile', '--offline', '--quiet']
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, check=False)

    assert RUST.versions.allows(requirement, version) is expected
    assert (done.returncode == 0) is expected, done.stderr


def test_a_path_alone_always_follows() -> None:
    """No requirement is in nobody's way; what is no version is never admitted."""
    assert RUST.versions.allows('', '9.0.0')
    assert not RUST.versions.allows('1', '1.0')


RAISED: list[tuple[str, str, Pin, str]] = [
    ('1.2', '1.9.0', 'keep', '1.2'),
    ('1.2', '2.0.0', 'keep', '2.0'),
    ('1', '2.0.0', 'keep', '2'),
    ('1', '2.1.0', 'keep', '2.1.0'),
    ('^1.2.3', '2.0.0', 'keep', '^2.0.0'),
    ('~1.2', '1.3.0', 'keep', '~1.3'),
    ('~1.2', '1.3.1', 'keep', '~1.3.1'),
    ('~1', '2.0.0', 'keep', '~2.0.0'),
    ('=1.2.3', '1.2.4', 'keep', '=1.2.4'),
    ('=1.2', '1.3.0', 'keep', '=1.3.0'),
    ('>=1.2, <2', '1.9.0', 'keep', '>=1.2, <2'),
    ('>=1.2, <2', '2.0.0', 'keep', '>=2.0, <3'),
    ('>= 1.2,< 2', '2.0.0', 'keep', '>= 2.0,< 3'),
    ('<2', '2.0.0', 'keep', '>=2.0.0, <3'),
    ('>1.2, <0.9', '0.3.0', 'keep', '>=0.3, <0.9'),
    ('0.4', '0.5.0', 'keep', '0.5'),
    ('0.0.4', '0.0.5', 'keep', '0.0.5'),
    ('0', '1.0.0', 'keep', '1'),
    ('1.1.0-rc.1', '1.1.0', 'keep', '1.1.0'),
    ('1.1.0-rc.1', '1.1.0-rc.2', 'keep', '1.1.0-rc.1'),
    ('*', '9.0.0', 'keep', '*'),
    ('1.*', '2.3.0', 'keep', '2.3.0'),
    ('1', '1.5.0-rc.1', 'keep', '1.5.0-rc.1'),
    ('*', '2.0.0-rc.1', 'keep', '2.0.0-rc.1'),
    ('1.2', '1.4.0', 'minimum', '1.4'),
    ('1.2', '1.4.1', 'minimum', '1.4.1'),
    ('1', '1.4.0', 'minimum', '1.4.0'),
    ('1.2.0', '1.4.0', 'minimum', '1.4.0'),
    ('0.0', '0.0.0', 'minimum', '0.0.0'),
    ('~1.2', '1.2.5', 'minimum', '~1.2.5'),
    ('>=1.2, <2', '1.4.0', 'minimum', '>=1.4, <2'),
    ('>=1', '1.4.0', 'minimum', '>=1.4.0'),
    ('*', '1.4.0', 'minimum', '1.4.0'),
    ('1.2', '1.4.0+build.7', 'minimum', '1.4'),
    ('1.2', '1.4.0', 'compatible', '1.4'),
    ('^1.2', '1.4.0', 'compatible', '^1.4'),
    ('>=1.2, <1.9', '1.4.0', 'compatible', '1.4.0'),
    ('~1.2', '1.4.0', 'compatible', '1.4.0'),
    ('1.2', '1.4.0', 'exact', '=1.4.0'),
    ('>=1.2, <2', '1.4.0-rc.1', 'exact', '=1.4.0-rc.1'),
    ('latest', '1.4.0', 'exact', 'latest'),
]


@pytest.mark.parametrize(('requirement', 'version', 'pin', 'expected'), RAISED)
def test_pins_write_what_they_say(requirement: str, version: str, pin: Pin, expected: str) -> None:
    """The style stays where it can; what is written admits the version, unless it is not understood."""
    assert raised(requirement, version, pin) == expected
    assert requirement == 'latest' or RUST.versions.allows(expected, version)


@pytest.mark.parametrize(
    ('requirement', 'expected'),
    [
        ('1.2', '^1.2'),
        ('>=1.2,<2', '>=1.2, <2'),
        (' ~ 1 ', '~1'),
        ('*', '*'),
        ('1.x', '1.*'),
        ('=1.0.0-a+b', '=1.0.0-a'),
    ],
)
def test_indexes_have_one_spelling(requirement: str, expected: str) -> None:
    """What goes into an index has an operator, and one space after each comma."""
    assert canonical(requirement) == expected


def test_no_requirement_has_no_spelling() -> None:
    """What is none is an error, never sent."""
    with pytest.raises(ValueError, match='no requirement'):
        canonical('latest')
