# SPDX-License-Identifier: Apache-2.0
"""Invoke, and only Invoke: `ns` is the collection of all tasks, for a tasks.py and for the console script."""

from __future__ import annotations

import sys

from releasekit import lazy

TYPE_CHECKING = False
if TYPE_CHECKING:
    from invoke.collection import Collection

    from releasekit.tasks import collection

    ns: Collection
else:
    collection = lazy.module('releasekit.tasks.collection')

# Invoke switches byte code off for the task files of users, and would slow every later start of ours down by it.
sys.dont_write_bytecode = bool(sys.flags.dont_write_bytecode)


def __getattr__(name: str) -> Collection:
    if name == 'ns':
        return collection.collection()
    raise AttributeError(f'module {__name__!r} has no attribute {name!r}')
