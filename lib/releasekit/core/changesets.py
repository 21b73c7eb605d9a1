# SPDX-License-Identifier: Apache-2.0
r"""Changesets: files that say by how much a change raises which packages, and what it is to its users.

The form is that of https://github.com/changesets/changesets: between two lines of `---` a line of YAML for each
package, `"name": level`, and below them the summary in Markdown. A level is major, minor, patch or none; a changeset
of no package is a change that needs no release. In the folder count the files `*.md` that do not begin with a dot,
but for `README.md` in any case of its letters; see packages/read/src/index.ts and packages/parse/src/index.ts there.
"""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import PurePosixPath

from releasekit.core.levels import Ask, Level
from releasekit.core.package import Workspace
from releasekit.core.paths import join
from releasekit.errors import Code, Place, Problem, ReleaseKitError
from releasekit.spec.names import nearest

LEVELS: Mapping[str, Level] = {'major': Level.MAJOR, 'minor': Level.MINOR, 'patch': Level.PATCH, 'none': Level.NONE}
# Bytes: many times of what somebody writes about one change.
LARGEST = 128 * 1024

_FENCE = '---'
_BOM = '\ufeff'
# A key in double or single quotes, or as it is, up to the colon; a colon within a word is part of the word.
_KEY = re.compile(r""""(?:[^"\\]|\\.)*"|'(?:[^']|'')*'|[^\s"']\S*?(?=:(?:\s|$))""")
_VALUE = re.compile(r""":(?:\s+(?P<quote>["']?)(?P<level>[^\s"'#]+)(?P=quote))?(?:\s+\#.*|\s*)$""")
# What YAML keeps for itself at the beginning of a word: https://yaml.org/spec/1.2.2/#53-indicator-characters
_RESERVED = frozenset('@`!&*|>%,[]{}?')
_CONTROL = re.compile(r'[\x00-\x08\x0b-\x1f\x7f]')
_FORM = 'Write a line such as `"core": minor` for each package, between two lines of `---`.'


@dataclasses.dataclass(frozen=True, slots=True)
class Entry:
    """What a changeset says of one package: its id, the level, and the line, counted from 1."""

    package: str
    level: Level
    line: int


@dataclasses.dataclass(frozen=True, slots=True)
class Changeset:
    """A changeset with the ids of its packages."""

    path: str
    entries: tuple[Entry, ...]
    summary: str


def counted(convention: str) -> bool:
    """Whether changesets count where `commits.convention` is this."""
    return convention in {'changesets', 'both'}


def placed(folder: str) -> str:
    """The path of the folder of changesets, however it is written."""
    return str(PurePosixPath(folder))


def within(folder: str, paths: Iterable[str]) -> tuple[str, ...]:
    """Those of the paths that are changesets of a folder, sorted."""
    start = join(placed(folder), '')
    names = ((path, path[len(start) :]) for path in paths if path.startswith(start))
    return tuple(sorted(path for path, name in names if '/' not in name and _counts(name)))


def _counts(name: str) -> bool:
    return name.endswith('.md') and not name.startswith('.') and name.lower() != 'readme.md' and name.isprintable()


def read(texts: Mapping[str, bytes], workspace: Workspace) -> tuple[Changeset, ...]:
    """Read changesets, by path.

    Raises:
        ReleaseKitError: `RK-CHANGESET-INVALID`, with all that is wrong and where it stands.
    """
    found: list[Changeset] = []
    problems: list[Problem] = []
    for path in sorted(texts):
        reader = _Reader(path, workspace)
        changeset = reader.changeset(texts[path])
        problems += reader.problems
        found.append(changeset)
    if problems:
        raise ReleaseKitError(problems[0], *problems[1:])
    return tuple(found)


def told(path: str, data: bytes, workspace: Workspace) -> Mapping[str, Level]:
    """What a changeset of the past said, as far as it can be read now."""
    return {entry.package: entry.level for entry in _Reader(path, workspace).changeset(data).entries}


def asks(changesets: Iterable[Changeset]) -> dict[str, tuple[Ask, ...]]:
    """What the changesets ask for, by package id, in the order of their paths."""
    found: dict[str, list[Ask]] = {}
    for changeset in changesets:
        for entry in changeset.entries:
            found.setdefault(entry.package, []).append(Ask(entry.level, changeset.path, changeset.summary))
    return {id_: tuple(each) for id_, each in found.items()}


def text(levels: Mapping[str, Level], summary: str) -> str:
    """A changeset as it is written, by the name or the id of each package."""
    lines = [f'{json.dumps(name, ensure_ascii=False)}: {level.name.lower()}' for name, level in levels.items()]
    body = f'\n{summary.strip()}\n' if summary.strip() else ''
    return '\n'.join([_FENCE, *lines, _FENCE, body])


def without(content: str, gone: Collection[int]) -> str:
    """A changeset without the lines of some entries, by their numbers; all else stays to the byte."""
    return ''.join(line for number, line in enumerate(content.splitlines(keepends=True), 1) if number not in gone)


class _Reader:
    """Reads one changeset and keeps what is wrong with it."""

    def __init__(self, path: str, workspace: Workspace) -> None:
        self.problems: list[Problem] = []
        self._path = path
        self._workspace = workspace

    def changeset(self, data: bytes) -> Changeset:
        """The changeset, as far as it can be read."""
        lines = self._lines(data)
        fences = [number for number, line in enumerate(lines) if line.strip() == _FENCE]
        first = next((number for number, line in enumerate(lines) if line.strip()), None)
        if lines and (first is None or first not in fences):
            self._wrong((first or 0) + 1, 'A changeset begins with a line of `---`.', _FORM, lines[first or 0])
        elif lines and len(fences) < 2:
            self._wrong(fences[0] + 1, 'The packages of this changeset do not end with a line of `---`.', _FORM, _FENCE)
        if len(fences) < 2 or first != fences[0]:
            return Changeset(self._path, (), '')
        begin, end = fences[:2]
        entries = tuple(self._entries(lines[begin + 1 : end], begin + 2))
        return Changeset(self._path, entries, '\n'.join(lines[end + 1 :]).strip())

    def _lines(self, data: bytes) -> Sequence[str]:
        """The lines; none where the file is no text that can be read."""
        if len(data) > LARGEST:
            self._wrong(None, f'A changeset takes at most {LARGEST // 1024} KiB.', 'Shorten its summary.')
            return ()
        try:
            content = data.decode().removeprefix(_BOM)
        except UnicodeDecodeError as error:
            line = data[: error.start].count(b'\n') + 1
            self._wrong(line, 'A changeset is UTF-8.', f'Convert {self._path} to UTF-8.')
            return ()
        lines = content.replace('\r\n', '\n').split('\n')
        for number, line in enumerate(lines, 1):
            if (found := _CONTROL.search(line)) is not None:
                message = f'There is a control character, U+{ord(found[0]):04X}, in this changeset.'
                self._wrong(number, message, 'Take it out.', column=found.start() + 1)
                return ()
        return lines or ('',)

    def _entries(self, lines: Sequence[str], start: int) -> Iterator[Entry]:
        seen: dict[str, int] = {}
        for number, line in enumerate(lines, start):
            if not line.strip() or line.lstrip().startswith('#'):
                continue
            entry = self._entry(line, number)
            if entry is None:
                continue
            if entry.package in seen:
                message = f'`{entry.package}` is named twice, first on line {seen[entry.package]}.'
                self._wrong(number, message, 'Keep the line with the level that is meant.', line)
                continue
            seen[entry.package] = number
            yield entry

    def _entry(self, line: str, number: int) -> Entry | None:
        column = len(line) - len(line.lstrip()) + 1
        body = line.strip()
        key = _KEY.match(body)
        value = None if key is None else _VALUE.match(body, key.end())
        if key is None or value is None or body[0] in _RESERVED:
            reserved = body[0] in '@`' and key is not None and value is not None
            hint = f'Write it in quotes: `{json.dumps(key[0])}`.' if key is not None and reserved else _FORM
            message = 'YAML takes no such word without quotes.' if reserved else 'This is no package with a level.'
            self._wrong(number, message, hint, line, column)
            return None
        level = self._level(value['level'], number, line, column + value.start('level'))
        package = self._package(_unquoted(key[0]), number, line, column)
        if package is None or level is None:
            return None
        if not self._workspace.by_id[package].release and level is not Level.NONE:
            message = f'{package} takes no part in releases.'
            hint = 'Take its line away, write `none`, or take `release: false` away from it in release.yaml.'
            self._wrong(number, message, hint, line, column)
            return None
        return Entry(package, level, number)

    def _level(self, word: str | None, number: int, line: str, column: int) -> Level | None:
        if (level := LEVELS.get(word or '')) is not None:
            return level
        near = nearest(word, LEVELS) if word else None
        hint = f'Did you mean `{near}`?' if near else f'Choose one of {", ".join(LEVELS)}.'
        said = f'`{word}` is no level.' if word else 'This package has no level.'
        self._wrong(number, said, hint, line, column if word else len(line.rstrip()))
        return None

    def _package(self, name: str, number: int, line: str, column: int) -> str | None:
        if name in self._workspace.by_id:
            return name
        ids = [package.id for package in self._workspace.packages if package.name == name]
        if len(ids) == 1:
            return ids[0]
        if ids:
            message, hint = f'`{name}` is more than one package.', f'Write {" or ".join(ids)}.'
        else:
            known = [word for package in self._workspace.packages for word in (package.name, package.id)]
            near = nearest(name, known)
            message = f'No package is called `{name}`.'
            hint = f'Did you mean `{near}`?' if near else 'Run `releasekit discover` for the names of all packages.'
        self._wrong(number, message, hint, line, column)
        return None

    def _wrong(
        self, line: int | None, message: str, hint: str, source: str | None = None, column: int | None = None
    ) -> None:
        shown = source if source is not None and len(source) <= _SHOWN else None
        length = max(1, len(shown.strip())) if shown is not None and column is None else 1
        place = Place(self._path, line, column or (1 if shown is not None else None), shown, length)
        self.problems.append(Problem(Code.CHANGESET_INVALID, message, hint, place))


# Columns; a longer line is not shown with what is wrong in it.
_SHOWN = 200


def _unquoted(key: str) -> str:
    """A key as it is meant; what JSON does not know behind a backslash stays as it is."""
    if key.startswith("'"):
        return key[1:-1].replace("''", "'")
    if not key.startswith('"'):
        return key
    try:
        return str(json.loads(key))
    except ValueError:
        return key[1:-1]
