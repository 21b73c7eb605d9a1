# SPDX-License-Identifier: Apache-2.0
"""Overrides of messages that no commit has: most often a hash that was mistyped, or from before a rebase."""

from __future__ import annotations

from collections.abc import Callable

from releasekit.errors import Problem
from releasekit.ports import History
from releasekit.run.misfits import Misfit
from releasekit.spec.model import Spec
from releasekit.spec.places import Places


async def unknown_overrides(spec: Spec, history: History, places: Callable[[], Places | None]) -> tuple[Problem, ...]:
    """A warning for each; where history is cut off the commit may be beyond the cut, and nothing is said."""
    hashes = spec.commits.overrides
    if not hashes:
        return ()
    lacking = sorted(hashes.keys() - await history.present(hashes.keys()))
    if not lacking or await history.shallow():
        return ()
    known = places()
    return tuple(_unknown(hash_).problem(known) for hash_ in lacking)


def _unknown(hash_: str) -> Misfit:
    message = f'`overrides` has a message for {hash_[:12]}, which is no commit of this repository.'
    hint = 'Give the full hash as `git log` writes it, or remove it.'
    return Misfit(('commits', 'overrides', hash_), message, hint, key=True)
