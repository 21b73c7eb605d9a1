# SPDX-License-Identifier: Apache-2.0
"""The how-to of changesets, carried out: each of its commands is typed in a terminal and prints what the page says."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from releasekit.testing.stage import Member, members
from releasekit.testing.walkthrough import Terminal, Written, matches, parts
from releasekit.testing.workspace import isolated, make_repository

ROOT = Path(__file__).resolve().parent.parent
PAGE = list(parts((ROOT / 'docs' / 'how-to' / 'changesets.md').read_text(encoding='utf-8')))
PACKAGES = {'client': Member('1.0.0'), 'models': Member('1.0.0')}
NOBODY = {f'GIT_{who}_{what}': 'a@b' for who in ('AUTHOR', 'COMMITTER') for what in ('NAME', 'EMAIL')}


@pytest.mark.slow
def test_the_how_to_of_changesets_is_true(tmp_path: Path) -> None:
    """Its spec, its commands, and what they print."""
    written = {part.path: part.text for part in PAGE if isinstance(part, Written)}
    repository = make_repository(tmp_path / 'work', {**members(PACKAGES), **written})
    for name in PACKAGES:
        repository.git('tag', '-a', '-m', name, f'{name}-v1.0.0')
    path = f'{Path(sys.executable).parent}{os.pathsep}{os.environ["PATH"]}'
    kept = {**isolated(os.environ), **NOBODY, 'PATH': path, 'XDG_CACHE_HOME': str(tmp_path / 'cache')}
    with Terminal(repository.root, kept) as terminal:
        for part in PAGE:
            if not isinstance(part, Written):
                status, shown = terminal.enter(part.command)
                assert status == 0, shown
                assert matches(part.printed, shown), f'{part.command}\n{shown}'
