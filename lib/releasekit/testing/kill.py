# SPDX-License-Identifier: Apache-2.0
"""Ends the program at a chosen event of its journal, by a real signal and with nothing of ours replaced.

`python -m releasekit.testing.kill MODE POINT [--new FILE] -- ARGUMENTS` runs `releasekit ARGUMENTS`. An audit hook
(PEP 578) sees each event on its way to the journal.
"""

from __future__ import annotations

import argparse
import importlib
import inspect
import json
import os
import re
import signal
import subprocess
import sys
import types
from collections.abc import Callable, Mapping, Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

from releasekit.compat import Self

_SIGNALS = {'kill': signal.SIGKILL, 'term': signal.SIGTERM, 'int': signal.SIGINT}
_MODES = tuple(f'{name}-{when}' for name in _SIGNALS for when in ('before', 'after'))
_JOURNAL = 'journal.jsonl'
_PROGRAM = 'releasekit'


class Trap:
    """Signals its own process before an event is written, or as soon as it is on disk; once."""

    def __init__(self, mode: str, point: str, new: Path | None = None) -> None:
        """Wait for event number `point`, or for the first in whose `KIND KEY` that regular expression is found.

        With `new`, points that this file has do not count, and the one that is hit is added: a chain of runs that
        are killed again and again thus gets one event further each time.
        """
        name, _, when = mode.partition('-')
        self._signal = _SIGNALS[name]
        self._before = when == 'before'
        self._number = int(point) if point.isdecimal() else None
        self._pattern = re.compile(point)
        self._new = new
        self._known = set(new.read_text('utf-8').splitlines()) if new is not None and new.exists() else set()
        self._count = 0
        self._sprung = False
        self._waits: tuple[Path, int] | None = None

    def __call__(self, event: str, arguments: tuple[object, ...]) -> None:
        """Act as an audit hook."""
        if self._waits is not None and self._waits[0].stat().st_size > self._waits[1]:
            self._waits = None
            self._fire()
        if self._sprung or event != 'open' or not _is_append(arguments):
            return
        self._count += 1
        point = _about_to_be_written()
        if not self._matches(point):
            return
        self._sprung = True
        if self._new is not None:
            with self._new.open('a', encoding='utf-8') as known:
                known.write(f'{point}\n')
        if self._before:
            self._fire()
        else:
            path = Path(os.fsdecode(str(arguments[0])))
            self._waits = (path, path.stat().st_size if path.exists() else 0)

    def _matches(self, point: str) -> bool:
        if self._number is not None:
            return self._count == self._number
        return point not in self._known and self._pattern.search(point) is not None

    def _fire(self) -> None:
        os.kill(os.getpid(), self._signal)


def _is_append(arguments: tuple[object, ...]) -> bool:
    path, _, flags = arguments
    return str(path).endswith(_JOURNAL) and isinstance(flags, int) and bool(flags & os.O_APPEND)


def _about_to_be_written() -> str:
    """The `KIND KEY` of the event, from the function that opens the journal: it has the whole line at hand."""
    frame = inspect.currentframe()
    while frame is not None and frame.f_code.co_name != 'append_durable':
        frame = frame.f_back
    if frame is None:
        raise RuntimeError(f'something else than `append_durable` appends to {_JOURNAL}')
    document = json.loads(frame.f_locals['data'])
    return f'{document["event"]} {document["key"]}'


class Nursery:
    """Bears runs of the program that are to be killed: each is a fork of one process that has imported it before.

    That saves the greater part of a second for each, and a chain has hundreds of them.
    """

    def __init__(self, imports: Sequence[str] = ()) -> None:
        """Import these modules beside the program, once."""
        self._imports = imports
        self._process: subprocess.Popen[str] | None = None

    def __enter__(self) -> Self:
        command = [sys.executable, '-m', __name__, 'serve', '', '--', *self._imports]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: types.TracebackType | None,
    ) -> None:
        if self._process is not None:
            self._process.communicate()

    def run(self, arguments: Sequence[str], cwd: Path, environment: Mapping[str, str], log: Path) -> int:
        """Run this module with arguments and return the exit status, negative for a signal; all output is in `log`."""
        if self._process is None or self._process.stdin is None or self._process.stdout is None:
            raise RuntimeError('open the nursery with `with` first')
        log.unlink(missing_ok=True)
        request = {'arguments': [*arguments], 'cwd': str(cwd), 'environment': {**environment}, 'log': str(log)}
        self._process.stdin.write(json.dumps(request) + '\n')
        self._process.stdin.flush()
        return int(self._process.stdout.readline())


def _serve(imports: Sequence[str]) -> None:
    _program()
    for name in imports:
        importlib.import_module(name)
    for line in sys.stdin:
        request = json.loads(line)
        child = os.fork()
        if child == 0:
            _bear(request)
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        sys.stdout.write(f'{status}\n')
        sys.stdout.flush()


def _bear(request: Mapping[str, Any]) -> None:
    """Become a run: folder, environment and streams are its own."""
    log = os.open(request['log'], os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for ours, theirs in ((nothing, 0), (log, 1), (log, 2)):
        os.dup2(ours, theirs)
    os.chdir(request['cwd'])
    os.environ.clear()
    os.environ.update(request['environment'])
    status = 1
    try:
        main(request['arguments'])
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else 1
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


def main(argv: Sequence[str] | None = None) -> None:
    """Set the trap and run the program; `argv` are the arguments after the name of this module.

    Raises:
        SystemExit: With the program's own status.
    """
    parser = argparse.ArgumentParser(prog='kill')
    parser.add_argument('mode', choices=(*_MODES, 'never', 'serve'))
    parser.add_argument('point')
    parser.add_argument('--new', type=Path)
    given = sys.argv[1:] if argv is None else list(argv)
    end = given.index('--')
    asked, arguments = parser.parse_args(given[:end]), given[end + 1 :]
    if asked.mode == 'serve':
        _serve(arguments)
        return
    if asked.mode != 'never':
        sys.addaudithook(Trap(asked.mode, asked.point, asked.new))
    sys.argv = [_PROGRAM, *arguments]
    raise SystemExit(_program()())


def _program() -> Callable[[], int]:
    """The function behind the console script."""
    (script,) = metadata.entry_points(group='console_scripts', name=_PROGRAM)
    return script.load()


if __name__ == '__main__':
    main()
