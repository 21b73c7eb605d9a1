# SPDX-License-Identifier: Apache-2.0
"""Standard output and standard error as the tasks write to them: masked, and no harm where nobody takes it.

A reader that went away (`| head`) ends nothing: the work goes on, and its exit status says what was done.
"""

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
        """Write to `target`, which stays open. `failure` says why something could not be written, if so."""
        super().__init__()
        self._target = target
        self.mask = mask
        self.failure = ''

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
        masked = self._encodable(self.mask(text))
        with self._reader():
            self._target.write(masked)
            self._target.flush()
        return len(text)

    def write_utf8(self, text: str) -> None:
        """Write what machines read: JSON is UTF-8 (RFC 8259, section 8.1), whatever the encoding of the locale."""
        data = self.mask(text).encode('utf-8', 'backslashreplace')
        binary = self._binary()
        with self._reader():
            if binary is None:
                self._target.write(data.decode())
            else:
                binary.write(data)
                binary.flush()

    def _encodable(self, text: str) -> str:
        """A text that the stream's encoding has signs for; the name of a file may be no text (PEP 383)."""
        encoding = getattr(self._target, 'encoding', None) or 'utf-8'
        if encoding.replace('-', '').lower() == 'utf8':
            return text.encode('utf-8', 'backslashreplace').decode('utf-8')
        return text.translate(_ASCII).encode(encoding, 'replace').decode(encoding)

    def _binary(self) -> BinaryIO | None:
        return self._target._binary() if isinstance(self._target, Stream) else getattr(self._target, 'buffer', None)  # noqa: SLF001 - its own kind

    @contextlib.contextmanager
    def _reader(self) -> Generator[None, None, None]:
        try:
            yield
        except BrokenPipeError:
            _abandon(self._target)
        except OSError as error:
            # A full disk, for one: said at the end, for a release half done would be worse.
            self.failure = error.strerror or str(error)
            _abandon(self._target)

    def flush(self) -> None:
        """Nothing is held back."""


def whole(stream: TextIO | None) -> TextIO:
    """A stream of the process, or one that leads nowhere where that was closed before the start (`>&-`).

    The lowest free descriptor is taken, which is the closed one's: else the next file that is opened, such as a
    journal, would get it, and with it all that children print.
    """
    if stream is not None:
        return stream
    os.set_inheritable(descriptor := os.open(os.devnull, os.O_RDWR), True)
    return open(descriptor, 'r+' if descriptor == 0 else 'w', encoding='utf-8', closefd=False)


def _abandon(target: TextIO) -> None:
    """Let what is still written to a stream without a reader go nowhere: the work itself goes on.

    As https://docs.python.org/3/library/signal.html#note-on-sigpipe says.
    """
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, target.fileno())
    finally:
        os.close(nowhere)
