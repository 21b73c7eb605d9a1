# SPDX-License-Identifier: Apache-2.0
"""Standard output and standard error as the tasks write to them: masked, and no harm where the reader went away."""

from __future__ import annotations

import contextlib
import io
import os
from collections.abc import Callable, Generator
from typing import BinaryIO, TextIO

# What the program itself prints beyond ASCII, for terminals and pipes with another encoding than UTF-8.
_ASCII = str.maketrans({'→': '->', '…': '...', '—': '-', '━': '=', '╸': '=', '╺': '-', '·': '-', '─': '-'})


class Stream(io.StringIO):
    """A text stream on top of another one; `mask` goes over all that is written.

    It is a StringIO so that whatever takes a text stream takes it; it keeps nothing.
    """

    def __init__(self, target: TextIO, mask: Callable[[str], str]) -> None:
        """Write to `target`, which stays open."""
        super().__init__()
        self._target = target
        self._mask = mask

    def isatty(self) -> bool:
        """Whether a person looks at it."""
        return self._target.isatty()

    def fileno(self) -> int:
        """The file descriptor of the stream below."""
        return self._target.fileno()

    def width(self) -> int:
        """Columns of the terminal; 80 where that is not known."""
        with contextlib.suppress(OSError, ValueError):
            return os.get_terminal_size(self.fileno()).columns or 80
        return 80

    def write(self, text: str, /) -> int:
        """Write and flush, so that people see it at once."""
        masked = self._mask(text)
        encoding = getattr(self._target, 'encoding', None) or 'utf-8'
        if encoding.replace('-', '').lower() != 'utf8':
            masked = masked.translate(_ASCII).encode(encoding, 'replace').decode(encoding)
        with self._reader():
            self._target.write(masked)
            self._target.flush()
        return len(text)

    def write_utf8(self, text: str) -> None:
        """Write what machines read: JSON is UTF-8 (RFC 8259, section 8.1), whatever the encoding of the locale."""
        data = self._mask(text).encode('utf-8', 'backslashreplace')
        binary = self._binary()
        with self._reader():
            if binary is None:
                self._target.write(data.decode())
            else:
                binary.write(data)
                binary.flush()

    def _binary(self) -> BinaryIO | None:
        return self._target._binary() if isinstance(self._target, Stream) else getattr(self._target, 'buffer', None)  # noqa: SLF001 - its own kind

    @contextlib.contextmanager
    def _reader(self) -> Generator[None, None, None]:
        try:
            yield
        except BrokenPipeError:
            _abandon(self._target)

    def flush(self) -> None:
        """Nothing is held back."""


def _abandon(target: TextIO) -> None:
    """Let what is still written to a stream without a reader go nowhere: the work itself goes on.

    As https://docs.python.org/3/library/signal.html#note-on-sigpipe says.
    """
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, target.fileno())
    finally:
        os.close(nowhere)
