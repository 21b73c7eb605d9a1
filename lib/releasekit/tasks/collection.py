# SPDX-License-Identifier: Apache-2.0
"""All tasks: the built-in ones, and those of the release.yaml that the current folder lies under."""

from __future__ import annotations

import functools
import os
import sys

from invoke.collection import Collection

from releasekit.tasks import console, custom, flags, look, work
from releasekit.tasks.boundary import boundary

BUILTIN = (
    look.discover,
    look.plan,
    look.version,
    look.why,
    work.check,
    work.bump,
    work.pin,
    work.changelog,
    work.tag,
    work.build,
    work.publish,
    work.release,
    work.apply,
    look.status,
    look.schema,
)


@functools.cache
def collection() -> Collection:
    """The collection that the console script and every tasks.py have."""
    found = Collection(*BUILTIN)
    with boundary(console.real(as_json=flags.wants_json(sys.argv)), debug='--debug' in sys.argv):
        custom.add(found, os.environ)
    return found
