# SPDX-License-Identifier: Apache-2.0
"""Imports every top-level module of an installed distribution; runs inside the smoke test's environment.

Its text is fed to that environment's Python, so it needs nothing but the standard library of Python 3.8.
"""

import importlib
import importlib.machinery
import importlib.metadata
import sys


def modules(files):  # noqa: ANN001, ANN201 - read by Pythons that know no newer annotations
    """The modules to import: packages without the packages in them, and modules of namespace packages.

    `files` are tuples of path parts, relative to the folder that the distribution was installed in.
    """
    packages = {parts[:-1] for parts in files if parts[-1] == '__init__.py'}
    endings = ('.py', *importlib.machinery.EXTENSION_SUFFIXES)
    found = set()
    for parts in files:
        ending = next((each for each in endings if parts[-1].endswith(each)), None)
        if ending is None:
            continue
        name = parts[-1][: -len(ending)]
        above = next((parts[:end] for end in range(1, len(parts)) if parts[:end] in packages), None)
        whole = above or (*parts[:-1], name)
        if all(part.isidentifier() for part in whole) and name != '__main__':
            found.add('.'.join(whole))
    return sorted(found)


def main(name, version):  # noqa: ANN001, ANN201 - as above
    """Import what a distribution brought."""
    distribution = importlib.metadata.distribution(name)
    if distribution.version != version:
        raise SystemExit('{} {} is installed, not {}'.format(name, distribution.version, version))  # noqa: UP032
    for module in modules([file.parts for file in distribution.files or ()]):
        importlib.import_module(module)


if __name__ == '__main__':
    main(*sys.argv[1:])
