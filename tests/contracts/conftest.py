# SPDX-License-Identifier: Apache-2.0
"""The repositories that contract suites run on: in memory, with git, and with git over http."""

from __future__ import annotations

import functools
from collections.abc import Generator, Sequence
from pathlib import Path

import pytest

from releasekit.testing.bench import Bench, Make, git_bench, memory_bench, over_git
from releasekit.testing.git_http import serve_git
from releasekit.testing.objects import Draft
from releasekit.testing.workspace import Sandbox


@pytest.fixture(params=['memory', 'git'])
def make(request: pytest.FixtureRequest, tmp_path: Path) -> Make:
    """Makes a bench from drafts."""
    return memory_bench if request.param == 'memory' else functools.partial(git_bench, folder=tmp_path)


@pytest.fixture(params=['memory', 'disk', 'http'])
def make_served(request: pytest.FixtureRequest, tmp_path: Path) -> Generator[Make, None, None]:
    """Makes a bench from drafts: its remote is in memory, a bare repository on disk, or behind http with a token."""
    if request.param == 'memory':
        yield memory_bench
        return
    on_disk = functools.partial(git_bench, folder=tmp_path)
    if request.param == 'disk':
        yield on_disk
        return
    with serve_git(tmp_path / 'remotes', token='let-me-in') as server:

        def over_http(drafts: Sequence[Draft]) -> Bench:
            made = on_disk(drafts)
            sandbox = Sandbox(tmp_path / 'user')
            sandbox.git('remote', 'add', 'web', server.address('remote.git'))
            return over_git(sandbox, tmp_path, made.names, 'web')

        yield over_http
