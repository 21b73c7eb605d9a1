# SPDX-License-Identifier: Apache-2.0
"""Look for Python files that do not begin with the licence line; with --fix, write it. See https://spdx.dev/ids/."""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LINE = '# SPDX-License-Identifier: Apache-2.0\n'
# What users take over as it is.
_THEIRS = ('examples/', 'tests/cases/', 'tasks.py')


def lacking() -> list[Path]:
    """The files that lack the line."""
    argv = ['git', 'ls-files', '--cached', '--others', '--exclude-standard', '-z', '*.py']
    listed = subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split('\0')[:-1]
    paths = [ROOT / name for name in listed if not name.startswith(_THEIRS)]
    return [path for path in paths if path.is_file() and LINE not in _begin(path)]


def _begin(path: Path) -> list[str]:
    return path.read_text(encoding='utf-8').splitlines(keepends=True)[:2]


def write(path: Path) -> None:
    """Put the line at the top, below what says which program runs the file."""
    lines = path.read_text(encoding='utf-8').splitlines(keepends=True)
    place = 1 if lines and lines[0].startswith('#!') else 0
    path.write_text(''.join([*lines[:place], LINE, *lines[place:]]), encoding='utf-8')


def main() -> None:
    """Say which files lack the line, and fail; or write it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--fix', action='store_true', help='write the line')
    fix = parser.parse_args().fix
    found = lacking()
    for path in found:
        print(path.relative_to(ROOT).as_posix())
        if fix:
            write(path)
    if found and not fix:
        sys.exit(f'{len(found)} of our files lack the licence line: run `invoke format`.')


if __name__ == '__main__':
    main()
