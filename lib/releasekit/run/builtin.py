# SPDX-License-Identifier: Apache-2.0
"""The built-in tasks that are lists of steps, as they stand in the `tasks.yaml` that ships with the package."""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Mapping
from importlib import resources
from typing import TYPE_CHECKING

from releasekit import codec, lazy
from releasekit.backends.cache import Cache
from releasekit.errors import ReleaseKitError
from releasekit.spec.model import Task
from releasekit.spec.names import TASKS_FILE

if TYPE_CHECKING:
    from releasekit.spec import builtin
else:
    builtin = lazy.module('releasekit.spec.builtin')


def builtin_tasks(cache: Cache) -> Mapping[str, Task]:
    """The tasks by name; what the file says is kept by its digest, since reading YAML takes longer than planning."""
    content = resources.files('releasekit.spec').joinpath(TASKS_FILE).read_bytes()
    key = hashlib.sha256(content).hexdigest()
    if (kept := cache.get(key)) is not None:
        with contextlib.suppress(ValueError, ReleaseKitError):
            return codec.decode(json.loads(kept), Mapping[str, Task])
    tasks = builtin.builtin_tasks(content.decode())
    cache.put(key, json.dumps(codec.encode(tasks)).encode())
    return tasks
