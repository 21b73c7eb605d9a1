# SPDX-License-Identifier: Apache-2.0
"""Globs of workspaces, as npm (minimatch), pnpm and yarn (fast-glob) read them.

`*` and `?` stay in one folder and match no leading dot, `**` goes through any number of folders; braces, classes
and the extended forms `@(a|b)` and `!(a|b)` are known: https://github.com/isaacs/minimatch#features.
"""

from __future__ import annotations

import functools
import posixpath
import re
from collections.abc import Collection, Iterable, Sequence

_PIECE = re.compile(
    r'(?P<extended>[@?+*!])\((?P<choices>[^()/]*)\)|(?P<any>\*+)|(?P<one>\?)|\[(?P<not>[!^])?(?P<set>[^\]/]+)\]'
    r'|\\(?P<escaped>.)|(?P<text>.)',
    re.DOTALL,
)
_BRACES = re.compile(r'\{([^{}]*)\}')
_NUMBERS = re.compile(r'(-?\d+)\.\.(-?\d+)')
_TIMES = {'@': '', '?': '?', '+': '+', '*': '*'}
_NO_DOT = r'(?!\.)'
# More than this many alternatives in braces, or numbers in a range, are no workspace.
_MOST = 1000
MODULES = 'node_modules'


def select_npm(patterns: Sequence[str], folders: Collection[str]) -> frozenset[str]:
    """The folders that npm finds: a later pattern takes one that was negated before it back in.

    https://github.com/npm/cli/blob/latest/workspaces/arborist and `@npmcli/map-workspaces`.
    """
    wanted: list[str] = []
    negated: list[str] = []
    for pattern in patterns:
        bare = pattern.lstrip('!')
        clean = _clean(bare)
        if (len(pattern) - len(bare)) % 2:
            negated.append(clean)
        else:
            negated = [each for each in negated if not matches(each, clean)]
            wanted.append(clean)
    wanted = [pattern for pattern in wanted if not any(matches(each, pattern) for each in negated)]
    found = _matching(wanted, folders)
    return frozenset(folder for folder in found if not any(matches(each, folder) for each in negated))


def select(patterns: Sequence[str], folders: Collection[str], *, itself: bool) -> frozenset[str]:
    """The folders that pnpm or yarn finds: a negated pattern counts wherever it stands.

    `itself` says whether `a/**` finds `a` too.
    """
    wanted = [_clean(pattern) for pattern in patterns if not pattern.startswith('!')]
    negated = [_clean(pattern[1:]) for pattern in patterns if pattern.startswith('!')]
    found = _matching(wanted, folders)
    if not itself:
        deep = {pattern.removesuffix('/**') for pattern in wanted if pattern.endswith('/**')}
        others = [pattern for pattern in wanted if not pattern.endswith('/**')]
        found -= {folder for folder in found & deep if not _matching(others, [folder])}
    return frozenset(folder for folder in found if not any(matches(each, folder, dots=True) for each in negated))


def _matching(patterns: Iterable[str], folders: Collection[str]) -> set[str]:
    usable = {folder for folder in folders if MODULES not in folder.split('/')}
    return {folder for pattern in patterns for folder in usable if matches(pattern, folder)}


def matches(pattern: str, path: str, *, dots: bool = False) -> bool:
    """Whether a pattern fits a whole path; with `dots` it also fits names that begin with one."""
    return expression(pattern, dots).fullmatch(path) is not None


@functools.lru_cache(maxsize=512)
def expression(pattern: str, dots: bool = False) -> re.Pattern[str]:
    """The regular expression of a pattern, to be matched in full."""
    return re.compile('|'.join(_whole(each, '' if dots else _NO_DOT) for each in expand(pattern)), re.DOTALL)


def expand(pattern: str) -> list[str]:
    """The patterns that a pattern with braces stands for."""
    done: list[str] = []
    waiting = [pattern]
    while waiting and len(done) + len(waiting) < _MOST:
        each = waiting.pop()
        found = next((match for match in _BRACES.finditer(each) if _choices(match[1])), None)
        if found is None:
            done.append(each)
        else:
            waiting += [each[: found.start()] + choice + each[found.end() :] for choice in _choices(found[1])]
    return done


def _choices(inside: str) -> Sequence[str]:
    if numbers := _NUMBERS.fullmatch(inside):
        first, last = sorted((int(numbers[1]), int(numbers[2])))
        return [str(number) for number in range(first, min(last, first + _MOST) + 1)]
    return inside.split(',') if ',' in inside else ()


def _clean(pattern: str) -> str:
    bare = pattern.strip().lstrip('/')
    return posixpath.normpath(bare) if bare else bare


def _whole(pattern: str, start: str) -> str:
    parts = pattern.split('/')
    found = ''
    for index, part in enumerate(parts):
        last = index == len(parts) - 1
        if part == '**':
            # At the end it also stands for nothing at all: the slash before it goes with it.
            found = f'{found[:-1]}(?:/{start}[^/]+)*' if last and found else found
            found += f'(?:{start}[^/]+(?:/{start}[^/]+)*)?' if last and not found else ''
            found += '' if last else f'(?:{start}[^/]+/)*'
        else:
            guard = start if part[:1] in {'*', '?', '[', '+', '@', '!'} else ''
            found += guard + _text(part) + ('' if last else '/')
    return found


def _text(part: str) -> str:
    return ''.join(_piece(match) for match in _PIECE.finditer(part))


def _piece(match: re.Match[str]) -> str:
    if (kind := match['extended']) is not None:
        choices = '|'.join(_text(choice) for choice in match['choices'].split('|'))
        return rf'(?!(?:{choices})(?:/|$))[^/]*' if kind == '!' else f'(?:{choices}){_TIMES[kind]}'
    if match['any']:
        return '[^/]*'
    if match['one']:
        return '[^/]'
    if (members := match['set']) is not None:
        inside = members.replace('\\', r'\\').replace('[', r'\[').replace('^', r'\^')
        return f'(?!/)[{"^" if match["not"] else ""}{inside}]'
    return re.escape(match['escaped'] or match['text'] or '')
