# SPDX-License-Identifier: Apache-2.0
"""A changeset counts for a package from when it came until a release has it, whether it is taken away then or not."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import anyio
import pytest

from releasekit.backends.shell import LocalShell
from releasekit.core.history import History, Released
from releasekit.core.package import Package, Workspace
from releasekit.run import changesets
from releasekit.spec.model import Commits, Spec, WorkspaceSpec
from releasekit.testing.workspace import isolated, make_repository
from releasekit.vcs.git.command import Git
from releasekit.vcs.git.read import GitReader

WORKSPACE = Workspace(tuple(Package(f'py:{name}', name, 'py', 'python', name, f'{name}/m', None) for name in 'ab'))


def path(name: str) -> str:
    return f'.changeset/{name}.md'


@pytest.mark.parametrize(
    ('stable', 'candidate', 'now', 'since_stable', 'fresh'),
    [
        ({}, {}, {'x': 'a: minor'}, ['x'], ['x']),
        ({}, {'x': 'a: minor'}, {'x': 'a: minor'}, ['x'], []),
        ({}, {'x': 'a: patch'}, {'x': 'a: minor'}, ['x'], ['x']),
        ({}, {'x': 'a: major'}, {'x': 'a: minor'}, ['x'], []),
        ({}, {'x': 'b: minor'}, {'x': 'a: minor\nb: minor'}, ['x'], ['x']),
        ({'x': 'a: minor'}, {'x': 'a: minor'}, {'x': 'a: minor', 'y': 'a: patch'}, ['y'], ['y']),
        ({'x': 'a: minor'}, {}, {}, [], []),
        ({'x': 'what it was'}, {}, {'x': 'a: minor'}, ['x'], ['x']),
    ],
)
def test_a_changeset_counts_until_a_release_has_it(
    tmp_path: Path,
    stable: Mapping[str, str],
    candidate: Mapping[str, str],
    now: Mapping[str, str],
    since_stable: list[str],
    fresh: list[str],
) -> None:
    """By its level too: one that was raised since counts again."""
    sandbox = make_repository(tmp_path / 'work', {})
    commits = []
    known: set[str] = set()
    for files in (stable, candidate, now):
        gone = dict.fromkeys(path(name) for name in known - files.keys())
        sandbox.commit('x', {f'{len(commits)}': '', **gone, **{path(n): f'---\n{t}\n---\n' for n, t in files.items()}})
        commits.append(sandbox.git('rev-parse', 'HEAD'))
        known = set(files)
    reader = GitReader(Git(LocalShell(isolated(os.environ)), sandbox.root))
    spec = Spec(
        version=1,
        workspaces={'py': WorkspaceSpec(ecosystem='python')},
        commits=Commits(convention='changesets'),
    )
    past = History(
        {'py': 'pep440'},
        released={'py:a': Released('1.1.0rc1', 't', commits[1], commits[1])},
        stable={'py:a': Released('1.0.0', 't', commits[0], commits[0])},
    )

    async def recall() -> History:
        found = await changesets.pending(spec, WORKSPACE, reader.files(commits[-1]))
        return await changesets.remembered(past, found, WORKSPACE, reader)

    found = anyio.run(recall)
    assert [ask.path for ask in found.changesets.get('py:a', ())] == [path(name) for name in since_stable]
    assert [ask.path for ask in found.fresh.get('py:a', ())] == [path(name) for name in fresh]
