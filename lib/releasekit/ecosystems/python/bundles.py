# SPDX-License-Identifier: Apache-2.0
"""The packages of other ecosystems that become part of a package when it is built, as far as its manifest tells.

maturin builds a crate (https://maturin.rs/config.html). hatchling takes files of a folder with a package.json by
`force-include` and `artifacts` (https://hatch.pypa.io/latest/config/build/), or has it built by hatch-jupyter-builder
(https://hatch-jupyter-builder.readthedocs.io/en/latest/source/how_to_guides/).
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Collection, Iterator

from releasekit.ecosystems.python import dynamic
from releasekit.ecosystems.python.globs import GlobError, resolve
from releasekit.ecosystems.toml.document import Table, strings, table

_NODE = 'package.json'
_HOOK = 'jupyter-builder'
# The one of its build functions that runs a script of a package.json.
_SCRIPT = 'npm_builder'
_WILD = re.compile(r'[*?\[]')


def found(folder: str, data: Table, hatch: Table, paths: Collection[str]) -> tuple[str, ...]:
    """The manifests of what becomes part of the package of a folder; `paths` are all files of the repository.

    `hatch` are the settings of hatchling, those of hatch.toml included.
    """
    if dynamic.uses_maturin(data):
        path = dynamic.crate(data, folder)
        return () if path is None else (path,)
    if not dynamic.uses_hatch(data):
        return ()
    manifests = (*_built(folder, hatch), *_taken(folder, hatch, paths))
    return tuple(dict.fromkeys(path for path in manifests if path in paths))


def _built(folder: str, hatch: Table) -> Iterator[str]:
    """Whose scripts the hook runs; the build function and its `path` may be given for all targets or for the wheel."""
    for build in (table(hatch, 'build'), table(hatch, 'build', 'targets', 'wheel')):
        hook = table(build, 'hooks', _HOOK)
        if str(hook.get('build-function', '')).rpartition('.')[2] != _SCRIPT:
            continue
        where = table(hook, 'build-kwargs').get('path', '.')
        if isinstance(where, str) and (inside := _inside(folder, where)) is not None:
            yield posixpath.join(inside, _NODE) if inside != '.' else _NODE


def _taken(folder: str, hatch: Table, paths: Collection[str]) -> Iterator[str]:
    """The nearest package.json around each file or folder that is taken in, but for those around the package itself."""
    for key in ('force-include', 'artifacts'):
        own, common = (table(hatch, *where).get(key) for where in (('build', 'targets', 'wheel'), ('build',)))
        # hatchling lets the keys of a target replace those for all targets.
        taken = common if own is None else own
        for source in taken if isinstance(taken, dict) else strings(taken):
            literal = _WILD.split(source, maxsplit=1)[0]
            start = literal if literal == source else posixpath.dirname(literal)
            relative = start.lstrip('/') if key == 'artifacts' else start
            if relative and not source.startswith('!') and (inside := _inside(folder, relative)) is not None:
                yield from _around(inside, folder, paths)


def _around(start: str, folder: str, paths: Collection[str]) -> Iterator[str]:
    """The package.json at a path or nearest above it, where that is not a folder that has the package in it too."""
    above = start
    while above not in {'', '.', folder} and not folder.startswith(f'{above}/'):
        if (path := posixpath.join(above, _NODE)) in paths:
            yield path
            return
        above = posixpath.dirname(above)


def _inside(folder: str, relative: str) -> str | None:
    """A path in the repository, None where it leads out of it."""
    try:
        return resolve(folder, relative)
    except GlobError:
        return None
