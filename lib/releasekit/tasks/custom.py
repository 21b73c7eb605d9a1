# SPDX-License-Identifier: Apache-2.0
"""The tasks of release.yaml as tasks of Invoke, made from their names and help alone."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from invoke.collection import Collection
from invoke.tasks import Task

from releasekit import lazy
from releasekit.errors import Exit, ReleaseKitError
from releasekit.tasks import flags
from releasekit.tasks.command import Session, make
from releasekit.tasks.table import own

if TYPE_CHECKING:
    from releasekit.tasks import listing
    from releasekit.tasks.bodies import chores, work
    from releasekit.tasks.terminal import console
else:
    listing = lazy.module('releasekit.tasks.listing')
    chores = lazy.module('releasekit.tasks.bodies.chores')
    console = lazy.module('releasekit.tasks.terminal.console')
    work = lazy.module('releasekit.tasks.bodies.work')


def add(collection: Collection, environment: Mapping[str, str]) -> None:
    """Add the tasks of the release.yaml that the current folder lies under; those of a built-in name replace it.

    A file that is wrong adds nothing. The task that is called says what is wrong with it; where none is, as for a
    list of the tasks, one line to standard error does.
    """
    builtin = frozenset(collection.tasks)
    named = flags.named_spec(sys.argv, environment)
    try:
        path = listing.find(Path.cwd(), named)
        found = listing.tasks(path, environment) if path else {}
    except ReleaseKitError as error:
        if builtin.isdisjoint(sys.argv) and '--complete' not in sys.argv:
            console.real().err.write(f'{error.code}: {error} Only the built-in tasks are there.\n')
        return
    for name, text in found.items():
        collection.add_task(custom(name, text))


def custom(name: str, text: str) -> Task[Any]:
    """The task of a name; `release` keeps its flags and its way through an unfinished run."""

    def body(session: Session) -> Exit:
        return work.release(session) if name == 'release' else chores.named_task(session, name)

    return make(own(name, text), body)
