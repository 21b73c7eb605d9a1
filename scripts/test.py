# SPDX-License-Identifier: Apache-2.0
"""Install what the tests need and run them on the oldest and the newest Python of this machine.

The newest runs every test, with coverage; the oldest those that are quick and those that are marked `everywhere`.
Other arguments go to pytest: `python3 scripts/test.py -k version`.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from pathlib import Path

from bootstrap import ROOT, Version, choose, ensure, folder_for, pythons

_JOBS = '2'
# What other Pythons than the newest run.
_SOME = 'not slow or everywhere'


def _environment() -> dict[str, str]:
    # Without byte code every process that a test starts would compile all of its modules.
    hidden = {'VIRTUAL_ENV', 'PYTHONHOME', 'PYTHONPATH', 'PYTHONDONTWRITEBYTECODE'}
    kept = {name: value for name, value in os.environ.items() if name not in hidden}
    return {**kept, 'COVERAGE_FILE': str(ROOT / '.coverage')}


def _module(interpreter: Path, *arguments: str) -> int:
    argv = [str(interpreter), '-m', *arguments]
    return subprocess.run(argv, cwd=ROOT, env=_environment(), stdin=subprocess.DEVNULL, check=False).returncode


def _forget(pattern: str) -> None:
    for old in ROOT.glob(pattern):
        old.unlink()


def _chosen(names: list[str]) -> dict[Version, str]:
    if names:
        return dict(choose(name) for name in names)
    found = pythons()
    return {version: found[version] for version in (min(found), max(found))}


def main() -> int:
    """Run the tests; 0 where they pass on every Python."""
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument('--python', action='append', default=[], help='a version such as 3.12; may be repeated')
    arguments, rest = parser.parse_known_args()
    failed: list[str] = []
    interpreter = Path(sys.executable)
    _forget('.coverage*')
    chosen = _chosen(arguments.python)
    newest = max(chosen)
    for version, python in chosen.items():
        name = f'Python {version[0]}.{version[1]}'
        print(f'== {name}', flush=True)
        interpreter = ensure(folder_for(version), python)
        # What the newest runs is all: to measure others too would only take time.
        measured = ['coverage', 'run', '-m', 'pytest'] if version == newest else ['pytest', '-m', _SOME]
        if _module(interpreter, *measured, '-n', _JOBS, *rest) != 0:
            failed.append(name)
    print('== coverage', flush=True)
    combined = _module(interpreter, 'coverage', 'combine', '--quiet')
    # Tests kill processes; what those leave is no data, and a report would stumble over it.
    _forget('.coverage.*')
    reported = _module(interpreter, 'coverage', 'report')
    print(f'== failed on {", ".join(failed)}' if failed else '== all tests passed')
    return 1 if failed or combined or reported else 0


if __name__ == '__main__':
    sys.exit(main())
