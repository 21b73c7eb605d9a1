# SPDX-License-Identifier: Apache-2.0
"""What a shell can offer next, from a text of lines that was made before: it imports next to nothing, to be quick.

A shell asks at every press of a key, and waits. So dataclasses, pathlib, json and re, each of them a third of the
time of an empty Python, stay out of here.
"""

# ruff: noqa: PTH109, PTH110, PTH113, PTH116, PTH118, PTH120, PTH123

from __future__ import annotations

import hashlib
import os
import sys

from releasekit import lazy

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from releasekit.tasks.completion import index as maker
else:
    maker = lazy.module('releasekit.tasks.completion.index')

FILES = ':files'
# The first of the two words that the console script takes for the name of one task.
_SPOKEN = 'changeset'
_CORE = (
    ('--help', 'Show what there is, or the help of a task.'),
    ('--list', 'List the tasks.'),
    ('--version', 'Show the version.'),
)
_HERE = os.path.dirname(__file__)
# What the static part of an index is made from.
_SOURCES = ('index.py', '../flags.py', '../table.py', '../../errors.py', '../../explain/codes.md')


class Index:
    """What can be offered: tasks with their flags, and words by kind. Read from lines of fields between tabs.

    `task NAME TEXT KIND…` has the kinds of its arguments, `flag TASK --NAME KIND TEXT` the kind of its value ('' for a
    switch), and `word KIND NAME TEXT` a word. A kind can be `files`; one with `=` behind it goes on after the sign.
    """

    def __init__(self, lines: Iterable[str]) -> None:
        """Read the lines."""
        self.tasks: dict[str, tuple[str, list[str]]] = {}
        self.flags: dict[str, dict[str, tuple[str, str]]] = {}
        self.words: dict[str, list[tuple[str, str]]] = {}
        for line in lines:
            what, first, *rest = line.split('\t')
            if what == 'task':
                self.tasks[first] = (rest[0], rest[1:])
            elif what == 'flag':
                self.flags.setdefault(first, {})[rest[0]] = (rest[1], rest[2])
            else:
                self.words.setdefault(first, []).append((rest[0], rest[1]))


def offers(index: Index, words: Sequence[str]) -> list[tuple[str, str]]:
    """What the last word can become, with a text each; `words` begins after the program's name."""
    *before, word = words or ['']
    if before[:1] == [_SPOKEN] and _SPOKEN not in index.tasks:
        if len(before) == 1 and not word.startswith('-'):
            named = [(name, text) for name, (text, _) in index.tasks.items() if name.startswith(f'{_SPOKEN}-')]
            return _fitting([(name[len(_SPOKEN) + 1 :], text) for name, text in named], word)
        before = ['-'.join(before[:2]), *before[2:]]
    if '--' in before:
        return [(FILES, '')]
    task, flag, missing = _state(index, before)
    if flag:
        return _values(index, index.flags[task][flag][0], word)
    if word.startswith('-'):
        return _flags(index, task, word)
    if missing:
        return _values(index, missing, word)
    return _fitting([(name, text) for name, (text, _) in index.tasks.items()], word)


def _state(index: Index, words: Iterable[str]) -> tuple[str, str, str]:
    """The task that is being written, the flag that waits for its value, and the kind of the argument that is next."""
    task, flag, missing = '', '', list[str]()
    for word in words:
        if flag:
            flag = ''
        elif word.startswith('-'):
            takes = index.flags.get(task, {}).get(word, ('', ''))[0]
            flag = word if takes else ''
        elif missing:
            missing.pop(0)
        elif word in index.tasks:
            task, missing = word, list(index.tasks[word][1])
    return task, flag, missing[0] if missing else ''


def _flags(index: Index, task: str, word: str) -> list[tuple[str, str]]:
    name, sign, value = word.partition('=')
    known = index.flags.get(task, {})
    if sign:
        kind = known.get(name, ('', ''))[0]
        return [(f'{name}={found}' if found != FILES else found, text) for found, text in _values(index, kind, value)]
    every = [*((flag, text) for flag, (_, text) in known.items()), *(_CORE if not task else _CORE[:1])]
    return _fitting(every, word)


def _values(index: Index, kind: str, word: str) -> list[tuple[str, str]]:
    """The words of a kind; `package=level` are two kinds on both sides of a sign."""
    if kind == 'files':
        return [(FILES, '')]
    first, sign, second = kind.partition('=')
    if not sign:
        return _fitting(index.words.get(kind, []), word)
    name, given, value = word.partition('=')
    if not given:
        return _fitting([(f'{found}=', text) for found, text in index.words.get(first, [])], word)
    return [(f'{name}={found}', text) for found, text in _fitting(index.words.get(second, []), value)]


def _fitting(words: Iterable[tuple[str, str]], word: str) -> list[tuple[str, str]]:
    return [(found, text) for found, text in words if found.startswith(word)]


def written(shell: str, found: Iterable[tuple[str, str]], word: str, breaks: str) -> Iterator[str]:
    """The lines that the script of a shell reads.

    Bash replaces what follows the last character of COMP_WORDBREAKS only, see
    https://tiswww.case.edu/php/chet/bash/FAQ, E13; zsh's `_describe` has a colon between a word and its text.
    """
    cut = max((word.rfind(sign) for sign in '=:' if sign in breaks), default=-1) + 1
    for name, text in found:
        if name == FILES:
            yield f'{FILES}{word[cut:] if shell == "bash" else ""}'
        elif shell == 'bash':
            yield name[cut:]
        elif shell == 'zsh':
            yield name.replace('\\', '\\\\').replace(':', '\\:') + (f':{text}' if text else '')
        else:
            yield f'{name}\t{text}'


def stamp(start: str, named: str) -> str:
    """What an index depends on, without reading much: release.yaml, the commit that is checked out, and our code."""
    root = _root(start)
    spec = os.path.join(start, named) if named else os.path.join(root, 'release.yaml')
    sources = ' '.join(_touched(os.path.join(_HERE, name)) for name in _SOURCES)
    return f'{spec} {_touched(spec)} {_head(root)} {sources}'


def _root(start: str) -> str:
    folder = start
    while not os.path.exists(os.path.join(folder, '.git')):
        folder, below = os.path.dirname(folder), folder
        if folder == below:
            return start
    return folder


def _touched(path: str) -> str:
    try:
        found = os.stat(path)
    except OSError:
        return '-'
    return f'{found.st_mtime_ns}:{found.st_size}'


def _head(root: str) -> str:
    """What git's own files say of HEAD: a hash, or a ref and its hash; see `gitrepository-layout(5)`."""
    folder = os.path.join(root, '.git')
    if os.path.isfile(folder):
        folder = os.path.join(root, _text(folder).removeprefix('gitdir: '))
    head = _text(os.path.join(folder, 'HEAD'))
    shared = os.path.join(folder, _text(os.path.join(folder, 'commondir')))
    ref = _text(os.path.join(shared, head.removeprefix('ref: '))) if head.startswith('ref: ') else ''
    return f'{head} {ref or _touched(os.path.join(shared, "packed-refs"))}'


def _text(path: str) -> str:
    try:
        with open(path, encoding='utf-8', errors='replace') as file:
            return file.read().strip()
    except OSError:
        return ''


def _kept(start: str, named: str, environment: Mapping[str, str]) -> Index:
    """The index that was kept; it is made where there is none, or something has changed since."""
    wanted = stamp(start, named)
    key = hashlib.sha256(f'{start} {named}'.encode(errors='replace')).hexdigest()
    home = environment.get('HOME')
    base = environment.get('XDG_CACHE_HOME') or (f'{home}/.cache' if home else '')
    first, *lines = _text(f'{base}/releasekit/completion-1/{key}').split('\n') if base else ['']
    if first != wanted:
        lines = maker.make(named)
        maker.keep(key, '\n'.join([wanted, *lines]), environment)
    return Index(lines)


def main(argv: Sequence[str], environment: Mapping[str, str]) -> int:
    """Answer a script: the shell's name, then for bash the line and COMP_WORDBREAKS, for others the words.

    Nothing is ever said to standard error: it would be written into the line that somebody types.
    """
    shell, *rest = argv or ['']
    breaks = rest[1] if shell == 'bash' and len(rest) > 1 else ''
    words = split(rest[0]) if shell == 'bash' and rest else rest[1:] if rest[:1] == ['--'] else rest
    words = words[1:]
    given = words[words.index('--spec') + 1 :] if '--spec' in words else []
    named = given[0] if given else environment.get('RELEASEKIT_SPEC', '')
    index = _kept(os.getcwd(), named, environment)
    word = words[-1] if words else ''
    text = ''.join(f'{line}\n' for line in written(shell, offers(index, words), word, breaks))
    try:
        sys.stdout.buffer.write(text.encode('utf-8', 'replace'))
        sys.stdout.flush()
    except OSError:
        # Nobody takes it; Python would complain of what is left when it ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return 1
    return 0


def split(line: str) -> list[str]:
    """A line that is being written as words; the last is '' after a space."""
    return [*line.split(), ''] if line[-1:].isspace() else line.split()
