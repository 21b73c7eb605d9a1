# SPDX-License-Identifier: Apache-2.0
"""What discovery costs: ours beside the ecosystem's own listing command, over the same workspace.

Usage: `python bench/discover.py [--packages 1000] [ECOSYSTEM …]`. Ours is all that a task waits for once Python runs:
reading release.yaml and the files of a commit from git, and finding packages and edges. All is timed warm.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import anyio

from releasekit.run.discover import discover
from releasekit.run.project import open_project
from releasekit.testing import toolchains, verdaccio
from releasekit.testing.workspace import isolated, make_repository

ROUNDS = 3
# What discovery may cost, as a multiple of the tool's own time.
AIM = 0.25
# Every package needs the three before it.
_NEEDS = 3


@dataclasses.dataclass(frozen=True)
class Listing:
    """An ecosystem's way to list its packages; `count` reads how many from what the command wrote."""

    argv: tuple[str, ...]
    files: Callable[[int], Mapping[str, str]]
    count: Callable[[str], int]


def _needed(number: int) -> range:
    return range(max(0, number - _NEEDS), number)


def _python(count: int) -> dict[str, str]:
    member = (
        '[project]\nname = "p{0}"\nversion = "1.0.0"\nrequires-python = ">=3.10"\ndependencies = [{1}]\n\n'
        '[build-system]\nrequires = ["hatchling"]\nbuild-backend = "hatchling.build"\n'
    )
    sources = ''.join(f'p{number} = {{ workspace = true }}\n' for number in range(count))
    files = {'pyproject.toml': f'[tool.uv.workspace]\nmembers = ["packages/*"]\n\n[tool.uv.sources]\n{sources}'}
    for number in range(count):
        needs = ', '.join(f'"p{other}>=1.0"' for other in _needed(number))
        files[f'packages/p{number}/pyproject.toml'] = member.format(number, needs)
    return files


def _js(count: int) -> dict[str, str]:
    files = {'package.json': '{"name": "bench", "private": true, "workspaces": ["packages/*"]}\n'}
    for number in range(count):
        needs = {f'@bench/p{other}': '^1.0.0' for other in _needed(number)}
        member = {'name': f'@bench/p{number}', 'version': '1.0.0', 'dependencies': needs}
        files[f'packages/p{number}/package.json'] = json.dumps(member, indent=2) + '\n'
    return files


def _pnpm(count: int) -> dict[str, str]:
    return {**_js(count), 'pnpm-workspace.yaml': 'packages: ["packages/*"]\n'}


def _rust(count: int) -> dict[str, str]:
    files = {'Cargo.toml': '[workspace]\nresolver = "2"\nmembers = ["crates/*"]\n'}
    for number in range(count):
        needs = ''.join(f'p{other} = {{ path = "../p{other}", version = "1.0.0" }}\n' for other in _needed(number))
        head = f'[package]\nname = "p{number}"\nversion = "1.0.0"\nedition = "2021"\n'
        files[f'crates/p{number}/Cargo.toml'] = f'{head}\n[dependencies]\n{needs}'
        files[f'crates/p{number}/src/lib.rs'] = ''
    return files


def _go(count: int) -> dict[str, str]:
    files = {'go.work': 'go 1.21\n\nuse (\n' + ''.join(f'\t./p{number}\n' for number in range(count)) + ')\n'}
    for number in range(count):
        needs = ''.join(f'\texample.test/bench/p{other} v1.0.0\n' for other in _needed(number))
        required = f'\nrequire (\n{needs})\n' if needs else ''
        files[f'p{number}/go.mod'] = f'module example.test/bench/p{number}\n\ngo 1.21\n{required}'
        files[f'p{number}/p.go'] = f'package p{number}\n'
    return files


LISTINGS: Mapping[str, Listing] = {
    'python': Listing(('uv', 'workspace', 'list', '--preview'), _python, lambda text: len(text.split())),
    'js': Listing(('npm', 'query', '.workspace', '--package-lock-only'), _js, lambda text: len(json.loads(text))),
    'js (pnpm)': Listing(
        ('pnpm', 'ls', '-r', '--json', '--depth', '-1'), _pnpm, lambda text: len(json.loads(text)) - 1
    ),
    'rust': Listing(
        ('cargo', 'metadata', '--no-deps', '--offline', '--format-version', '1'),
        _rust,
        lambda text: len(json.loads(text)['packages']),
    ),
    'go': Listing(('go', 'list', '-m', '-json'), _go, lambda text: text.count('"Path":')),
}


def measured(action: Callable[[], int], wanted: int) -> float:
    """Seconds of the fastest round; each must find all packages."""
    times = []
    for _ in range(ROUNDS):
        begin = time.perf_counter()
        found = action()
        times.append(time.perf_counter() - begin)
        if found != wanted:
            sys.exit(f'{found} packages were found, not {wanted}')
    return min(times)


def main() -> None:
    """Print the ratio of each ecosystem."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--packages', type=int, default=1000)
    parser.add_argument('ecosystems', nargs='*', choices=[*LISTINGS, []], default=[])
    arguments = parser.parse_args()
    os.environ.update(toolchains.environment(os.environ))
    for name in arguments.ecosystems or LISTINGS:
        listing = LISTINGS[name]
        if listing.argv[0] == 'pnpm' and shutil.which('npm') is not None:
            os.environ['PATH'] += os.pathsep + str(verdaccio.install())
        if shutil.which(listing.argv[0]) is None:
            print(f'{name:10}  left out: there is no {listing.argv[0]} here')
            continue
        with tempfile.TemporaryDirectory(prefix='releasekit-bench-') as folder:
            ours, theirs = _compare(Path(folder), name.partition(' ')[0], listing, arguments.packages)
        ratio = ours / theirs
        verdict = 'within' if ratio <= AIM else 'above'
        tool = ' '.join(listing.argv[:3])
        print(
            f'{name:10}  ours {ours:6.3f} s  {tool:20} {theirs:6.3f} s  ratio {ratio:5.2f}  {verdict} the aim of {AIM}'
        )


def _compare(folder: Path, ecosystem: str, listing: Listing, count: int) -> tuple[float, float]:
    spec = f'version: 1\nproject: {{branch: main}}\nworkspaces:\n  ws: {{ecosystem: {ecosystem}}}\n'
    repository = make_repository(folder / 'r', {**listing.files(count), 'release.yaml': spec}, 'feat: begin')
    # As a clone has them.
    repository.git('repack', '-a', '-d', '--quiet')
    root = repository.root
    environment = {**isolated(os.environ), 'XDG_CACHE_HOME': str(folder / 'cache'), **_QUIET}
    _prepare(listing.argv, root, environment)

    async def find() -> int:
        project = await open_project(root, None, environment)
        return sum(package.path != '.' for package in (await discover(project)).packages)

    ours = measured(lambda: anyio.run(find), count)
    return ours, measured(lambda: listing.count(_output(listing.argv, root, environment)), count)


# What lets the tools list a workspace that was never installed, and keeps them from the network.
_QUIET = {'GOPROXY': 'off', 'NO_UPDATE_NOTIFIER': '1'}


def _prepare(argv: Sequence[str], root: Path, environment: Mapping[str, str]) -> None:
    """Make the lock file without which npm lists nothing."""
    if argv[0] == 'npm':
        _output(('npm', 'install', '--package-lock-only', '--offline', '--ignore-scripts'), root, environment)


def _output(argv: Sequence[str], root: Path, environment: Mapping[str, str]) -> str:
    done = subprocess.run(
        argv, cwd=root, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        sys.exit(f'{" ".join(argv)} failed: {done.stderr}')
    return done.stdout


if __name__ == '__main__':
    main()
