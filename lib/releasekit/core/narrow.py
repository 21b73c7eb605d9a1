# SPDX-License-Identifier: Apache-2.0
"""A part of a plan: uploads to some of its targets, while those to the others wait for another run."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Collection, Sequence

from releasekit.core.actions import Action, Probe, SmokeTest, Upload, Verify

# Looks at a target that nothing is sent to: whoever uploads to one needs no credential of another.
_LOOKS = frozenset({'credential', 'registry', 'bytes'})


@dataclasses.dataclass(frozen=True, slots=True)
class Part:
    """The actions that are performed, and the keys of those that wait for other targets."""

    actions: tuple[Action, ...]
    held: tuple[str, ...]


def narrow(actions: Sequence[Action], targets: Collection[str], done: Callable[[str], bool]) -> Part:
    """Leave out what goes to other targets and is not `done`, and whatever needs that; no targets are all of them.

    Actions stand after what they need.
    """
    if not targets:
        return Part(tuple(actions), ())
    kept: list[Action] = []
    held: dict[str, None] = {}
    # What needs a look that is left out still waits for what that would have waited for.
    behind: dict[str, tuple[str, ...]] = {}
    for action in actions:
        needs = tuple(dict.fromkeys(key for need in action.needs for key in behind.get(need, (need,))))
        if isinstance(action, Probe) and action.what in _LOOKS and action.subject not in targets:
            behind[action.key] = needs
        elif not done(action.key) and (_elsewhere(action, targets) or any(need in held for need in needs)):
            held[action.key] = None
        else:
            kept.append(action if needs == action.needs else dataclasses.replace(action, needs=needs))
    return Part(tuple(kept), tuple(held))


def _elsewhere(action: Action, targets: Collection[str]) -> bool:
    """Whether an action is about another target."""
    return isinstance(action, (Upload, Verify, SmokeTest)) and action.target not in ('', None, *targets)
