# SPDX-License-Identifier: Apache-2.0
"""How long it takes until something is there: lists, help, the version and completion, each against an empty one.

All are measured in turn, round by round, so that what else the machine does falls on all of them. What counts is
the processor's time, the least of each, for these programs wait for nothing. What ends with 1 misses its aim.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

BIN = Path(sys.executable).parent
ROUNDS = 20
OVER_AN_EMPTY_LIST = 0.015
COMPLETION = 0.040
SPEC = """\
version: 1
project: {branch: main}
workspaces: {py: {ecosystem: python, changelog: false}}
tasks: {hello: {help: Greet, steps: [{run: [echo, hello]}]}}
"""
EMPTY = 'from invoke import task\n\n\n@task\ndef nothing(context):\n    pass\n'
OURS = 'from releasekit.tasks import ns\n'


def main() -> int:
    """Measure, print, and compare with the aims."""
    with tempfile.TemporaryDirectory(prefix='releasekit-bench-') as name:
        folder = Path(name)
        # What is installed has its byte code beside it.
        kept = {name: value for name, value in os.environ.items() if name != 'PYTHONDONTWRITEBYTECODE'}
        best = measure(commands(folder), {**kept, 'XDG_CACHE_HOME': str(folder / 'cache')})
    for what, seconds in best.items():
        print(f'{what:34} {seconds * 1000:7.1f} ms')
    over, completion = best['invoke --list'] - best['invoke --list, empty'], best['releasekit --complete']
    print(f'{"invoke --list over an empty one":34} {over * 1000:7.1f} ms (aim: {OVER_AN_EMPTY_LIST * 1000:.0f})')
    print(f'{"completion":34} {completion * 1000:7.1f} ms (aim: {COMPLETION * 1000:.0f})')
    return int(over > OVER_AN_EMPTY_LIST or completion > COMPLETION)


def commands(folder: Path) -> Mapping[str, tuple[Path, Sequence[str]]]:
    """The folder and the command line of each."""
    empty, ours = folder / 'empty', folder / 'ours'
    for each, tasks in ((empty, EMPTY), (ours, OURS)):
        each.mkdir()
        (each / 'tasks.py').write_text(tasks)
    (ours / 'release.yaml').write_text(SPEC)
    (ours / 'pyproject.toml').write_text('[project]\nname = "solo"\nversion = "0.1.0"\n')
    for command in (['init', '-q', '-b', 'main'], ['add', '.'], ['commit', '-qm', 'feat: begin']):
        identity = ('-c', 'user.name=Ann', '-c', 'user.email=ann@example.org')
        subprocess.run(['git', *identity, *command], cwd=ours, check=True)
    invoke, releasekit = str(BIN / 'invoke'), str(BIN / 'releasekit')
    return {
        'python -c pass': (ours, [sys.executable, '-c', 'pass']),
        'invoke --list, empty': (empty, [invoke, '--list']),
        'invoke --list': (ours, [invoke, '--list']),
        'releasekit --list': (ours, [releasekit, '--list']),
        'releasekit plan --help': (ours, [releasekit, 'plan', '--help']),
        'releasekit --version': (ours, [releasekit, '--version']),
        'releasekit --complete': (ours, [releasekit, '--complete', 'fish', '--', 'releasekit', 'pl']),
    }


def measure(given: Mapping[str, tuple[Path, Sequence[str]]], environment: Mapping[str, str]) -> dict[str, float]:
    """The least time of each on the processor, in seconds; the first round only fills caches."""
    best = dict.fromkeys(given, float('inf'))
    for number in range(ROUNDS + 1):
        for what, (folder, command) in given.items():
            with subprocess.Popen(command, cwd=folder, env=environment, stdout=subprocess.DEVNULL) as child:
                _, status, used = os.wait4(child.pid, 0)
                child.returncode = os.waitstatus_to_exitcode(status)
            if child.returncode:
                raise subprocess.CalledProcessError(child.returncode, command)
            best[what] = min(best[what], used.ru_utime + used.ru_stime) if number else best[what]
    return best


if __name__ == '__main__':
    sys.exit(main())
