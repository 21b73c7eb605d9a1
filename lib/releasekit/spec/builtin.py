# SPDX-License-Identifier: Apache-2.0
"""The built-in tasks, from the text of the packaged tasks.yaml."""

from __future__ import annotations

from collections.abc import Mapping

from releasekit import codec
from releasekit.errors import ReleaseKitError
from releasekit.spec import reader
from releasekit.spec.model import Task
from releasekit.spec.names import TASKS_FILE
from releasekit.spec.shorthand import Expander


def builtin_tasks(text: str) -> Mapping[str, Task]:
    """The built-in tasks by name; `text` is the packaged file of that name beside this module.

    Raises:
        ReleaseKitError: The text is none of tasks, which only a broken installation can cause.
    """
    document = reader.read(text, TASKS_FILE)
    if document.problems:
        raise ReleaseKitError(*document.problems)
    written = Expander(document.places, ()).spec({'tasks': document.data})
    return codec.decode(written['tasks'], Mapping[str, Task])
