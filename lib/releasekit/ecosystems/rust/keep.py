# SPDX-License-Identifier: Apache-2.0
"""Takes one crate out of a target folder, which goes; runs with `python -I`, on nothing but the standard library."""

import pathlib
import shutil
import sys


def main(target: str, filename: str, out: str) -> None:
    """Move `package/filename` of the target folder into another, and delete the rest."""
    shutil.move(str(pathlib.Path(target, 'package', filename)), str(pathlib.Path(out, filename)))
    shutil.rmtree(target)


if __name__ == '__main__':
    main(*sys.argv[1:])
