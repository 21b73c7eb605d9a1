# SPDX-License-Identifier: Apache-2.0
"""Makes a fresh CARGO_HOME with the user's configuration; runs with `python -I`, on nothing but the standard library.

https://doc.rust-lang.org/cargo/guide/cargo-home.html
"""

import os
import pathlib
import shutil
import sys


def main(home: str) -> None:
    """Copy what configures cargo, and neither its caches nor its credentials."""
    known = os.environ.get('CARGO_HOME')
    theirs = pathlib.Path(known) if known else pathlib.Path.home() / '.cargo'
    ours = pathlib.Path(home)
    ours.mkdir()
    for name in ('config.toml', 'config'):
        if (theirs / name).is_file():
            shutil.copy(theirs / name, ours / name)


if __name__ == '__main__':
    main(*sys.argv[1:])
