# SPDX-License-Identifier: Apache-2.0
"""Ranges of versions, compared with node-semver itself, and how requirements follow a release."""

from __future__ import annotations

import itertools
import json
import shutil
import subprocess
from pathlib import Path

import pytest

from releasekit.ecosystems.js import JS, requirement, semver

# What the documentation of node-semver promises, and its corners: range, versions in it, versions outside.
RULES: list[tuple[str, list[str], list[str]]] = [
    ('1.2.3', ['1.2.3', '1.2.3+build'], ['1.2.4', '1.2.3-rc.1']),
    ('=1.2.3', ['1.2.3'], ['1.2.2']),
    ('>=1.2.7 <1.3.0', ['1.2.7', '1.2.8', '1.2.99'], ['1.2.6', '1.3.0', '1.1.0', '1.3.0-rc.1']),
    ('1.2.7 || >=1.2.9 <2.0.0', ['1.2.7', '1.2.9', '1.4.6'], ['1.2.8', '2.0.0']),
    ('>1.2.3-alpha.3', ['1.2.3-alpha.7', '3.4.5'], ['3.4.5-alpha.9', '1.2.3-alpha.3']),
    ('1.2.3 - 2.3.4', ['1.2.3', '2.3.4'], ['2.3.5', '1.2.2']),
    ('1.2 - 2.3.4', ['1.2.0'], ['1.1.9']),
    ('1.2.3 - 2.3', ['2.3.99'], ['2.4.0', '2.4.0-rc.1']),
    ('1.2.3 - 2', ['2.99.0'], ['3.0.0']),
    ('* - 2', ['0.0.1', '2.9.9'], ['3.0.0']),
    ('*', ['0.0.0', '9.9.9'], ['1.0.0-rc.1']),
    ('', ['1.0.0'], ['1.0.0-rc.1']),
    ('1.x', ['1.0.0', '1.99.0'], ['2.0.0', '2.0.0-rc.1', '1.5.0-rc.1']),
    ('1.2.x', ['1.2.0'], ['1.3.0']),
    ('1', ['1.5.0'], ['2.0.0']),
    ('1.2', ['1.2.9'], ['1.3.0']),
    ('1.x.3', [], ['1.2.0', '2.0.0']),
    ('^1.x.3', ['1.2.0'], ['2.0.0']),
    ('~1.2.3', ['1.2.9'], ['1.3.0']),
    ('~1.2', ['1.2.0'], ['1.3.0']),
    ('~1', ['1.9.0'], ['2.0.0']),
    ('~0.2.3', ['0.2.3'], ['0.3.0']),
    ('~1.2.3-beta.2', ['1.2.3-beta.4', '1.2.4'], ['1.2.4-beta.2']),
    ('~>1.2.3', ['1.2.9'], ['1.3.0']),
    ('^1.2.3', ['1.9.9'], ['2.0.0', '1.2.2']),
    ('^0.2.3', ['0.2.9'], ['0.3.0']),
    ('^0.0.3', ['0.0.3'], ['0.0.4']),
    ('^1.2.3-beta.2', ['1.2.3-beta.4', '1.9.0'], ['1.2.4-beta.2', '1.2.3-beta.1']),
    ('^0.0.3-beta', ['0.0.3-pr.2', '0.0.3'], ['0.0.4']),
    ('^1.2.x', ['1.9.0'], ['2.0.0']),
    ('^0.0.x', ['0.0.9'], ['0.1.0']),
    ('^0.0', ['0.0.9'], ['0.1.0']),
    ('^1.x', ['1.0.0'], ['2.0.0']),
    ('^0.x', ['0.9.0'], ['1.0.0']),
    ('>1.2', ['1.3.0'], ['1.2.9']),
    ('>1', ['2.0.0'], ['1.9.9']),
    ('<=1.2', ['1.2.9'], ['1.3.0']),
    ('<1.2', ['1.1.9'], ['1.2.0', '1.2.0-rc.1']),
    ('>=1', ['1.0.0'], ['0.9.9']),
    ('>*', [], ['1.0.0']),
    ('<*', [], ['1.0.0']),
    ('>= 1.0.0', ['1.0.0'], ['0.9.0']),
    ('  ^1.0.0  ', ['1.1.0'], ['2.0.0']),
    ('^1.0.0||^2.0.0', ['1.1.0', '2.1.0'], ['3.0.0']),
    ('^ 1.0.0', ['1.1.0'], ['2.0.0']),
    ('v1.2.3', ['1.2.3'], ['1.2.4']),
    ('^v1.2.3', ['1.2.4'], ['2.0.0']),
    ('<2.0.0-rc.1', ['2.0.0-beta.1', '1.9.0'], ['2.0.0-rc.1', '2.0.0', '1.9.0-rc.1']),
    ('latest', [], ['1.0.0']),
    ('1.2.3.4', [], ['1.2.3']),
    ('01.2.3', [], ['1.2.3']),
]


@pytest.mark.parametrize(('text', 'inside', 'outside'), RULES)
def test_a_range_admits_what_its_rules_say(text: str, inside: list[str], outside: list[str]) -> None:
    """The documented short forms, and prereleases only beside one of the same numbers."""
    versions = inside + outside
    assert [version for version in versions if semver.satisfies(version, text)] == inside


def bundled() -> Path:
    """The node-semver that npm itself uses."""
    npm = shutil.which('npm')
    found = Path(npm).resolve().parent.parent / 'node_modules' / 'semver' if npm else Path()
    if not found.is_dir() or not npm:
        pytest.skip('there is no npm with its node-semver on this machine')
    return found


@pytest.mark.slow
def test_ranges_are_those_of_node_semver() -> None:
    """Thousands of pairs of ranges and versions read the same."""
    numbers = ['0.0.0', '0.0.3', '0.2.3', '0.3.0', '1.0.0', '1.2.3', '1.2.4', '1.3.0', '2.0.0', '10.0.0']
    versions = [*numbers, *(f'{number}{end}' for number in numbers[2:8] for end in ('-0', '-alpha', '-rc.1', '-rc.10'))]
    partials = ['0', '1', '0.0', '0.2', '1.2', '1.x', '1.2.x', '*', 'x', '1.x.3', *versions[:8], *versions[10:22]]
    single = [f'{op}{part}' for op in ('', '=', '>', '>=', '<', '<=', '^', '~', '~>') for part in partials]
    several = [f'{low} - {high}' for low, high in itertools.product(partials[::3], partials[::4])]
    several += [f'{a} {b}' for a, b in itertools.product(single[::11], single[::13])]
    several += [f'{a} || {b}' for a, b in itertools.product(single[::17], single[::19])]
    ranges = [*single, *several, *(text for text, _, _ in RULES)]
    script = (
        'const {satisfies} = require(process.argv[1]);'
        'const {ranges, versions} = JSON.parse(require("fs").readFileSync(0, "utf8"));'
        'console.log(JSON.stringify(ranges.map((range) => versions.filter((each) => satisfies(each, range)))));'
    )
    done = subprocess.run(
        ['node', '-e', script, str(bundled())],
        input=json.dumps({'ranges': ranges, 'versions': versions}),
        capture_output=True,
        text=True,
        check=True,
    )
    for text, expected in zip(ranges, json.loads(done.stdout), strict=True):
        assert [version for version in versions if semver.satisfies(version, text)] == expected, text


@pytest.mark.parametrize(
    ('text', 'version', 'expected'),
    [
        ('workspace:^', '9.0.0', True),
        ('workspace:*', '9.0.0-rc.1', True),
        ('workspace:~', '9.0.0', True),
        ('workspace:^1.0.0', '1.5.0', True),
        ('workspace:^1.0.0', '2.0.0', False),
        ('workspace:core@^', '2.0.0', True),
        ('workspace:packages/core', '2.0.0', True),
        ('npm:core@^1.0.0', '1.1.0', True),
        ('npm:@acme/core@^1.0.0', '2.0.0', False),
        ('npm:^1.0.0', '1.1.0', True),
        ('file:../core', '2.0.0', True),
        ('catalog:', '1.0.0', False),
        ('latest', '1.0.0', False),
        ('https://example.invalid/core.tgz', '1.0.0', False),
        ('acme/core#semver:^1.0.0', '1.0.0', False),
    ],
)
def test_a_requirement_admits_versions(text: str, version: str, expected: bool) -> None:
    """Protocols and aliases aside; what always follows the workspace admits all."""
    assert JS.versions.allows(text, version) is expected


FOLLOWED: list[tuple[str, str, str, str, str, str]] = [
    # requirement, version: keep, minimum, compatible, exact
    ('^1.0.0', '1.2.3', '^1.0.0', '>=1.2.3', '^1.2.3', '1.2.3'),
    ('^1.0.0', '2.0.0', '^2.0.0', '>=2.0.0', '^2.0.0', '2.0.0'),
    ('~1.0.0', '1.2.3', '~1.2.3', '>=1.2.3', '^1.2.3', '1.2.3'),
    ('1.0.0', '1.2.3', '1.2.3', '>=1.2.3', '^1.2.3', '1.2.3'),
    ('=1.0.0', '1.2.3', '=1.2.3', '>=1.2.3', '^1.2.3', '1.2.3'),
    ('>=1.0.0', '2.0.0', '>=1.0.0', '>=2.0.0', '^2.0.0', '2.0.0'),
    ('>=1.0.0', '2.0.0-rc.1', '>=2.0.0-rc.1', '>=2.0.0-rc.1', '^2.0.0-rc.1', '2.0.0-rc.1'),
    ('>=1.0.0 <2.0.0', '2.3.4', '^2.3.4', '>=2.3.4', '^2.3.4', '2.3.4'),
    ('1.0.0 - 1.9.9', '2.3.4', '^2.3.4', '>=2.3.4', '^2.3.4', '2.3.4'),
    ('^1.1.0-rc.1', '1.1.0', '^1.1.0', '>=1.1.0', '^1.1.0', '1.1.0'),
    ('>=1.1.0-rc.1', '1.2.0', '>=1.2.0', '>=1.2.0', '^1.2.0', '1.2.0'),
    ('^1.1.0-rc.1', '1.1.0-rc.2', '^1.1.0-rc.1', '>=1.1.0-rc.2', '^1.1.0-rc.2', '1.1.0-rc.2'),
    ('^1', '2.3.4', '^2', '>=2.3.4', '^2.3.4', '2.3.4'),
    ('^1.2', '2.3.4', '^2.3', '>=2.3.4', '^2.3.4', '2.3.4'),
    ('~1.2', '2.3.4', '~2.3', '>=2.3.4', '^2.3.4', '2.3.4'),
    ('1.x', '2.3.4', '2.x', '>=2.3.4', '^2.3.4', '2.3.4'),
    ('1.2.x', '2.3.4', '2.3.x', '>=2.3.4', '^2.3.4', '2.3.4'),
    ('1.2.*', '2.3.4', '2.3.*', '>=2.3.4', '^2.3.4', '2.3.4'),
    ('1', '2.3.4', '2', '>=2.3.4', '^2.3.4', '2.3.4'),
    ('1.x', '2.0.0-rc.1', '^2.0.0-rc.1', '>=2.0.0-rc.1', '^2.0.0-rc.1', '2.0.0-rc.1'),
    ('^1.0.0 || ^2.0.0', '3.0.0', '^3.0.0', '>=3.0.0', '^3.0.0', '3.0.0'),
    ('^1.0.0 || ~2.0.0', '3.0.0', '~3.0.0', '>=3.0.0', '^3.0.0', '3.0.0'),
    ('*', '3.0.0', '*', '>=3.0.0', '^3.0.0', '3.0.0'),
    ('workspace:^', '3.0.0', 'workspace:^', 'workspace:>=3.0.0', 'workspace:^', 'workspace:*'),
    ('workspace:~', '3.0.0', 'workspace:~', 'workspace:>=3.0.0', 'workspace:^', 'workspace:*'),
    ('workspace:*', '3.0.0', 'workspace:*', 'workspace:>=3.0.0', 'workspace:^', 'workspace:*'),
    ('workspace:^1.0.0', '3.0.0', 'workspace:^3.0.0', 'workspace:>=3.0.0', 'workspace:^3.0.0', 'workspace:3.0.0'),
    ('workspace:a@^', '3.0.0', 'workspace:a@^', 'workspace:a@>=3.0.0', 'workspace:a@^', 'workspace:a@*'),
    ('npm:@b/a@^1.0.0', '3.0.0', 'npm:@b/a@^3.0.0', 'npm:@b/a@>=3.0.0', 'npm:@b/a@^3.0.0', 'npm:@b/a@3.0.0'),
    ('npm:^1.0.0', '3.0.0', 'npm:^3.0.0', 'npm:>=3.0.0', 'npm:^3.0.0', 'npm:3.0.0'),
    *(
        (text, '3.0.0', text, text, text, text)
        for text in ('latest', 'file:../a', 'link:../a', 'catalog:', 'catalog:old', 'workspace:packages/a', 'a/b#v1')
    ),
]


@pytest.mark.parametrize(('text', 'version', 'keep', 'minimum', 'compatible', 'exact'), FOLLOWED)
def test_a_requirement_follows_a_release(
    text: str, version: str, keep: str, minimum: str, compatible: str, exact: str
) -> None:
    """`keep` changes no more than it must, and in the same style; what is not a range stays."""
    assert requirement.follow(text, version, 'keep') == keep
    assert requirement.follow(text, version, 'minimum') == minimum
    assert requirement.follow(text, version, 'compatible') == compatible
    assert requirement.follow(text, version, 'exact') == exact


@pytest.mark.parametrize(('text', 'version', 'keep', 'minimum', 'compatible', 'exact'), FOLLOWED)
def test_what_was_followed_admits_the_version(
    text: str, version: str, keep: str, minimum: str, compatible: str, exact: str
) -> None:
    """And following again changes nothing."""
    ranged = [each for each in (keep, minimum, compatible, exact) if each != text or semver.parse(text) is not None]
    assert [each for each in ranged if not requirement.admits(each, version)] == []
    assert requirement.follow(keep, version, 'keep') == keep
