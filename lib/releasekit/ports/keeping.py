# SPDX-License-Identifier: Apache-2.0
"""What can be found out anew at any time, kept in one piece: that it is gone or torn costs time and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol


class Draft(Protocol):
    """What is about to be kept."""

    def add(self, data: bytes) -> None:
        """Go on with more bytes; nothing fails, at worst nothing is kept."""
        ...

    def keep(self) -> None:
        """Put all of it in place of what was kept, at once: a reader sees the one or the other."""
        ...

    def drop(self) -> None:
        """Forget it; after `keep` this does nothing."""
        ...


class Kept(Protocol):
    """One piece."""

    def read(self) -> bytes | None:
        """What is kept, byte by byte as it was put there; None where there is nothing or it is not whole."""
        ...

    def draft(self) -> Draft:
        """Begin what will be kept instead."""
        ...


# The pieces of one thing, by name.
Keep = Callable[[str], Kept]
