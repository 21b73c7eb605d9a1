# SPDX-License-Identifier: Apache-2.0
"""From flags to the inputs of a plan."""

from __future__ import annotations

from typing import Any

import pytest

from releasekit.core.package import Package, Workspace
from releasekit.core.plan import Inputs
from releasekit.errors import Code, ReleaseKitError
from releasekit.spec.model import Group, Spec, WorkspaceSpec
from releasekit.tasks import flags, selection
from releasekit.tasks.flags import Flags


def _package(label: str, name: str, *, release: bool = True) -> Package:
    path = f'{label}/{name}'
    return Package(f'{label}:{name}', name, label, 'python', path, f'{path}/pyproject.toml', '1.0.0', release=release)


WORKSPACE = Workspace(
    (
        _package('py', 'core'),
        _package('py', 'sdk-a'),
        _package('py', 'sdk-b'),
        _package('py', 'tool', release=False),
        _package('two', 'core'),
    )
)
SPEC = Spec(
    version=1,
    workspaces={
        'py': WorkspaceSpec(ecosystem='python', groups={'sdk': Group(('sdk-*',))}),
        'two': WorkspaceSpec(ecosystem='python'),
    },
)


@pytest.mark.parametrize(
    ('given', 'expected'),
    [
        ({}, ()),
        ({'workspace': ('two',)}, ('two:core',)),
        ({'group': ('sdk',)}, ('py:sdk-a', 'py:sdk-b')),
        ({'only': ('core',)}, ('py:core', 'two:core')),
        ({'only': ('py:c*', '*-b')}, ('py:core', 'py:sdk-b')),
        ({'workspace': ('py',), 'only': ('core',)}, ('py:core',)),
        ({'group': ('sdk',), 'only': ('*-a',)}, ('py:sdk-a',)),
    ],
)
def test_packages_are_chosen_by_all_flags_together(given: dict[str, Any], expected: tuple[str, ...]) -> None:
    """One flag given twice widens the choice, two flags narrow it."""
    assert expected == selection.chosen(Flags(**given), SPEC, WORKSPACE)


@pytest.mark.parametrize(
    ('given', 'expected'),
    [
        ({}, Inputs()),
        ({'prerelease': 'rc', 'date': '2026-11-23'}, Inputs(prerelease='rc', date='2026-11-23')),
        ({'bump': ('py:core=minor',)}, Inputs(bump={'py:core': 'minor'})),
        ({'bump': ('sdk-a=major',), 'set': ('sdk-b=2.0.0',)}, Inputs({'py:sdk-a': 'major'}, {'py:sdk-b': '2.0.0'})),
        ({'workspace': ('two',), 'to': '3.0.0'}, Inputs(set={'two:core': '3.0.0'}, only=('two:core',))),
        (
            {'workspace': ('py',), 'only': ('sdk-*', 'tool'), 'patch': True, 'bump': ('sdk-a=major',)},
            Inputs(bump={'py:sdk-a': 'major', 'py:sdk-b': 'patch'}, only=('py:sdk-a', 'py:sdk-b', 'py:tool')),
        ),
    ],
)
def test_inputs_are_by_id_and_the_nearer_flag_wins(given: dict[str, Any], expected: Inputs) -> None:
    """`--bump` of a package outranks the level for all, and packages that are not released get none."""
    assert expected == selection.inputs(Flags(**given), SPEC, WORKSPACE)


@pytest.mark.parametrize(
    ('given', 'code', 'message', 'hint'),
    [
        ({'bump': ('sdk-c=minor',)}, Code.PACKAGE_UNKNOWN, 'No package is called `sdk-c`.', 'Did you mean sdk-b?'),
        (
            {'bump': ('zzzzzz=minor',)},
            Code.PACKAGE_UNKNOWN,
            'No package is called `zzzzzz`.',
            'Run `releasekit discover`',
        ),
        (
            {'bump': ('core=minor',)},
            Code.PACKAGE_UNKNOWN,
            '`core` is more than one package.',
            'Write py:core or two:core.',
        ),
        ({'bump': ('sdk-a=huge',)}, Code.USAGE, '`huge` is no level.', 'Choose one of major, minor, patch.'),
        ({'set': ('sdk-a',)}, Code.USAGE, '`--set sdk-a` lacks a part.', 'Write `--set PACKAGE=VALUE`.'),
        (
            {'only': ('nothing*',)},
            Code.PACKAGE_UNKNOWN,
            'No package is called `nothing*`.',
            'Run `releasekit discover`',
        ),
        ({'workspace': ('js',)}, Code.USAGE, 'There is no workspace `js`.', 'Choose one of py, two.'),
        ({'workspace': ('pyy',)}, Code.USAGE, 'There is no workspace `pyy`.', 'Did you mean `py`?'),
        ({'group': ('all',)}, Code.USAGE, 'There is no group `all`.', 'Choose one of sdk.'),
        (
            {'group': ('sdk',), 'only': ('core',)},
            Code.USAGE,
            '--workspace, --group and --only leave',
            'Leave one of them',
        ),
    ],
)
def test_what_matches_nothing_is_an_error_that_says_what_there_is(
    given: dict[str, Any], code: Code, message: str, hint: str
) -> None:
    """No flag is ignored silently."""
    with pytest.raises(ReleaseKitError) as caught:
        selection.inputs(Flags(**given), SPEC, WORKSPACE)
    problem = caught.value.problems[0]
    assert code == problem.code
    assert problem.message.startswith(message)
    assert problem.hint.startswith(hint)


@pytest.mark.parametrize('flag', ['workspace', 'group', 'only', 'bump', 'set'])
def test_flags_that_name_packages_ask_for_them(flag: str) -> None:
    """Only then must the packages be found before the plan is made."""
    given: dict[str, Any] = {flag: ('x',)}
    assert selection.names_packages(Flags(**given))
    assert not selection.names_packages(Flags(prerelease='rc', date='2026-11-23'))


def test_flags_have_their_defaults_from_the_table() -> None:
    """What Invoke hands over is as good as the table's own values; its `--dry` is a dry run."""
    assert Flags(format='table', dry_run=True) == flags.read(
        {'only': None, 'format': 'table', 'quiet': False}, ('table', 'json'), {}, dry=True
    )
    assert Flags(format='table', only=('a', 'b'), dry_run=True) == flags.read(
        {'only': ['a', 'b'], 'dry_run': True}, ('table',), {}, dry=False
    )


def test_an_unknown_format_is_a_usage_error() -> None:
    """A format is one of two."""
    with pytest.raises(ReleaseKitError) as caught:
        flags.read({'format': 'xml'}, ('table', 'json'), {}, dry=False)
    assert caught.value.code == Code.USAGE


@pytest.mark.parametrize(
    ('argv', 'named'),
    [
        (['rk', 'plan'], 'from-environment'),
        (['rk', 'plan', '--spec', 'a.yaml'], 'a.yaml'),
        (['rk', 'plan', '--spec=b.yaml'], 'b.yaml'),
        (['rk', 'plan', '--spec'], 'from-environment'),
    ],
)
def test_a_spec_on_the_command_line_outranks_the_environment(argv: list[str], named: str) -> None:
    """Flag before variable, already when the tasks are listed."""
    assert named == flags.named_spec(argv, {'RELEASEKIT_SPEC': 'from-environment'})


@pytest.mark.parametrize(
    ('argv', 'expected'),
    [(['rk', '--format', 'json'], True), (['rk', '--format=json'], True), (['rk', '--format', 'table', 'json'], False)],
)
def test_json_is_seen_before_a_command_line_is_parsed(argv: list[str], expected: bool) -> None:
    """A command line that cannot be parsed still gets its error in the format that it asks for."""
    assert expected == (flags.named_format(argv, {}) == 'json')
