# SPDX-License-Identifier: Apache-2.0
"""Documents that are carried out: the commands of a Markdown page, run one after the other in a terminal.

A block of `console` has commands after `$ `, each followed by what it prints. A block of another language whose fence
says `title=PATH` is a file that is written there. In what is printed, `…` stands for any text, alone on a line for
any lines; addresses and hashes of commits match any other.
"""

from __future__ import annotations

import dataclasses
import os
import pty
import re
import selectors
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import TracebackType

_FENCE = re.compile(
    r'^```(?P<language>[a-z]+)(?: +title=(?P<title>\S+))?\n(?P<body>.*?)^```$', re.MULTILINE | re.DOTALL
)
_ADDRESS = re.compile(r'https?://\S+')
# Also one of digits alone, and one of letters alone: no word of a page is so long and has only these.
_HASH = re.compile(r'\b[0-9a-f]{7,64}\b')
_QUESTION = '[y/N] '
_ANY = '…'
_WIDTH = '200'


@dataclasses.dataclass(frozen=True, slots=True)
class Typed:
    """A command as it is typed, and the lines that it is said to print."""

    command: str
    printed: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True, slots=True)
class Written:
    """A file that the reader is told to write."""

    path: str
    text: str


def parts(markdown: str) -> Iterator[Typed | Written]:
    """What a page tells its reader to do, in its order."""
    for fence in _FENCE.finditer(markdown):
        if fence['title']:
            yield Written(fence['title'], fence['body'])
        elif fence['language'] == 'console':
            yield from _typed(fence['body'])


def _typed(body: str) -> Iterator[Typed]:
    command, printed = '', list[str]()
    for line in body.splitlines():
        if line.startswith('$ '):
            if command:
                yield Typed(command, tuple(printed))
            command, printed = line[2:], []
        else:
            printed.append(line)
    if command:
        yield Typed(command, tuple(printed))


def matches(printed: tuple[str, ...], seen: str) -> bool:
    """Whether a command printed what the page says; one that shows nothing may print anything."""
    lines = [line for line in printed if line.strip()]
    if not lines:
        return True
    pattern = ''.join('(?:.*\n)*?' if line.strip() == _ANY else f'{_line(line)}\n' for line in lines)
    told = '\n'.join(' '.join(_known(line).split()) for line in seen.splitlines() if line.strip())
    return re.fullmatch(pattern, f'{told}\n') is not None


def _line(line: str) -> str:
    return '.*'.join(re.escape(part) for part in ' '.join(_known(line).split()).split(_ANY))


def _known(line: str) -> str:
    return _HASH.sub('<hash>', _ADDRESS.sub('<address>', line))


class Terminal:
    """A shell in a terminal, as a person has one: folder and variables last from command to command."""

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        """Open it in a folder."""
        self._master, slave = pty.openpty()
        script, self._script = os.pipe()
        self._statuses, statuses = os.pipe()
        # Commands come through a pipe of their own, so that what they ask is answered by the terminal.
        self._shell = subprocess.Popen(
            ['bash', '--norc', '--noprofile', f'/dev/fd/{script}'],
            cwd=folder,
            env={**environment, 'TERM': 'dumb', 'PAGER': 'cat', 'COLUMNS': _WIDTH, 'RK_STATUS': str(statuses)},
            stdin=slave,
            stdout=slave,
            stderr=slave,
            pass_fds=(script, statuses),
            start_new_session=True,
        )
        for end in (slave, script, statuses):
            os.close(end)

    def __enter__(self) -> Terminal:
        """Open already."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the shell and what it left running."""
        os.close(self._script)
        os.killpg(self._shell.pid, signal.SIGTERM)
        self._shell.wait(10)
        os.close(self._master)
        os.close(self._statuses)

    def enter(self, command: str, answer: str = 'y', patience: float = 180.0) -> tuple[int, str]:
        """Run a command; its exit status, and what the terminal showed. A question gets the answer.

        Raises:
            TimeoutError: It took longer than `patience` seconds.
        """
        os.write(self._script, f'{command}\necho $? >&$RK_STATUS\n'.encode())
        shown, status, end = '', '', time.monotonic() + patience
        with selectors.DefaultSelector() as waiting:
            waiting.register(self._master, selectors.EVENT_READ)
            waiting.register(self._statuses, selectors.EVENT_READ)
            while not status.endswith('\n'):
                if time.monotonic() > end:
                    raise TimeoutError(f'{command} did not end; it showed:\n{shown}')
                for key, _ in waiting.select(1.0):
                    text = os.read(key.fd, 65536).decode('utf-8', 'replace')
                    if key.fd == self._statuses:
                        status += text
                        continue
                    shown += text
                    if shown.endswith(_QUESTION):
                        os.write(self._master, f'{answer}\n'.encode())
            waiting.unregister(self._statuses)
            # The command has ended, so that all it wrote is there to be read.
            while waiting.select(0.1):
                shown += os.read(self._master, 65536).decode('utf-8', 'replace')
        return int(status), shown.replace('\r\n', '\n')
