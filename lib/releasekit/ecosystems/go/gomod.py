# SPDX-License-Identifier: Apache-2.0
"""Reads go.mod and go.work into lines with the place of every word, so that an edit changes words and nothing else.

The grammar is that of https://go.dev/ref/mod#go-mod-file-grammar and #workspaces.
"""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Iterator, Mapping, Sequence

from releasekit.ecosystems.go import modpath
from releasekit.errors import Code, Place, ReleaseKitError, fail

MANIFEST = 'go.mod'
WORK = 'go.work'

_TOKEN = re.compile(
    r'(?P<space>[ \t\r]+)|(?P<comment>//[^\n]*)|(?P<line>\n)|(?P<quoted>"(?:\\.|[^"\\\n])*")'
    r'|(?P<arrow>=>)|(?P<sign>[()\[\]{},])|(?P<word>(?:(?!//|=>)[^\s()\[\]{},"`])+)'
)
# In most files that is all there is to know; those with what makes it doubtful are read word by word.
_MODULE_LINE = re.compile(r'^module[ \t]+([^\s"()/][^\s"()]*)[ \t\r]*(?://.*)?$', re.MULTILINE)
_REQUIRE_LINE = re.compile(r'^[ \t]*(?:require[ \t]+)?([^\s"()]+)[ \t]+(v[^\s"()/]+)[ \t\r]*(//.*)?$', re.MULTILINE)
_DOUBTFUL = ('"', 'exclude', 'require(')
_INDIRECT = re.compile(r'//\s*indirect(?:;\s+\S.*)?\s*')
# https://go.dev/ref/mod#graph-pruning
_PRUNED = (1, 17)


@dataclasses.dataclass(frozen=True, slots=True)
class Word:
    """A word of a line: what it says, and where it stands, quotes included."""

    text: str
    start: int
    end: int


@dataclasses.dataclass(frozen=True, slots=True)
class Line:
    """A directive, alone or in a block: `start` to `end` is its whole line, `block` where its block begins or -1."""

    verb: str
    words: tuple[Word, ...]
    comment: str
    start: int
    end: int
    block: int = -1

    @property
    def texts(self) -> tuple[str, ...]:
        """What the words say."""
        return tuple(word.text for word in self.words)

    @property
    def indirect(self) -> bool:
        """Whether it is a requirement that no package of the module imports from."""
        return _is_indirect(self.comment)


@dataclasses.dataclass(frozen=True, slots=True)
class Require:
    """A requirement, and the line that it stands on."""

    path: str
    version: str
    indirect: bool
    line: Line


@dataclasses.dataclass(frozen=True, slots=True)
class Replace:
    """A replacement: of all versions where `version` is ''. `local` says that it is a folder, not a module."""

    path: str
    version: str
    local: bool
    line: Line


@dataclasses.dataclass(frozen=True, slots=True)
class Module:
    """What a go.mod says: the module's path, its `go` line ('' for none), requirements and replacements."""

    path: str
    go: str
    requires: tuple[Require, ...]
    replaces: tuple[Replace, ...]
    lines: tuple[Line, ...]

    @property
    def pruned(self) -> bool:
        """Whether the requirements list all that its packages need."""
        return modpath.go_key(self.go)[:2] >= _PRUNED

    def locally_replaced(self, require: Require) -> bool:
        """Whether a folder stands for what is required here; its users do not see that."""
        return any(
            each.local and each.path == require.path and each.version in {'', require.version} for each in self.replaces
        )


def _is_indirect(comment: str) -> bool:
    return comment == '// indirect' or (comment != '' and _INDIRECT.fullmatch(comment) is not None)


def scan(text: str) -> Iterator[Line]:
    """The directives of a text, one for each line of a block.

    Raises:
        ValueError: It is no go.mod or go.work; the text says the line.
    """
    verb, block, row = '', -1, 0
    for start, end, words, comment in _rows(text):
        row += 1
        if not words:
            continue
        texts = [word.text for word in words]
        if verb:
            if texts == [')']:
                verb, block = '', -1
            else:
                yield Line(verb, tuple(words), comment, start, end, block)
        elif texts[1:] == ['(']:
            verb, block = texts[0], start
        elif texts[1:] != ['(', ')']:
            if not texts[1:]:
                raise ValueError(f'line {row} has nothing but `{texts[0]}`')
            yield Line(texts[0], tuple(words[1:]), comment, start, end)
    if verb:
        raise ValueError(f'the block of `{verb}` does not end')


def _rows(text: str) -> Iterator[tuple[int, int, list[Word], str]]:
    """Each line of a text: where it begins and ends (its line end included), its words and its comment."""
    start, place = 0, 0
    words: list[Word] = []
    comment = ''
    while place < len(text):
        if (found := _TOKEN.match(text, place)) is None:
            raise ValueError(f'{text[place : place + 20]!r} is not understood')
        place = found.end()
        if found.lastgroup == 'line':
            yield start, place, words, comment
            start, words, comment = place, [], ''
        elif found.lastgroup == 'comment':
            comment = found[0].rstrip('\r')
        elif found.lastgroup != 'space':
            words.append(Word(_unquoted(found[0]), found.start(), place))
    if start < len(text):
        yield start, len(text), words, comment


def _unquoted(token: str) -> str:
    return str(json.loads(token)) if token[0] == '"' else token


def parse(text: str, path: str) -> Module:
    """Read a go.mod.

    Raises:
        ReleaseKitError: `RK-MANIFEST-INVALID`.
    """
    try:
        lines = tuple(scan(text))
    except ValueError as error:
        raise invalid(path, str(error)) from error
    named = [line.texts[0] for line in lines if line.verb == 'module']
    if len(named) != 1:
        raise invalid(path, 'it has no module line' if not named else 'it has more than one module line')
    go = next((line.texts[0] for line in lines if line.verb == 'go'), '')
    requires = tuple(
        Require(*line.texts, line.indirect, line) for line in lines if line.verb == 'require' and len(line.texts) == 2
    )
    return Module(named[0], go, requires, tuple(_replaces(lines)), lines)


def outline(text: str, path: str) -> tuple[str, Mapping[str, str]]:
    """The path of a module, and what it requires directly with its versions: as `parse` says, and sooner.

    There may be other words among the requirements, which are no module paths.

    Raises:
        ReleaseKitError: `RK-MANIFEST-INVALID`; not everything that is wrong with a file is found.
    """
    named = _MODULE_LINE.findall(text)
    if len(named) == 1 and not any(words in text for words in _DOUBTFUL):
        found = _REQUIRE_LINE.findall(text)
        return named[0], {name: version for name, version, said in found if not _is_indirect(said)}
    module = parse(text, path)
    return module.path, {each.path: each.version for each in module.requires if not each.indirect}


def _replaces(lines: Sequence[Line]) -> Iterator[Replace]:
    for line in lines:
        if line.verb == 'replace' and '=>' in line.texts:
            arrow = line.texts.index('=>')
            old, new = line.texts[:arrow], line.texts[arrow + 1 :]
            if old and new:
                local = (len(new) == 1 and new[0].startswith(('./', '../', '/', '.\\', '..\\'))) or new[0] in {
                    '.',
                    '..',
                }
                yield Replace(old[0], old[1] if len(old) > 1 else '', local, line)


def invalid(path: str, why: str) -> ReleaseKitError:
    """The error for a file that the go command would not read either."""
    hint = f'Mend {path}; `go mod edit -json` (or `go work edit -json`) reads it by the same rules.'
    return fail(Code.MANIFEST_INVALID, f'{path} cannot be read: {why}.', hint, Place(path))


def spliced(text: str, changes: Sequence[tuple[Word, str]]) -> str:
    """The text with other words; one that was quoted stays so."""
    for word, new in sorted(changes, key=lambda change: -change[0].start):
        quote = '"' if text[word.start] == '"' else ''
        text = f'{text[: word.start]}{quote}{new}{quote}{text[word.end :]}'
    return text
