# SPDX-License-Identifier: Apache-2.0
"""README and tutorial, carried out: each of their commands is typed in a terminal and prints what the page says."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from releasekit.testing.indexes import start_pypiserver
from releasekit.testing.stage import ADDRESS, environment
from releasekit.testing.walkthrough import Terminal, Typed, Written, matches, parts
from releasekit.testing.workspace import make_repository

ROOT = Path(__file__).resolve().parent.parent
SHOP = ROOT / 'examples' / 'shop'
README = list(parts((ROOT / 'README.md').read_text(encoding='utf-8')))
TUTORIAL = list(parts((ROOT / 'docs' / 'tutorial.md').read_text(encoding='utf-8')))
PORT = '8199'
_HERE = f'{Path(sys.executable).parent}{os.pathsep}'


def typed(words: str) -> Typed:
    """The command of the README that begins with these words."""
    return next(part for part in README if isinstance(part, Typed) and part.command.startswith(words))


def program_path(kept: dict[str, str]) -> dict[str, str]:
    """The environment with our console script, and what else this Python's environment has, first on the path."""
    return {**kept, 'PATH': _HERE + kept['PATH']}


@pytest.mark.slow
def test_the_readme_shows_a_release(tmp_path: Path) -> None:
    """Of the example workspace, to a real index, with the question and its answer."""
    command = typed('releasekit release')
    work = tmp_path / 'shop'
    shutil.copytree(SHOP, work, ignore=shutil.ignore_patterns('.venv', 'dist', '__pycache__'))
    with start_pypiserver(tmp_path / 'index') as index:
        spec = work / 'release.yaml'
        spec.write_text(spec.read_text().replace(ADDRESS, index.url))
        shop = make_repository(work, {}, 'feat: open the shop')
        shop.add_remote(tmp_path / 'remote.git')
        variables = environment(tmp_path, index)
        login = {'SHOP_INDEX_USERNAME': index.username, 'SHOP_INDEX_PASSWORD': index.password}
        with Terminal(work, {**program_path(variables), **login}) as terminal:
            assert terminal.enter('releasekit release --yes')[0] == 0
            shop.commit('feat(models): carts that survive a restart', {'packages/models/src/shop_models/cart.py': ''})
            shop.commit('fix(client): send the currency', {'packages/client/src/shop_client/currency.py': ''})
            shop.git('push', '--quiet')
            status, shown = terminal.enter(command.command)
    assert status == 0
    assert matches(command.printed, shown), shown


@pytest.mark.slow
def test_the_readme_shows_the_whole_thing() -> None:
    """The first command that it offers: a release in all languages, in an environment of its own."""
    with Terminal(ROOT, dict(os.environ)) as terminal:
        status, shown = terminal.enter(typed('python3 scripts/demo.py').command)
    assert status == 0, shown
    assert 'The registries say that they have:' in shown


def test_the_command_that_passes_the_tests_is_what_the_gate_runs() -> None:
    """It is what runs this."""
    assert typed('python3 scripts/test.py')
    assert (ROOT / '.ci' / 'run').read_text().rstrip().endswith('step python3 scripts/test.py')


@pytest.mark.slow
@pytest.mark.parametrize('words', ['uv tool install', 'pip install'])
def test_the_readme_installs_it(tmp_path: Path, words: str) -> None:
    """As a tool of its own, and into an environment."""
    folders = {'UV_TOOL_DIR': str(tmp_path / 'tools'), 'UV_TOOL_BIN_DIR': str(tmp_path / 'bin')}
    made = tmp_path / 'environment'
    subprocess.run([sys.executable, '-m', 'venv', str(made)], check=True)
    path = f'{made}/bin{os.pathsep}{tmp_path}/bin{os.pathsep}{_HERE}{os.environ["PATH"]}'
    with Terminal(ROOT, {**os.environ, **folders, 'PATH': path}) as terminal:
        status, shown = terminal.enter(typed(words).command)
        assert status == 0, shown
        status, shown = terminal.enter('command -v releasekit && releasekit --version')
    assert status == 0, shown
    assert shown.startswith(f'{tmp_path}/')


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Terminal]:
    """A terminal in an empty home, beside a checkout of ours."""
    (tmp_path / 'releasekit').symlink_to(ROOT)
    cache = os.environ.get('UV_CACHE_DIR') or str(Path.home() / '.cache' / 'uv')
    kept = {name: value for name, value in os.environ.items() if not name.startswith(('GIT_', 'UV_TOOL', 'XDG_'))}
    home = {'HOME': str(tmp_path), 'UV_CACHE_DIR': cache, 'GIT_CONFIG_NOSYSTEM': '1'}
    path = f'{tmp_path}/.local/bin{os.pathsep}{program_path(kept)["PATH"]}'
    with Terminal(tmp_path, {**kept, **home, 'PATH': path}) as terminal:
        for setting in ('user.name Ann', 'user.email ann@example.org', 'init.defaultBranch main'):
            assert terminal.enter(f'git config --global {setting}')[0] == 0
        yield terminal


def free_port() -> str:
    """A port that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(('127.0.0.1', 0))
        return str(probe.getsockname()[1])


@pytest.mark.slow
def test_the_tutorial_ends_with_a_release(desk: Terminal, tmp_path: Path) -> None:
    """Five commands lead from nothing to a package on an index, and the rest of the page does what it says."""
    port = free_port()
    seen: list[str] = []
    for part in TUTORIAL:
        if isinstance(part, Written):
            target = tmp_path / 'hello' / part.path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(part.text.replace(PORT, port))
            continue
        status, shown = desk.enter(part.command.replace(PORT, port))
        assert status == 0, f'$ {part.command}\n{shown}'
        assert matches(tuple(line.replace(PORT, port) for line in part.printed), shown), f'$ {part.command}\n{shown}'
        seen.append(part.command)
    assert seen[4].endswith('releasekit release')
    assert sorted(path.name for path in (tmp_path / 'index').iterdir())


@pytest.mark.parametrize(
    ('printed', 'seen', 'same'),
    [
        ((), 'whatever\n', True),
        (('a  b',), 'a b\n', True),
        (('a', '…', 'c'), 'a\nb\nb\nc\n', True),
        (('a', '…', 'c'), 'a\nb\n', False),
        (('at 57154a22e',), 'at 210e71165\n', True),
        (('at 57154a22e',), 'at 143145838\n', True),
        (('at 57154a22e',), 'at deadbeefed\n', True),
        (('see https://a.example/x',), 'see http://127.0.0.1:1/y\n', True),
        (('made …',), 'made it\n', True),
        (('made',), 'made it\n', False),
    ],
)
def test_what_is_printed_is_compared(printed: tuple[str, ...], seen: str, same: bool) -> None:
    """Spaces, addresses and hashes do not count; anything else does."""
    assert matches(printed, seen) is same
