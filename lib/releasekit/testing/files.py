# SPDX-License-Identifier: Apache-2.0
"""A tree of files that is only in memory."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence


class MemoryFiles:
    """The port `Files` over a mapping of POSIX paths to contents; text is UTF-8."""

    def __init__(self, files: Mapping[str, bytes | str]) -> None:
        """Take the files."""
        self._files = {path: data.encode() if isinstance(data, str) else data for path, data in files.items()}

    async def paths(self) -> Sequence[str]:
        """All files, sorted."""
        return sorted(self._files)

    async def read(self, paths: Iterable[str]) -> Mapping[str, bytes]:
        """The contents of those of the given files that exist."""
        return {path: self._files[path] for path in paths if path in self._files}
