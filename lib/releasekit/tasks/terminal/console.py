# SPDX-License-Identifier: Apache-2.0
"""The person or machine at the other end: results go to standard output, all else to standard error."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import sys
from collections.abc import Generator, Iterable, Mapping
from typing import TYPE_CHECKING, Any, TextIO

from releasekit import codec, lazy, log
from releasekit.errors import Code, Problem, fail
from releasekit.tasks.terminal.layout import Block, Line, plain, without_secrets
from releasekit.tasks.terminal.stream import Stream, whole

if TYPE_CHECKING:
    from releasekit.core import documents
    from releasekit.core.plan import Plan
    from releasekit.tasks.show import findings, markdown, notes
    from releasekit.tasks.terminal import drawing
else:
    documents = lazy.module('releasekit.core.documents')
    drawing = lazy.module('releasekit.tasks.terminal.drawing')
    findings = lazy.module('releasekit.tasks.show.findings')
    markdown = lazy.module('releasekit.tasks.show.markdown')
    notes = lazy.module('releasekit.tasks.show.notes')

# The formats that other lines may stand beside.
_FOR_PEOPLE = frozenset({'', 'table', 'text', 'ascii', 'levels', 'github'})
# Those that programs read, and that say what is wrong as they say what checks found.
_REPORTS = frozenset({'gitlab', 'sarif'})
# More columns than any line has.
_UNLIMITED = 100_000


@dataclasses.dataclass(frozen=True, slots=True)
class Console:
    """Where a task prints, in a format; most formats are alone on standard output."""

    out: Stream
    err: Stream
    stdin: TextIO
    environment: Mapping[str, str] = dataclasses.field(repr=False)
    format: str = ''
    quiet: bool = False

    @property
    def as_json(self) -> bool:
        """Whether standard output carries one JSON document and nothing else."""
        return self.format == 'json'

    @property
    def alone(self) -> bool:
        """Whether nothing but the result may go to standard output, because a program reads it."""
        return self.format not in _FOR_PEOPLE

    def show(self, blocks: Iterable[Block]) -> None:
        """Print the result for people."""
        self._write(self.out, blocks)

    def note(self, blocks: Iterable[Block]) -> None:
        """Print what is said beside the result: problems, in `github` as its commands, and the question."""
        told = [*blocks]
        if self.format == 'github' and (problems := [block for block in told if isinstance(block, Problem)]):
            self.out.write(notes.github(notes.of_problems(problems)))
            told = [block for block in told if not isinstance(block, Problem)]
        if told:
            self._write(self.err, told)

    def document(self, schema: str, value: object) -> None:
        """Print the result for machines: a frozen dataclass as the document of a schema."""
        self.json({'schema': schema, **codec.encode(value)})

    def json(self, document: Mapping[str, Any], *, pretty: bool = False) -> None:
        """Print a document, over many lines for people; in one, which is much faster, for machines."""
        indent = 2 if pretty or self.out.isatty() else None
        self.out.write_utf8(json.dumps(document, ensure_ascii=False, indent=indent) + '\n')

    def plan(self, plan: Plan) -> None:
        """Print a plan as a document; for machines the line that its id was made from is not made again."""
        if self.out.isatty():
            self.json(plan.document())
        else:
            self.out.write_utf8(plan.line() + '\n')

    def problems(self, problems: Iterable[Problem]) -> None:
        """Print what ended the task: as a document where the format has one for it, else to standard error."""
        if self.out.failure:
            self._write(self.err, problems)
        elif self.as_json:
            self.document(documents.ERROR_SCHEMA, documents.errors(problems))
        elif self.format in _REPORTS:
            self.out.write_utf8(findings.REPORTS[self.format](notes.of_problems(problems)))
        elif self.format == 'markdown':
            self.out.write_utf8(markdown.document('Not done', problems))
        else:
            self.note(problems)

    def line(self, text: str) -> None:
        """Print a line of progress for people who read it in a pipe; a document stays alone on standard output."""
        if not self.quiet and not self.alone:
            self.show([Line(text)])

    @property
    def can_ask(self) -> bool:
        """Whether somebody is there to answer."""
        return self.stdin.isatty() and self.err.isatty()

    def ask(self, question: str) -> bool:
        """Ask for a yes; everything else is a no.

        Raises:
            ReleaseKitError: `RK-CONFIRM` where nobody is there to answer.
        """
        if not self.can_ask:
            raise no_answer(question)
        self.err.write(f'{question} [y/N] ')
        return self.stdin.readline().strip().lower() in {'y', 'yes'}

    @contextlib.contextmanager
    def diverted(self) -> Generator[None]:
        """Let what children write to standard output go to standard error where a document must stay alone there."""
        if not self.alone:
            yield
            return
        kept = os.dup(self.out.fileno())
        os.dup2(self.err.fileno(), self.out.fileno())
        try:
            yield
        finally:
            os.dup2(kept, self.out.fileno())
            os.close(kept)

    def draws(self, stream: Stream) -> bool:
        """Whether a stream is a terminal that understands control sequences."""
        return stream.isatty() and self.environment.get('TERM', 'dumb') != 'dumb'

    def finish(self) -> None:
        """Say at the end that the output is not whole.

        Raises:
            ReleaseKitError: `RK-DISK-FAILED`.
        """
        if self.out.failure:
            hint = 'Make room where the output goes; what was to be done is done, `status` says how far.'
            raise fail(Code.DISK_FAILED, f'Standard output could not be written: {self.out.failure}.', hint)

    def _write(self, stream: Stream, blocks: Iterable[Block]) -> None:
        shown = without_secrets(blocks, stream.mask)
        if self.draws(stream):
            stream.write(drawing.draw(shown, stream.width(), self.environment))
        elif log.colored(self.environment, terminal=False):
            # Colours that were asked for beyond a terminal; nothing says how wide it is that shows them.
            stream.write(drawing.draw(shown, _UNLIMITED, self.environment))
        else:
            text = plain(shown)
            stream.write(notes.tamed(text) if self.format == 'github' else text)


def real(*, format_: str = '', quiet: bool = False) -> Console:
    """The console of this process."""
    mask = log.learn(os.environ).mask
    # In this order: the lowest descriptor that is closed is the first to be opened again.
    sys.stdin, sys.stdout, sys.stderr = whole(sys.stdin), whole(sys.stdout), whole(sys.stderr)
    out, err = Stream(sys.stdout, mask), Stream(sys.stderr, mask)
    return Console(out, err, sys.stdin, os.environ, format=format_, quiet=quiet)


def no_answer(question: str) -> Exception:
    """The error of a question that nobody is there to answer."""
    return fail(Code.CONFIRM, f'Nobody is there to answer: {question}', 'Look at `--dry-run`, then give `--yes`.')
