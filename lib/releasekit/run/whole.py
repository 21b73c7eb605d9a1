# SPDX-License-Identifier: Apache-2.0
"""Whether a package's folder holds its contents.

git checks out submodules as empty folders, and files of Git LFS as pointers where its filter is not set up.
"""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterator
from pathlib import Path

from releasekit.errors import Code, fail

# https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md#the-pointer
_POINTER = b'version https://git-lfs.github.com/spec/'
_LONGEST = 200
_DECLARED = re.compile(r'^\s*path\s*=\s*(.+?)\s*$', re.MULTILINE)
_SHOWN = 5


def refuse_missing(root: Path, path: str, others: Collection[str]) -> None:
    """Refuse a package of the checkout at `root` that would be built without some of its contents.

    `others` are the paths of the repository's packages; one that lies in this one's folder is not looked at.

    Raises:
        ReleaseKitError: `RK-BUILD-WRONG`, with the paths.
    """
    nested = {other for other in others if other != path and (path == '.' or other.startswith(f'{path}/'))}
    found = sorted({*_empty_submodules(root, path, nested), *_pointers(root, path, nested)})
    if found:
        more = f' and {len(found) - _SHOWN} more' if len(found) > _SHOWN else ''
        message = (
            f'Submodules or files of Git LFS are not there to build {path} from: {", ".join(found[:_SHOWN])}{more}.'
        )
        hint = (
            'Fetch them in `build.setup` of the workspace, such as with `git submodule update --init --recursive` '
            'or `git lfs pull`.'
        )
        raise fail(Code.BUILD_WRONG, message, hint)


def _empty_submodules(root: Path, path: str, nested: Collection[str]) -> Iterator[str]:
    declared = root / '.gitmodules'
    text = declared.read_text('utf-8', 'replace') if declared.is_file() else ''
    for each in (match.strip('"') for match in _DECLARED.findall(text)):
        inside = path == '.' or f'{each}/'.startswith(f'{path}/')
        if inside and not any(f'{each}/'.startswith(f'{other}/') for other in nested) and _empty(root / each):
            yield each


def _empty(folder: Path) -> bool:
    return folder.is_dir() and next(folder.iterdir(), None) is None


def _pointers(root: Path, path: str, nested: Collection[str]) -> Iterator[str]:
    left_out = {'.git', *nested}
    for folder, folders, names in os.walk(root / path):
        below = Path(folder).relative_to(root)
        folders[:] = [name for name in folders if (below / name).as_posix() not in left_out]
        for name in names:
            file = Path(folder, name)
            if not file.is_symlink() and file.stat().st_size <= _LONGEST and file.read_bytes().startswith(_POINTER):
                yield (below / name).as_posix()
