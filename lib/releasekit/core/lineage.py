# SPDX-License-Identifier: Apache-2.0
"""One order of commits for whatever order git tells them in, so that the same history always gives the same plan.

Branches that were worked on at the same time have no order of their own, and that of dates changes with the version of
git, with grafts and with clocks: here only parents count.
"""

from __future__ import annotations

from collections.abc import Mapping


def placed(parents: Mapping[str, tuple[str, ...]]) -> Mapping[str, int]:
    """The place of each commit, children before parents; `parents` are told in any such order.

    A commit stands as far from the tip as the longest way to it, and among equals the main line comes first.
    """
    depths: dict[str, int] = {}
    known = depths.get
    for hash_, above in parents.items():
        below = known(hash_, 0) + 1
        for parent in above:
            if known(parent, 0) < below:
                depths[parent] = below
    count = len(parents)
    return {hash_: known(hash_, 0) * count + number for number, hash_ in enumerate(_met(parents))}


def _met(parents: Mapping[str, tuple[str, ...]]) -> Mapping[str, None]:
    """The commits in the order in which one meets them going down from the tips, first parents first."""
    born = {parent for above in parents.values() for parent in above}
    found: dict[str, None] = {}
    stack = [hash_ for hash_ in parents if hash_ not in born][::-1]
    while stack:
        hash_ = stack.pop()
        if hash_ not in found and (above := parents.get(hash_)) is not None:
            found[hash_] = None
            stack += above[::-1]
    return found
