# SPDX-License-Identifier: Apache-2.0
"""The names and help of release.yaml's tasks, quickly: for a list, a help and completion, at every start.

Reading a big release.yaml takes a second, so what it says is kept by the digest of its content.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from releasekit import lazy
from releasekit.errors import Code, fail

if TYPE_CHECKING:
    from releasekit.run import project
else:
    project = lazy.module('releasekit.run.project')

_NAME = 'release.yaml'


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
        content = path.read_bytes()
    except OSError as error:
        raise fail(Code.SPEC_MISSING, f'{path} cannot be read: {error.strerror}.', 'Name another file.') from error
    kept = _folder(environment) / f'{hashlib.sha256(content).hexdigest()}.json'
    with contextlib.suppress(OSError, ValueError):
        return dict(json.loads(kept.read_bytes()))
    found = {name: task.help for name, task in project.load_spec(path).tasks.items()}
    with contextlib.suppress(OSError):
        _keep(kept, found)
    return found


def _folder(environment: Mapping[str, str]) -> Path:
    base = environment.get('XDG_CACHE_HOME') or Path.home() / '.cache'
    return Path(base) / 'releasekit' / 'tasks-1'


def _keep(path: Path, found: Mapping[str, str]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent)
    try:
        with os.fdopen(handle, 'w', encoding='utf-8') as file:
            json.dump(found, file)
        Path(name).replace(path)
    except OSError:
        Path(name).unlink(missing_ok=True)
        raise
