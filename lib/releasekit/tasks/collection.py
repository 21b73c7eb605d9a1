# SPDX-License-Identifier: Apache-2.0
"""All tasks: the built-in ones, and those of the release.yaml that the current folder lies under."""

from __future__ import annotations

import functools
import os
import sys
from typing import TYPE_CHECKING

from invoke.collection import Collection

from releasekit import lazy
from releasekit.tasks import custom, flags
from releasekit.tasks.boundary import boundary
from releasekit.tasks.command import make
from releasekit.tasks.table import BUILTIN

if TYPE_CHECKING:
    from releasekit.tasks.terminal import console as consoles
    from releasekit.tasks.terminal.console import Console
else:
    consoles = lazy.module('releasekit.tasks.terminal.console')


@functools.cache
def collection() -> Collection:
    """The collection that the console script and every tasks.py have."""
    found = Collection(*(make(entry) for entry in BUILTIN))
    with boundary(_console, debug='--debug' in sys.argv):
        custom.add(found, os.environ)
    return found


def _console() -> Console:
    return consoles.real(format_=flags.named_format(sys.argv, os.environ))
