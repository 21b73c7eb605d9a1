# SPDX-License-Identifier: Apache-2.0
"""The names and help of release.yaml's tasks, quickly: for a list, a help and completion, at every start.

Reading a big release.yaml takes a second, so what it says is kept by the digest of its content.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from releasekit import lazy
from releasekit.backends.cache import Cache
from releasekit.backends.regular import read_regular
from releasekit.errors import Code, fail

if TYPE_CHECKING:
    from releasekit.run import project
else:
    project = lazy.module('releasekit.run.project')

_NAME = 'release.yaml'
# What is larger is no release.yaml, and is refused by whoever reads it.
_MOST = 1 << 17


def find(start: Path, named: str) -> Path | None:
    """The spec that is named, else the release.yaml of the repository that a folder lies in, if there is one."""
    if named:
        return start / named
    for folder in (start, *start.parents):
        if (folder / '.git').exists():
            return folder / _NAME if (folder / _NAME).is_file() else None
    return None


def tasks(path: Path, environment: Mapping[str, str]) -> dict[str, str]:
    """Names and help, in the order of the file.

    Raises:
        ReleaseKitError: The file cannot be read, or is wrong.
    """
    try:
        content = read_regular(path, _MOST)
    except OSError as error:
        raise fail(Code.SPEC_MISSING, f'{path} cannot be read: {error.strerror}.', 'Name another file.') from error
    cache, key = Cache(environment, 'tasks-1'), hashlib.sha256(content).hexdigest()
    if (kept := cache.get(key)) is not None:
        with contextlib.suppress(ValueError):
            return dict(json.loads(kept))
    found = {name: task.help for name, task in project.load_spec(path).tasks.items()}
    cache.put(key, json.dumps(found).encode())
    return found
