# SPDX-License-Identifier: Apache-2.0
"""Mutants of a YAML text, from a seed: its tree is changed and written again, its text is cut, its bytes are recoded.

`check` reads one as release.yaml and says what is wrong with the reader, within a limit of time.
"""

from __future__ import annotations

import codecs
import contextlib
import copy
import dataclasses
import random
import signal
import types
from collections.abc import Generator, Iterator, Mapping, Sequence
from typing import Any

from releasekit.ecosystems import KINDS
from releasekit.errors import ReleaseKitError, render
from releasekit.spec import characters, reader
from releasekit.spec.encoding import decode
from releasekit.spec.kinds import Known
from releasekit.spec.load import load

_VERSION = 'version: 1\n'
# What a section that is no workspaces is put under.
_TOP = 'workspaces: {py: {ecosystem: python}}\n'
_PIECES = (
    *'{}[]:,-#&*!|>\'"%@`?\n\t \r\\',
    *(
        '{name}',
        '{{',
        '<<: *a',
        '- ',
        ': ',
        '? ',
        '&a ',
        '*a',
        '|2-\n',
        '>+\n ',
        '"\\x',
        '"\\ud800"',
        '"\\0"',
        '!!str ',
    ),
    *('---\n', '...\n', '%YAML 1.1\n', '%TAG ! tag:x,2000:\n', '\u2028', '\x85', '\u00a0', '\u200b', '\u202e', '\x1b'),
    *('é版😀', '\ufeff', '\0', '\ud7ff', 'null', '3.10', '2026-11-23', '0x1f', '.inf', '1e400', '010', '1_000', '1:30'),
)
_VALUES = (
    *(
        '',
        '1',
        '-1',
        '1.5',
        '1e400',
        '010',
        '0x1f',
        '1_000',
        '1:30',
        '.nan',
        '9' * 40,
        '3.10',
        '2026-11-23',
        'yes',
        'off',
    ),
    *(
        'null',
        'true',
        '""',
        '[]',
        '{}',
        '[[]]',
        '[null]',
        '{a: 1}',
        '{name}-v{version}',
        '"{name}"',
        '"{"',
        '*a',
        '&a b',
    ),
    *(
        '!!python/object:os.system ls',
        '!!binary aGk=',
        '!custom x',
        '"\\u202e"',
        '"\\0"',
        "'",
        '"',
        '|\n  x',
        '>',
        'x' * 500,
    ),
)
_KEYS = (
    '1',
    'null',
    'true',
    '2026-11-23',
    '[a]',
    '{a: b}',
    '? [a]',
    '<<',
    '*a',
    '&a k',
    '!t k',
    '""',
    'x-k',
    'k' * 300,
)
# Letters that look like ASCII ones, by these.
_LETTERS: Mapping[str, str] = {'a': '\u0430', 'e': '\u0435', 'o': '\u043e', 'p': '\uff50', 's': '\u0455', 'i': '\u0456'}
_ENCODINGS = ('utf-16', 'utf-16-be', 'utf-32', 'utf-32-le', 'latin-1', 'utf-8-sig')


@dataclasses.dataclass
class _Map:
    """A mapping whose keys may be anything, even twice; scalars are the text that YAML has for them."""

    items: list[list[Any]]


@dataclasses.dataclass
class _List:
    items: list[Any]


_Node = _Map | _List | str


def seeds(text: str) -> tuple[str, ...]:
    """Small documents out of a big one: each of its sections but the first, which empty lines part."""
    _, *sections = text.split('\n\n')
    return tuple(f'{_VERSION}{part}\n' if 'workspaces:' in part else f'{_VERSION}{_TOP}{part}\n' for part in sections)


def mutants(seed: int, count: int, texts: Sequence[str]) -> Iterator[bytes]:
    """So many mutants, the same for the same seed."""
    chance = random.Random(seed)  # noqa: S311 - not for secrets
    trees = [_tree(reader.read(text, '').data) for text in texts]
    for _ in range(count):
        number = chance.randrange(len(texts))
        text = texts[number]
        if chance.random() < 0.6:
            tree = copy.deepcopy(trees[number])
            for _ in range(chance.randint(1, 3)):
                _change(chance, tree)
            text = _written(tree, chance.choice(('', '', '{')))
        if chance.random() < 0.6:
            text = _cut(chance, text)
        yield _encoded(chance, text)


@dataclasses.dataclass(frozen=True, slots=True)
class Verdict:
    """What reading a mutant came to: whether it was a spec, and what is wrong with how it was refused, if anything."""

    accepted: bool
    complaint: str = ''


def check(data: bytes, known: Known | None = None, seconds: float = 2.0) -> Verdict:
    """Read a mutant as release.yaml.

    Raises:
        TimeoutError: It took more than so many seconds of this process's own time.
    """
    try:
        with deadline(seconds):
            load(decode(data, 'release.yaml'), 'release.yaml', known or Known(KINDS))
    except ReleaseKitError as error:
        return Verdict(accepted=False, complaint=' '.join(filter(None, map(_complaint, error.problems))))
    return Verdict(accepted=True)


@contextlib.contextmanager
def deadline(seconds: float) -> Generator[None]:
    """Raise TimeoutError in what takes longer; it is processor time, so that a busy machine changes nothing."""

    def ends(_number: int, _frame: types.FrameType | None) -> None:
        raise TimeoutError(f'it took more than {seconds} seconds')

    before = signal.signal(signal.SIGVTALRM, ends)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


def _complaint(problem: Any) -> str:  # noqa: ANN401 - a problem of ours, whatever it turns out to be
    place = problem.place
    if place is None or place.line is None or place.column is None:
        return f'{problem.code} has no place.'
    if not problem.hint or not problem.message:
        return f'{problem.code} says nothing.'
    written = render(problem)
    if characters.REFUSED.search(written):
        return f'{problem.code} shows what steers a terminal.'
    return f'{problem.code} is {len(written)} characters long.' if len(written) > 4000 else ''


def _tree(value: object) -> Any:  # noqa: ANN401 - a `_Node`
    if isinstance(value, dict):
        return _Map([[_scalar(key), _tree(item)] for key, item in value.items()])
    if isinstance(value, list):
        return _List([_tree(item) for item in value])
    return _scalar(value)


def _scalar(value: object) -> str:
    if isinstance(value, str):
        return value if value.isidentifier() else "'" + value.replace("'", "''") + "'"
    return 'null' if value is None else str(value).lower()


def _inner(node: _Node) -> Iterator[_Map | _List]:
    """The mappings and lists of a tree."""
    if isinstance(node, str):
        return
    yield node
    for value in _values(node):
        yield from _inner(value)


def _change(chance: random.Random, tree: _Node) -> None:
    """Change one thing of a tree in place."""
    nodes = [node for node in _inner(tree) if node.items]
    if not nodes:
        return
    node = chance.choice(nodes)
    where = chance.randrange(len(node.items))
    if isinstance(node, _List):
        node.items[where] = _other(chance, node.items[where], nodes)
        if chance.random() < 0.3:
            node.items.extend(node.items[:1] * chance.choice((1, 2, 30)))
        return
    pair = node.items[where]
    match chance.randrange(8):
        case 0:
            pair[0] = _misspelt(chance, pair[0])
        case 1:
            pair[0] = chance.choice(_KEYS)
        case 2:
            node.items.append([pair[0], chance.choice(node.items)[1]])
        case 3:
            del node.items[where]
        case 4:
            other = chance.choice(node.items)
            pair[1], other[1] = other[1], pair[1]
        case 5:
            other = chance.choice(node.items)
            pair[0], other[0] = other[0], pair[0]
        case _:
            pair[1] = _other(chance, pair[1], nodes)


def _other(chance: random.Random, value: _Node, nodes: Sequence[_Node]) -> _Node:
    """A value in place of one: of another type, out of another place, deeper, or marked."""
    match chance.randrange(5):
        case 0:
            return chance.choice(_VALUES)
        case 1:
            return copy.deepcopy(chance.choice(nodes))
        case 2:
            for _ in range(chance.choice((1, 1, 2, 30))):
                value = _List([value]) if chance.random() < 0.5 else _Map([['k', value]])
            return value
        case 3 if isinstance(value, str):
            return chance.choice(('&a ', '*a ', '!!str ', '!t ', '- ', '@', '')) + _misspelt(chance, value)
        case _:
            return chance.choice(_VALUES)


def _misspelt(chance: random.Random, word: str) -> str:
    where = chance.randrange(len(word) + 1)
    letter = word[where : where + 1]
    return word[:where] + chance.choice((_LETTERS.get(letter, ''), letter * 2, '\u200b', 'é', '')) + word[where + 1 :]


def _values(node: _Map | _List) -> list[Any]:
    return [item[1] for item in node.items] if isinstance(node, _Map) else node.items


def _written(node: _Node, style: str, indent: str = '') -> str:
    """The YAML of a tree; the style `{` is in brackets throughout."""
    if isinstance(node, str):
        return node
    heads = [f'{item[0]}: ' for item in node.items] if isinstance(node, _Map) else [''] * len(node.items)
    inner = list(zip(heads, _values(node), strict=True))
    if style or not inner or len(indent) > 8:
        text = ', '.join(head + _written(value, '{') for head, value in inner)
        return f'{{{text}}}' if isinstance(node, _Map) else f'[{text}]'
    lines: list[str] = []
    for head, value in inner:
        # Brackets stand on the line, a block below it.
        block = not isinstance(value, str) and bool(value.items) and len(indent) <= 6
        gap = '\n' if block else ' '
        lines.append(f'{indent}{head.strip() or "-"}{gap}{_written(value, style, indent + "  ")}')
    return '\n'.join(lines)


def _cut(chance: random.Random, text: str) -> str:
    """The text with a few pieces put in, left out, doubled or exchanged."""
    for _ in range(chance.randint(1, 2)):
        start = chance.randrange(len(text) + 1)
        end = min(len(text), start + chance.choice((0, 1, 1, 3, 20)))
        match chance.randrange(4):
            case 0:
                text = text[:start] + chance.choice(_PIECES) + text[start:]
            case 1:
                text = text[:start] + text[end:]
            case 2:
                text = text[:end] + text[start:]
            case _:
                text = text[:start] + chance.choice(_PIECES) + text[end:]
    return text


def _encoded(chance: random.Random, text: str) -> bytes:
    odd = chance.randrange(40)
    if odd == 0:
        return text.encode(chance.choice(_ENCODINGS), errors='replace')
    if odd in {1, 2}:
        text = text.replace('\n', chance.choice(('\r\n', '\r')))
    data = text.encode()
    if odd == 3:
        where = chance.randrange(len(data) + 1)
        return data[:where] + bytes(chance.choices(range(256), k=chance.randint(1, 4))) + data[where:]
    return codecs.BOM_UTF8 + data if odd == 4 else data
