# SPDX-License-Identifier: Apache-2.0
"""What planning costs: `releasekit plan` cold and warm beside one bare `git log --raw --no-renames` of the same range.

Usage: `python bench/plan.py [PACKAGESxCOMMITS …]`, by default 20x1000 100x10000 500x50000 1000x100000. Each workspace
is planned twice: with no tags, so that the whole history counts, and with the last tenth unreleased. Cold is without
anything that was kept, warm with what the run before had kept. Times are those of processors, of a process and all that
it ran, and so are their ratios: other work on the machine changes them little. Beside it, where they can be installed
from the package index: git-cliff over the same range, and python-semantic-release for one package of the smallest.
"""

from __future__ import annotations

import dataclasses
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from histories import RELEASES, Size, generate, tag

SIZES = ('20x1000', '100x10000', '500x50000', '1000x100000')
# What may be asked at the largest size that has aims, as a multiple of git's own time.
AIMED = '500x50000'
AIMS = {('whole', 'cold'): 1.2, ('tenth', 'cold'): 3.0, ('tenth', 'warm'): 2.0}
# How often each thing is timed: the larger, the less chance has to do with it.
_ROUNDS = ((10_000, 5), (50_000, 3))
_PACKAGES = ('git-cliff', 'python-semantic-release')
_SEMANTIC_RELEASE = """[semantic_release]
tag_format = "pkg-0000-v{version}"
[semantic_release.branches.main]
match = "main"
"""


@dataclasses.dataclass(frozen=True)
class Cost:
    """Seconds of processors and of the clock, the lowest of some rounds, and the most memory of a process, in MB."""

    processor: float
    clock: float
    megabytes: float

    def __str__(self) -> str:
        return f'{self.processor:.2f} s ({self.clock:.2f} s by the clock), {self.megabytes:.0f} MB'


@dataclasses.dataclass(frozen=True)
class Machine:
    """The environment in which all is run: its own folder of caches, and git without anybody's settings."""

    folder: Path
    tools: Path | None

    @property
    def cache(self) -> Path:
        """The folder of all that is kept."""
        return self.folder / 'cache'

    @property
    def environment(self) -> Mapping[str, str]:
        """The variables of every process."""
        # As installed: with byte code, which the first round writes.
        kept = {name: value for name, value in os.environ.items() if name != 'PYTHONDONTWRITEBYTECODE'}
        return {**kept, 'XDG_CACHE_HOME': str(self.cache), 'GIT_CONFIG_GLOBAL': os.devnull, 'GIT_CONFIG_NOSYSTEM': '1'}

    def cost(self, where: Path, argv: Sequence[str], rounds: int, before: Callable[[], None] = lambda: None) -> Cost:
        """The lowest times of some rounds; git's own caches in memory are warm."""
        found = []
        for _ in range(rounds):
            before()
            found.append(self.measure(where, argv))
        return Cost(
            min(one.processor for one in found),
            min(one.clock for one in found),
            max(one.megabytes for one in found),
        )

    def measure(self, where: Path, argv: Sequence[str]) -> Cost:
        """One round."""
        began = time.perf_counter()
        with subprocess.Popen(
            argv, cwd=where, env=self.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        ) as process:
            # The usage of wait4 is that of the process and of the children that it waited for.
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode != 0:
            raise SystemExit(f'{" ".join(argv)} failed with exit status {process.returncode}')
        scale = 1024 if sys.platform == 'linux' else 1024 * 1024
        clock = time.perf_counter() - began
        return Cost(usage.ru_utime + usage.ru_stime, clock, usage.ru_maxrss / scale)

    def forget(self) -> None:
        """Remove all that is kept."""
        shutil.rmtree(self.cache, ignore_errors=True)


def main(arguments: Sequence[str]) -> None:
    sizes = tuple(arguments) or SIZES
    with tempfile.TemporaryDirectory() as folder:
        machine = Machine(Path(folder), others(Path(folder)))
        growth: dict[str, list[float]] = {}
        for text in sizes:
            size = Size.read(text)
            for name in ('whole', 'tenth'):
                # Written when it is needed and removed at once: the largest takes 200 MB.
                where = Path(folder) / name
                generate(where, size, released=name == 'tenth')
                for state, cost in report(machine, text, name, where).items():
                    counted = size.commits if name == 'whole' else size.commits / 10
                    growth.setdefault(f'{name} {state}', []).append(1e6 * cost.processor / counted)
                if text == sizes[0] and name == 'tenth':
                    semantic_release(machine, where)
                shutil.rmtree(where)
    for name, costs in growth.items():
        print(f'{name}, microseconds for a commit: {", ".join(f"{cost:.0f}" for cost in costs)}')


def report(machine: Machine, text: str, name: str, where: Path) -> dict[str, Cost]:
    """Measure one range and print a line for each thing that was measured."""
    commits = Size.read(text).commits
    rounds = next((count for most, count in _ROUNDS if commits <= most), 1)
    range_ = 'HEAD' if name == 'whole' else f'{tag("pkg-0000", RELEASES)}..HEAD'
    plan = [sys.executable, '-m', 'releasekit.program', 'plan', '--format', 'json']
    bare = machine.cost(where, ['git', 'log', '--raw', '--no-renames', range_], rounds)
    found = {
        'cold': machine.cost(where, plan, rounds, machine.forget),
        'warm': machine.cost(where, plan, rounds),
    }
    print(f'{text} {name}: git log {bare}')
    for state, cost in found.items():
        aim = AIMS.get((name, state)) if text == AIMED else None
        print(
            f'{text} {name}: plan {state} {cost}; {cost.processor / bare.processor:.2f} of git'
            + ('' if aim is None else f' (aim {aim})')
            + f', by the clock {cost.clock / bare.clock:.2f}'
        )
    if machine.tools is not None:
        # Without a tag it takes the whole history, and no range.
        limits = [] if name == 'whole' else [range_]
        cliff = machine.cost(where, [str(machine.tools / 'git-cliff'), *limits], 1)
        print(f'{text} {name}: git-cliff {cliff}; {cliff.processor / bare.processor:.2f} of git')
    return found


def semantic_release(machine: Machine, where: Path) -> None:
    """The next version of the first package; it asks for a remote, which it does not talk to."""
    if machine.tools is not None:
        settings = machine.folder / 'semantic-release.toml'
        settings.write_text(_SEMANTIC_RELEASE)
        remote = ['remote', 'add', 'origin', 'https://example.invalid/acme/bench.git']
        subprocess.run(['git', *remote], cwd=where, check=True)
        argv = [str(machine.tools / 'semantic-release'), '--config', str(settings), 'version', '--print']
        print(f'smallest tenth: python-semantic-release, one package {machine.cost(where, argv, 1)}')


def others(folder: Path) -> Path | None:
    """The programs of the other tools, where the package index has them: not locked, the newest is compared."""
    uv = shutil.which('uv', path=f'{Path(sys.executable).parent}{os.pathsep}{os.environ.get("PATH", "")}')
    if uv is None:
        print('there is no uv: the other tools are left out')
        return None
    environment = {name: value for name, value in os.environ.items() if name != 'VIRTUAL_ENV'}
    there = folder / 'others'
    for argv in ([uv, 'venv', '--quiet', there], [uv, 'pip', 'install', '--quiet', '--python', there, *_PACKAGES]):
        if subprocess.run(argv, env=environment, check=False).returncode != 0:
            print('the other tools cannot be installed: they are left out')
            return None
    return there / 'bin'


if __name__ == '__main__':
    main(sys.argv[1:])
