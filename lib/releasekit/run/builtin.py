# SPDX-License-Identifier: Apache-2.0
"""The built-in tasks that are lists of steps, as they stand in the `tasks.yaml` that ships with the package."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from importlib import resources

from releasekit.spec import builtin
from releasekit.spec.model import Task


@functools.cache
def builtin_tasks() -> Mapping[str, Task]:
    """The tasks by name."""
    return builtin.builtin_tasks(resources.files('releasekit.spec').joinpath('tasks.yaml').read_text('utf-8'))
