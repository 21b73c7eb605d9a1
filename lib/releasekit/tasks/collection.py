# SPDX-License-Identifier: Apache-2.0
"""All tasks: the built-in ones, and those of the release.yaml that the current folder lies under."""

from __future__ import annotations

import functools
import os
import sys

from invoke.collection import Collection

from releasekit.tasks import custom, flags
from releasekit.tasks.boundary import boundary
from releasekit.tasks.command import make
from releasekit.tasks.table import BUILTIN
from releasekit.tasks.terminal import console


@functools.cache
def collection() -> Collection:
    """The collection that the console script and every tasks.py have."""
    found = Collection(*(make(entry) for entry in BUILTIN))
    with boundary(console.real(as_json=flags.wants_json(sys.argv)), debug='--debug' in sys.argv):
        custom.add(found, os.environ)
    return found
