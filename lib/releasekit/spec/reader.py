# SPDX-License-Identifier: Apache-2.0
"""YAML 1.2 text to plain values with their places, without what surprises: no tags, aliases, merges, duplicates.

The parser's events are read, not a tree: they are there before the whole text is parsed, and know no types.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from releasekit import lazy
from releasekit.errors import Code, Place, Problem, ReleaseKitError, fail
from releasekit.spec import characters, confusables, scalars
from releasekit.spec.places import Path, Places, Span, split

if TYPE_CHECKING:
    import ruamel.yaml as ruamel
    from ruamel.yaml import error as ruamel_error
    from ruamel.yaml import events
else:
    ruamel = lazy.module('ruamel.yaml')
    ruamel_error = lazy.module('ruamel.yaml.error')
    events = lazy.module('ruamel.yaml.events')

MAX_DEPTH = 24
EXTENSION = 'x-'
_UNQUOTED_WORD = re.compile(r'(?:^|[\s,\[])(?P<text>\{[a-z_]+\}[^\s,#]*)')
# What the scanner lets out where an escape names no character, such as "\\U0011FFFF": it means a YAML error.
_SLIPS = (ValueError, OverflowError)
# What a mistake that is only found at the end of the file began as, by the parser's words.
_UNFINISHED = {
    'while scanning a quoted scalar': 'quote',
    'while parsing a flow sequence': 'list',
    'while parsing a flow mapping': 'mapping',
}
_SIGNS = frozenset(' :,[]{}-')
_PLAIN_HINT = 'Correct the line; `key: value` and `- item` need a space, and deeper levels two spaces each.'


@dataclasses.dataclass(frozen=True)
class Document:
    """What was read: `data` holds dicts, lists, scalars and `Date`. `broken` are paths that have a problem."""

    data: dict[str, Any]
    places: Places
    problems: tuple[Problem, ...]
    broken: frozenset[Path]


def read(text: str, path: str) -> Document:
    """Read a YAML text whose top is a mapping; keys that begin with `x-` are left out.

    Raises:
        ReleaseKitError: `RK-SPEC-SYNTAX` where the text cannot be read to its end.
    """
    # What is shown of the text must not steer a terminal, nor deceive.
    reader = _Reader(Places(path, split(characters.shown(text))))
    _check_characters(text, reader.places)
    try:
        data = reader.document(ruamel.YAML(typ='safe', pure=True).parse(text))
    except ruamel.YAMLError as error:
        raise _syntax(error, reader.places) from error
    except _SLIPS as error:
        message = 'After this comes what cannot be read as YAML: an escape that names no character.'
        hint = 'Write the character itself, or an escape up to \\U0010FFFF.'
        raise fail(Code.SPEC_SYNTAX, message, hint, reader.places.place(reader.last)) from error
    return Document(data, reader.places, tuple(reader.problems), frozenset(reader.broken))


def _check_characters(text: str, places: Places) -> None:
    if (found := characters.REFUSED.search(text)) is None:
        return
    above = split(text[: found.start()])
    place = places.place(Span(len(above), len(above[-1]) + 1, 1))
    hint = 'Remove it; where it is meant, keep it out of this file.'
    raise fail(Code.SPEC_SYNTAX, f'The character {characters.name(found.group())} is not allowed here.', hint, place)


def _too_deep(place: Place) -> ReleaseKitError:
    hint = 'Write it with fewer levels; no part of the format needs more than ten.'
    return fail(Code.SPEC_SYNTAX, f'This is nested deeper than {MAX_DEPTH} levels.', hint, place)


@dataclasses.dataclass
class _Reader:
    """Builds values from events; what is wrong but can be read on is collected."""

    places: Places
    problems: list[Problem] = dataclasses.field(default_factory=list)
    broken: set[Path] = dataclasses.field(default_factory=set)
    last: Span = dataclasses.field(default_factory=lambda: Span(1, 1, 1))
    keys: dict[Path, Span] = dataclasses.field(init=False)
    values: dict[Path, Span] = dataclasses.field(init=False)

    def __post_init__(self) -> None:
        self.keys, self.values = {}, {}
        self.places = dataclasses.replace(self.places, keys=self.keys, values=self.values)

    def document(self, stream: Iterator[Any]) -> dict[str, Any]:
        data: Any = None
        for event in stream:
            self.last = _span(event)
            if isinstance(event, events.DocumentStartEvent):
                self._start(event)
            elif isinstance(event, events.NodeEvent):
                data = self.node(event, stream, ())
        if not isinstance(data, dict):
            what = 'The file is empty.' if data is None else 'The file is no mapping of keys to values.'
            raise fail(Code.SPEC_SYNTAX, what, 'Begin it with `version: 1` and `workspaces:`.', self.places.key(()))
        return data

    def _start(self, event: Any) -> None:  # noqa: ANN401 - ruamel's events
        if self.values:
            hint = 'Keep one document in the file; remove the line `---` and what follows it.'
            raise fail(Code.SPEC_SYNTAX, 'A second document begins here.', hint, self.places.place(self.last))
        # Directives are no events: those that the parser does not know leave no trace at all.
        for number, line in enumerate(self.places.lines[: event.start_mark.line], start=1):
            if line.startswith('%'):
                self._wrong((), Span(number, 1, len(line)), 'Directives are not allowed.', 'Remove this line.')

    def node(self, event: Any, stream: Iterator[Any], path: Path) -> Any:  # noqa: ANN401
        self.values[path] = span = _span(event)
        if isinstance(event, events.AliasEvent):
            hint = f'Write the value out, or quote it if it is meant to begin with `*`: "*{event.anchor}".'
            return self._wrong(path, span, 'Aliases are not allowed.', hint)
        if event.anchor:
            self._wrong(path, span, 'Anchors are not allowed.', 'Remove it, or quote a value that begins with `&`.')
        if event.ctag:
            self._wrong(path, span, 'Tags are not allowed.', 'Remove it, or quote a value that begins with `!`.')
        if isinstance(event, events.ScalarEvent):
            return self._scalar(event, path)
        if len(path) >= MAX_DEPTH:
            raise _too_deep(self.places.place(span))
        return (self._mapping if isinstance(event, events.MappingStartEvent) else self._sequence)(stream, path)

    def _scalar(self, event: Any, path: Path) -> Any:  # noqa: ANN401
        if event.style or event.ctag:
            return self._text(event, path)
        self.values[path] = dataclasses.replace(self.values[path], plain=event.value)
        return scalars.resolve(event.value)

    def _text(self, event: Any, path: Path) -> Any:  # noqa: ANN401
        """The text of a quoted scalar: an escape gives no character that the file may not have as it is."""
        if (found := characters.REFUSED.search(event.value)) is None:
            return event.value
        message = f'The character {characters.name(found.group())} is not allowed in a value.'
        return self._wrong(path, _span(event), message, 'Remove the escape that gives it.')

    def _sequence(self, stream: Iterator[Any], path: Path) -> list[Any]:
        found: list[Any] = []
        while not isinstance(event := next(stream), events.SequenceEndEvent):
            found.append(self.node(event, stream, (*path, len(found))))
        self._close(path, event)
        return found

    def _mapping(self, stream: Iterator[Any], path: Path) -> dict[str, Any]:
        found: dict[str, Any] = {}
        while not isinstance(event := next(stream), events.MappingEndEvent):
            key = self._key(event, stream, path)
            if key is None or key in found or (not path and key.startswith(EXTENSION)):
                if key in found:
                    self._duplicate((*path, key), _span(event))
                self._skip(next(stream), stream)
                continue
            self.keys[(*path, key)] = self.last = _span(event)
            found[key] = self.node(next(stream), stream, (*path, key))
        self._close(path, event)
        return found

    def _key(self, event: Any, stream: Iterator[Any], path: Path) -> str | None:  # noqa: ANN401
        span = _span(event)
        if not isinstance(event, events.ScalarEvent):
            self._skip(event, stream)
            self._wrong(path, span, 'A key must be text.', 'Write the key as a word, in quotes where it has signs.')
            return None
        if event.value == '<<' and not event.style:
            self._wrong(path, span, 'Merge keys are not allowed.', 'Write out what should be merged.')
            return None
        if event.anchor or event.ctag:
            self._wrong(path, span, 'A key takes no anchor or tag.', 'Remove it, or quote the key.')
        if event.style and characters.REFUSED.search(event.value):
            return self._text(event, path)
        if not event.style and not isinstance(scalars.resolve(event.value), str):
            message = f'YAML does not read the key `{event.value}` as text.' if event.value else 'A key is missing.'
            self._wrong(
                path, span, message, f'Quote it: "{event.value}".' if event.value else 'Write it before the `:`.'
            )
            return None
        return event.value

    def _close(self, path: Path, event: Any) -> None:  # noqa: ANN401
        """Widen the span of a collection in brackets that ends on its first line."""
        span, end = self.values[path], event.end_mark
        if span.length and end.line + 1 == span.line:
            self.values[path] = dataclasses.replace(span, length=end.column + 1 - span.column)

    def _duplicate(self, path: Path, span: Span) -> None:
        message = f'`{path[-1]}` is given twice; the first is on line {self.keys[path].line}.'
        self._wrong((), span, message, 'Keep one of the two.')

    def _skip(self, event: Any, stream: Iterator[Any]) -> None:  # noqa: ANN401
        """Pass over a node, anchors and aliases and all."""
        depth = 0
        while True:
            opens = isinstance(event, (events.MappingStartEvent, events.SequenceStartEvent))
            closes = isinstance(event, (events.MappingEndEvent, events.SequenceEndEvent))
            depth += opens - closes
            if depth > MAX_DEPTH:
                raise _too_deep(self.places.place(_span(event)))
            if depth == 0:
                return
            event = next(stream)

    def _wrong(self, path: Path, span: Span, message: str, hint: str) -> None:
        if path:
            self.broken.add(path)
        self.problems.append(Problem(Code.SPEC_SYNTAX, message, hint, self.places.place(span)))


def _span(event: Any) -> Span:  # noqa: ANN401
    start, end = event.start_mark, event.end_mark
    # What goes on over several lines is marked to the end of its first line.
    length = end.column - start.column if end.line == start.line else 1 << 20
    return Span(start.line + 1, start.column + 1, length)


def _syntax(error: Exception, places: Places) -> ReleaseKitError:
    opened, mark = getattr(error, 'context_mark', None), getattr(error, 'problem_mark', None)
    what = ' '.join(str(getattr(error, 'problem', None) or 'it has a character that YAML does not allow').split())
    if (begins := _UNFINISHED.get(getattr(error, 'context', None) or '')) and opened and 'end' in what:
        place = places.place(_point(opened))
        return fail(Code.SPEC_SYNTAX, f'The {begins} that begins here has no end.', 'Close it.', place)
    # A key without its colon is found where the next thing begins, which can be lines below.
    mark = opened if opened is not None and what.endswith("expected ':'") else mark or opened
    span = _point(mark) if mark else Span(1, 1, 1)
    message = f'This is not YAML: {what}.'
    if (sign := _imitation(span, places)) is not None:
        place = places.place(sign)
        wrong = places.lines[sign.line - 1][sign.column - 1]
        hint = f'Write `{confusables.folded(wrong)}`.' if confusables.folded(wrong).strip() else 'Write a space.'
        return fail(Code.SPEC_SYNTAX, f'{message} {confusables.named(wrong)}', hint, place)
    place = places.place(span)
    return fail(Code.SPEC_SYNTAX, message, _hint(place), place)


def _point(mark: Any) -> Span:  # noqa: ANN401 - a mark of ruamel's
    return Span(mark.line + 1, mark.column + 1, 1)


def _imitation(span: Span, places: Places) -> Span | None:
    """What looks like a sign of YAML on the line of a mistake, or on the one above it."""
    for number in range(span.line, max(0, span.line - 2), -1):
        line = places.lines[number - 1] if number <= len(places.lines) else ''
        for place, sign in enumerate(line, start=1):
            if not sign.isascii() and confusables.folded(sign) in _SIGNS:
                return Span(number, place, 1)
    return None


def _hint(place: Place) -> str:
    source, rest = place.source or '', (place.source or '')[(place.column or 1) - 1 :]
    if (word := _UNQUOTED_WORD.search(source)) is not None:
        return f'Quote what begins with a brace: "{_balanced(word.group("text")).rstrip("]")}".'
    if source[:1].isspace() and not source[:1].isascii():
        return 'Indent with spaces.'
    if rest.startswith('\t'):
        return 'Indent with spaces; YAML takes no tabs there.'
    if rest[:1] in {'*', '&', '@', '%', '`', '!'} or re.search(r'[\s\[,]\*', source):
        return 'Quote a value that begins with a sign, such as "*" or "@".'
    if ': ' in source[source.find(': ') + 2 :]:
        return 'Quote a value that holds `: `.'
    return _PLAIN_HINT


def _balanced(text: str) -> str:
    """A text up to the brace that closes what stands around it."""
    depth = 0
    for place, sign in enumerate(text):
        depth += (sign == '{') - (sign == '}')
        if depth < 0:
            return text[:place]
    return text
