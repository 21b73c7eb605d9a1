# SPDX-License-Identifier: Apache-2.0
"""Make a private environment with everything that releasekit and its tests need; quick where it is current.

Needs nothing but Python 3.10 or later and a package index.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
OLDEST = (3, 10)

Version = tuple[int, int]

_ASK = 'import sys, venv, ensurepip; print(*sys.version_info[:2])'
_ASK_VERSION = 'import sys; print(*sys.version_info[:2])'
_STAMP = 'releasekit-bootstrap'
_NAME = re.compile(r'python3(\.\d+)?')
_BIN = 'Scripts' if os.name == 'nt' else 'bin'


def version_of(python: str | Path, question: str = _ASK_VERSION) -> Version | None:
    """The version of an interpreter, None where it does not run: a shim may stand for nothing."""
    try:
        done = subprocess.run(
            [str(python), '-I', '-c', question], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
        )
    except OSError:
        return None
    numbers = done.stdout.split()
    return (int(numbers[0]), int(numbers[1])) if done.returncode == 0 and len(numbers) == 2 else None


def pythons() -> dict[Version, str]:
    """One usable interpreter for each version from 3.10 on, oldest version first."""
    found: dict[Version, str] = {}
    for python in _candidates():
        version = version_of(python, _ASK)
        if version is not None and version >= OLDEST:
            found.setdefault(version, python)
    if not found:
        sys.exit('There is no Python 3.10 or later with venv and ensurepip; on Debian, install python3-venv.')
    return dict(sorted(found.items()))


def _candidates() -> Iterator[str]:
    yield sys.executable
    pyenv = Path(os.environ.get('PYENV_ROOT') or Path.home() / '.pyenv')
    yield from (str(path) for path in sorted(pyenv.glob('versions/3.*/bin/python3')))
    for folder in os.environ.get('PATH', os.defpath).split(os.pathsep):
        # A shim of pyenv would name one of the versions above, or none.
        if Path(folder).name != 'shims' and Path(folder).is_dir():
            yield from (str(path) for path in sorted(Path(folder).glob('python3*')) if _NAME.fullmatch(path.name))


def folder_for(version: Version) -> Path:
    """Where the environment of a version is: `.venv`, or `.venv-3.12` where that is another version's."""
    main = ROOT / '.venv'
    if not main.exists() or version_of(program(main, 'python')) in {version, None}:
        return main
    return ROOT / f'.venv-{version[0]}.{version[1]}'


def program(folder: Path, name: str) -> Path:
    """A program of an environment."""
    return folder / _BIN / name


def ensure(folder: Path, python: str) -> Path:
    """Bring an environment up to date with uv.lock and return its interpreter."""
    interpreter = program(folder, 'python')
    stamp, wanted = folder / _STAMP, _state(python)
    if stamp.is_file() and stamp.read_text() == wanted and version_of(interpreter) is not None:
        return interpreter
    if version_of(interpreter) != version_of(python):
        _run([python, '-m', 'venv', '--clear', str(folder)])
    if not program(folder, 'uv').exists():
        _run([str(interpreter), '-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', 'uv'])
    environment = {name: value for name, value in os.environ.items() if name not in {'VIRTUAL_ENV', 'UV_PYTHON'}}
    environment |= {'UV_PROJECT_ENVIRONMENT': str(folder), 'UV_PYTHON_DOWNLOADS': 'never'}
    sync = [str(program(folder, 'uv')), 'sync', '--frozen', '--quiet', '--compile-bytecode']
    _run([*sync, *_groups(), '--python', str(interpreter)], environment)
    stamp.write_text(wanted)
    return interpreter


def _state(python: str) -> str:
    contents = [(ROOT / name).read_bytes() for name in ('pyproject.toml', 'uv.lock')]
    return hashlib.sha256(repr((version_of(python), str(ROOT), _groups(), contents)).encode()).hexdigest()


def _groups() -> list[str]:
    """The toolchains that the machine lacks and a package index has. Those of pyright bring node along anyway."""
    return [] if shutil.which('go') else ['--group', 'go']


def _run(argv: list[str], environment: dict[str, str] | None = None) -> None:
    done = subprocess.run(argv, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, stdout=sys.stderr, check=False)
    if done.returncode != 0:
        sys.exit(f'{" ".join(argv)} ended with status {done.returncode}')


def choose(name: str | None) -> tuple[Version, str]:
    """The interpreter of a version such as `3.12`, or else the newest."""
    found = pythons()
    if name is None:
        return max(found), found[max(found)]
    for version, python in found.items():
        if f'{version[0]}.{version[1]}' == name:
            return version, python
    return sys.exit(f'There is no Python {name} here, only {", ".join(f"{a}.{b}" for a, b in found)}.')


def main() -> None:
    """Make the environment and write the path of its interpreter."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--folder', type=Path, help='where to make it; the default is .venv')
    parser.add_argument('--python', help='a version such as 3.12; the default is the newest')
    arguments = parser.parse_args()
    if not shutil.which('git'):
        sys.exit('There is no git; install it first.')
    version, python = choose(arguments.python)
    print(ensure((arguments.folder or folder_for(version)).resolve(), python))


if __name__ == '__main__':
    main()
