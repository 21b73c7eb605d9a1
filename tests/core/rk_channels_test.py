# SPDX-License-Identifier: Apache-2.0
"""The branch that is released from decides the channel, the default prerelease, and which levels may be released."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from releasekit.core import channels
from releasekit.core.commits import RawCommit, parse
from releasekit.core.decide import Decision, decide
from releasekit.core.history import History, Released
from releasekit.core.package import Package, Workspace
from releasekit.core.plan import Inputs
from releasekit.errors import Code, Exit, ReleaseKitError
from releasekit.spec.model import Branch, Spec, WorkspaceSpec

LINES: Mapping[str, Branch] = {
    'release/*': Branch(channel='maintenance', allow=('patch',)),
    'release/9.x': Branch(channel='ninth'),
    'rel*': Branch(channel='never'),
    'main': Branch(),
    'next': Branch(channel='next', prerelease='rc'),
    'beta': Branch(prerelease='beta'),
}


def spec(branches: Mapping[str, Branch]) -> Spec:
    return Spec(version=1, workspaces={'py': WorkspaceSpec(ecosystem='python')}, branches=branches)


@pytest.mark.parametrize(
    ('branch', 'name'),
    [
        ('main', 'main'),
        ('release/1.x', 'release/*'),
        ('release/1.x/hotfix', 'release/*'),
        ('release/9.x', 'release/9.x'),
        ('release-notes', 'rel*'),
        ('feature/x', None),
        ('Main', None),
    ],
)
def test_the_own_name_of_a_branch_outranks_globs_of_which_the_first_counts(branch: str, name: str | None) -> None:
    """Whatever else would fit."""
    assert channels.rule(LINES, branch) == (None if name is None else (name, LINES[name]))


@pytest.mark.parametrize(
    ('branch', 'inputs', 'channel', 'prerelease'),
    [
        ('main', Inputs(), None, None),
        ('main', Inputs(prerelease='rc'), 'rc', 'rc'),
        ('next', Inputs(), 'next', 'rc'),
        ('next', Inputs(prerelease='beta'), 'next', 'beta'),
        ('beta', Inputs(), 'beta', 'beta'),
        # What is promoted is for all.
        ('next', Inputs(promote=True), None, None),
        ('main', Inputs(promote=True), None, None),
        ('release/1.x', Inputs(promote=True), 'maintenance', None),
        ('release/1.x', Inputs(), 'maintenance', None),
        # A candidate of an older line is none of its stable versions.
        ('release/1.x', Inputs(prerelease='rc'), 'rc', 'rc'),
        ('elsewhere', Inputs(), None, None),
    ],
)
def test_a_branch_has_a_channel_and_perhaps_a_prerelease(
    branch: str, inputs: Inputs, channel: str | None, prerelease: str | None
) -> None:
    """A prerelease never goes to the usual channel, and what is asked for outranks the branch."""
    assert channels.channel(spec(LINES), branch, inputs) == channel
    assert channels.effective(spec(LINES), branch, inputs).prerelease == prerelease


def decided(stable: str | None, commits: tuple[str, ...], inputs: Inputs) -> tuple[Decision, History]:
    package = Package('py:a', 'a', 'py', 'any', 'a', 'a/m', stable or '0.1.0')
    known = {} if stable is None else {'py:a': Released(stable, 't', 'c', 'c')}
    parsed = tuple(parse(RawCommit(f'{number}' * 40, (), 'A', text, ()), {}) for number, text in enumerate(commits))
    past = History({'py': 'semver'}, known, known, {'py:a': parsed}, {'py:a': parsed})
    return decide(spec(LINES), Workspace((package,)), past, inputs, lambda *_: True), past


@pytest.mark.parametrize(
    ('branch', 'stable', 'commits', 'inputs', 'complaint'),
    [
        ('release/1.x', '1.0.0', ('fix: x',), Inputs(), None),
        ('release/1.x', '1.0.0', ('docs: x',), Inputs(), None),
        ('release/1.x', None, ('feat: x',), Inputs(), None),
        ('main', '1.0.0', ('feat!: x',), Inputs(), None),
        ('release/1.x', '1.0.0', ('fix: x', 'feat: y'), Inputs(), '1.1.0, which is minor: 1111111 feat: y.'),
        ('release/1.x', '1.0.0', ('fix!: x', 'feat: y'), Inputs(), '2.0.0, which is major: 0000000 fix!: x; 1111111'),
        ('release/1.x', '1.0.0', ('feat: x',) * 7, Inputs(), '4444444 feat: x and 2 more.'),
        # A candidate counts as what it will become.
        ('release/1.x', '1.0.0', ('feat: x',), Inputs(prerelease='rc'), '1.1.0-rc.1, which is minor: 0000000 feat: x.'),
        ('release/1.x', '1.0.0', ('fix: x',), Inputs(prerelease='rc'), None),
        # Below 1.0.0 a breaking change is released as minor.
        ('release/1.x', '0.2.0', ('fix!: x',), Inputs(), '0.3.0, which is minor: 0000000 fix!: x.'),
        # Where no commit asks for it, whatever else does is named.
        ('release/1.x', '1.0.0', ('fix: x',), Inputs(set={'py:a': '1.4.0'}), 'minor: it was asked for: set 1.4.0'),
    ],
)
def test_what_a_branch_does_not_allow_is_an_error_that_names_the_commits(
    branch: str, stable: str | None, commits: tuple[str, ...], inputs: Inputs, complaint: str | None
) -> None:
    """By what the version would do to its users; a first release is allowed everywhere."""
    decision, past = decided(stable, commits, inputs)
    if complaint is None:
        channels.refuse(spec(LINES), branch, decision, past)
        return
    with pytest.raises(ReleaseKitError) as caught:
        channels.refuse(spec(LINES), branch, decision, past)
    assert (caught.value.code, caught.value.exit) == (Code.BRANCH_LEVEL, Exit.POLICY)
    assert f'{branch} allows patch only' in str(caught.value)
    assert complaint in str(caught.value)
    assert caught.value.problems[0].hint.endswith('`branches.release/*.allow`.')


def test_a_branch_that_is_not_named_is_no_place_to_release_from() -> None:
    """Where branches are named at all."""
    decision, past = decided('1.0.0', ('fix: x',), Inputs())
    channels.refuse(spec({}), 'feature', decision, past)
    with pytest.raises(ReleaseKitError) as caught:
        channels.refuse(spec({'main': Branch(), 'release/*': Branch()}), 'feature', decision, past)
    assert caught.value.code is Code.BRANCH_OTHER
    assert str(caught.value) == '`branches` does not name feature: releases are made from main, release/*.'
