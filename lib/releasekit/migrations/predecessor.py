# SPDX-License-Identifier: Apache-2.0
"""releasekit.toml of the tool that had this name before: nothing describes its format, so that it is refused."""

from __future__ import annotations

from collections.abc import Sequence

from releasekit.migrations.base import Tool, Work
from releasekit.migrations.tree import Source


def _carry(_: Work, __: Sequence[Source]) -> None:
    """Take nothing."""


PREDECESSOR = Tool(
    'releasekit.toml',
    ('releasekit.toml',),
    _carry,
    refused='it is a releasekit.toml, whose format is described nowhere.',
)
