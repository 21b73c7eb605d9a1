# SPDX-License-Identifier: Apache-2.0
"""What a backtest costs: a thousand tags over fifty thousand commits, of one package and of twenty.

Usage: `python bench/backtest.py [--commits 50000] [--tags 1000]`. Each release is a commit that raises the version in
the manifest. Beside it, `git log --raw` of the same history.
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

# What it may cost, in seconds, for the default size.
AIM = 30.0
_KINDS = ('feat: {}', 'fix: {}', 'docs: {}', 'chore: {}', 'fix: {}', 'Text {}')
_MANIFEST = '[project]\nname = "{}"\nversion = "{}"\n'
_SPEC = 'version: 1\nproject: {branch: main}\nworkspaces: {py: {ecosystem: python}}\n'
_START = 1_600_000_000


def main(arguments: Sequence[str]) -> int:
    """Measure both shapes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--commits', type=int, default=50_000)
    parser.add_argument('--tags', type=int, default=1_000)
    given = parser.parse_args(arguments)
    seconds = [_measure(packages, given.commits, given.tags) for packages in (1, 20)]
    return int(max(seconds) > AIM)


def _measure(packages: int, commits: int, tags: int) -> float:
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(['git', 'init', '--quiet', '--initial-branch=main', folder], check=True)
        stream = b''.join(_stream(packages, commits, tags))
        subprocess.run(['git', 'fast-import', '--quiet'], cwd=folder, input=stream, check=True)
        subprocess.run(['git', 'reset', '--quiet', '--hard'], cwd=folder, check=True)
        bare, _ = _timed(Path(folder), ['git', 'log', '--raw', '--no-renames'])
        argv = [sys.executable, '-m', 'releasekit.program', 'backtest', '--format', 'json']
        seconds, out = _timed(Path(folder), argv)
    total = json.loads(out)['total']
    size = f'{packages} of {commits} commits, {total["releases"]} tags'
    print(f'{size}: {seconds:.1f} s; git log {bare:.1f} s; {total}')
    return seconds


def _timed(folder: Path, argv: Sequence[str]) -> tuple[float, str]:
    began = time.perf_counter()
    done = subprocess.run(argv, cwd=folder, capture_output=True, text=True, encoding='utf-8', check=True)
    return time.perf_counter() - began, done.stdout


def _stream(packages: int, commits: int, tags: int) -> Iterator[bytes]:
    choose = random.Random(packages)
    names = [f'pkg-{number:02}' for number in range(packages)]
    versions = dict.fromkeys(names, 0)
    folders = {name: '.' if packages == 1 else f'packages/{name}' for name in names}
    files = {f'{folders[name]}/pyproject.toml'.removeprefix('./'): _MANIFEST.format(name, '1.0.0') for name in names}
    if packages > 1:
        files['pyproject.toml'] = '[tool.uv.workspace]\nmembers = ["packages/*"]\n'
    yield _commit(1, 'chore: begin', {**files, 'release.yaml': _SPEC})
    every = commits // tags
    for number in range(2, commits + 1):
        name = names[number // every % packages] if number % every == 0 else choose.choice(names)
        if number % every:
            path = f'{folders[name]}/src/module_{choose.randrange(20)}.py'.removeprefix('./')
            yield _commit(number, choose.choice(_KINDS).format(f'thing {number}'), {path: f'value = {number}\n'})
            continue
        versions[name] += 1
        version = f'1.{versions[name]}.0'
        path = f'{folders[name]}/pyproject.toml'.removeprefix('./')
        yield _commit(number, 'chore: publish', {path: _MANIFEST.format(name, version)})
        yield b'reset refs/tags/%s-v%s\nfrom :%d\n\n' % (name.encode(), version.encode(), number)


def _commit(number: int, message: str, files: Mapping[str, str]) -> bytes:
    lines = [
        b'commit refs/heads/main\nmark :%d\n' % number,
        b'committer Someone <someone@example.org> %d +0000\n' % (_START + number * 60),
        b'data %d\n%s\n' % (len(message), message.encode()),
        b'from :%d\n' % (number - 1) if number > 1 else b'',
    ]
    lines += [
        b'M 100644 inline %s\ndata %d\n%s\n' % (path.encode(), len(text), text.encode()) for path, text in files.items()
    ]
    return b''.join(lines)


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
