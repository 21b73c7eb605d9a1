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

from releasekit import codec, lazy
from releasekit.errors import Code, Problem, fail
from releasekit.log import Redactor
from releasekit.tasks.terminal.layout import Block, Line, plain
from releasekit.tasks.terminal.stream import Stream

if TYPE_CHECKING:
    from releasekit.core import documents
    from releasekit.core.plan import Plan
    from releasekit.tasks.terminal import drawing
else:
    documents = lazy.module('releasekit.core.documents')
    drawing = lazy.module('releasekit.tasks.terminal.drawing')


@dataclasses.dataclass(frozen=True, slots=True)
class Console:
    """Where a task prints. `as_json`: standard output carries one JSON document and nothing else."""

    out: Stream
    err: Stream
    stdin: TextIO
    environment: Mapping[str, str] = dataclasses.field(repr=False)
    as_json: bool = False
    quiet: bool = False

    def show(self, blocks: Iterable[Block]) -> None:
        """Print the result for people."""
        self._write(self.out, blocks)

    def note(self, blocks: Iterable[Block]) -> None:
        """Print what is said beside the result: problems, and the question."""
        self._write(self.err, blocks)

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
        """Print what ended the task: as a document under `--format json`, else to standard error."""
        if self.as_json:
            self.document(documents.ERROR_SCHEMA, documents.errors(problems))
        else:
            self.note(problems)

    def line(self, text: str) -> None:
        """Print a line of progress for people who read it in a pipe; a document stays alone on standard output."""
        if not self.quiet and not self.as_json:
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
        if not self.as_json:
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

    def _write(self, stream: Stream, blocks: Iterable[Block]) -> None:
        drawn = self.draws(stream)
        stream.write(drawing.draw(blocks, stream.width(), self.environment) if drawn else plain(blocks))


def real(*, as_json: bool = False, quiet: bool = False) -> Console:
    """The console of this process."""
    mask = Redactor(os.environ).mask
    out, err = Stream(sys.stdout, mask), Stream(sys.stderr, mask)
    return Console(out, err, sys.stdin, os.environ, as_json=as_json, quiet=quiet)


def no_answer(question: str) -> Exception:
    """The error of a question that nobody is there to answer."""
    return fail(Code.CONFIRM, f'Nobody is there to answer: {question}', 'Look at `--dry-run`, then give `--yes`.')
