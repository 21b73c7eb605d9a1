# SPDX-License-Identifier: Apache-2.0
"""The text of a release.yaml, kept for the places of what only a look at the repository finds wrong in it."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from releasekit import lazy

if TYPE_CHECKING:
    from releasekit.spec import encoding, reader
    from releasekit.spec.places import Places
else:
    # A spec that was read before is kept, so that its reader is seldom needed.
    encoding = lazy.module('releasekit.spec.encoding')
    reader = lazy.module('releasekit.spec.reader')


@dataclasses.dataclass(frozen=True, slots=True)
class Source:
    """A release.yaml that was read without an error, and what it is called."""

    content: bytes = dataclasses.field(repr=False)
    shown: str

    def places(self) -> Places:
        """Where its keys and values stand; reads all of it again."""
        return reader.read(encoding.decode(self.content, self.shown), self.shown).places
