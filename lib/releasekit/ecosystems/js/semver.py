# SPDX-License-Identifier: Apache-2.0
"""Ranges of versions as node-semver reads them: https://github.com/npm/node-semver#ranges.

A range is alternatives of comparators; every kind of short form is spelled out as `>=`, `<`, `<=`, `>` and `=`.
"""

from __future__ import annotations

import functools
import operator
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from releasekit.core.version import Version, scheme

_PART = r'0|[1-9][0-9]*|[xX*]'
_SUFFIX = r'(?:-(?P<pre{n}>[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?(?:\+[0-9A-Za-z.-]+)?'
_PARTIAL = (
    rf'[v=\s]*(?P<major{{n}}>{_PART})'
    rf'(?:\.(?P<minor{{n}}>{_PART})(?:\.(?P<patch{{n}}>{_PART}){_SUFFIX})?)?'
)
_COMPARATOR = re.compile(rf'(?P<op>~>?|\^|[<>]?=?){_PARTIAL.format(n="")}')
_HYPHEN = re.compile(rf'{_PARTIAL.format(n="1")}\s+-\s+{_PARTIAL.format(n="2")}')
_SPACED = re.compile(r'(~>|[~^]|[<>]=?|=)\s+')
_COMPARE: Mapping[str, Callable[[Any, Any], bool]] = {
    '': operator.eq,
    '=': operator.eq,
    '<': operator.lt,
    '<=': operator.le,
    '>': operator.gt,
    '>=': operator.ge,
}


class Partial(NamedTuple):
    """A version of which the end may be left open; `pre` only where all numbers are there."""

    major: int | None
    minor: int | None
    patch: int | None
    pre: str

    @property
    def text(self) -> str:
        """The lowest version that it can stand for."""
        numbers = f'{self.major or 0}.{self.minor or 0}.{self.patch or 0}'
        return f'{numbers}-{self.pre}' if self.pre else numbers

    @property
    def open(self) -> bool:
        """Whether a number is left open."""
        return self.patch is None


class Comparator(NamedTuple):
    """One bound; `version` is None where nothing is admitted."""

    op: str
    version: Version | None


Range = tuple[tuple[Comparator, ...], ...]


def read(version: str) -> Version | None:
    """A version of SemVer, with a leading `v` or `=` allowed as in manifests; None for what is none."""
    return scheme('semver').read(version.strip().lstrip('v=').strip())


def is_prerelease(version: Version) -> bool:
    """Whether a version has a suffix after a hyphen; build metadata is none."""
    return '-' in version.text.partition('+')[0]


@functools.lru_cache(maxsize=8192)
def parse(text: str) -> Range | None:
    """The alternatives of a range; None for what is no range, such as a dist-tag, an address or a protocol."""
    alternatives = [_alternative(part.strip()) for part in text.split('||')]
    known = [each for each in alternatives if each is not None]
    if len(known) != len(alternatives):
        return None
    # One that admits everything stands for all, so that no other lets prereleases in.
    return ((),) if () in known else tuple(known)


def satisfies(version: str, text: str) -> bool:
    """Whether a range admits a version; a prerelease only beside one of the same numbers in the range."""
    found, alternatives = read(version), parse(text)
    if found is None or alternatives is None:
        return False
    return any(_admits(comparators, found) for comparators in alternatives)


def _admits(comparators: tuple[Comparator, ...], version: Version) -> bool:
    if not all(each.version and _COMPARE[each.op](version.key, each.version.key) for each in comparators):
        return False
    if not is_prerelease(version):
        return True
    bounds = (each.version for each in comparators)
    return any(bound is not None and is_prerelease(bound) and bound.release == version.release for bound in bounds)


def _alternative(text: str) -> tuple[Comparator, ...] | None:
    if hyphen := _HYPHEN.fullmatch(text):
        return tuple(_hyphen(partial(hyphen, '1'), partial(hyphen, '2')))
    found: list[Comparator] = []
    for word in _SPACED.sub(r'\1', text).split():
        if (match := _COMPARATOR.fullmatch(word)) is None or _is_disordered(match):
            return None
        found += _spelled(match['op'], partial(match, ''))
    return None if any(each.version is None and each.op for each in found) else tuple(found)


def _is_disordered(match: re.Match[str]) -> bool:
    """Whether a number follows one that is left open, as in `1.x.3`; after `^` and `~` that is let pass."""
    numbers = [(match[name] or 'x').isdigit() for name in ('major', 'minor', 'patch')]
    return match['op'][:1] not in {'^', '~'} and numbers != sorted(numbers, reverse=True)


def partial(match: re.Match[str], number: str) -> Partial:
    """The version in a match of a pattern of this module; numbers after one that is left open are left open too."""
    parts: list[int | None] = []
    for name in ('major', 'minor', 'patch'):
        word = match[name + number]
        known = word is not None and word.isdigit() and (not parts or parts[-1] is not None)
        parts.append(int(word) if word is not None and known else None)
    major, minor, patch = parts
    return Partial(major, minor, patch, '' if patch is None else match['pre' + number] or '')


def comparator(text: str) -> tuple[str, Partial] | None:
    """Operator and version of a range that is one comparator; None for any other."""
    match = _COMPARATOR.fullmatch(_SPACED.sub(r'\1', text.strip()))
    return (match['op'], partial(match, '')) if match else None


def _spelled(op: str, version: Partial) -> Iterator[Comparator]:
    """A short form, spelled out."""
    if version.major is None:
        # `<*` and `>*` admit nothing.
        if op in {'<', '>'}:
            yield Comparator('', None)
        return
    if op == '^' and not version.open:
        yield from _between(version, _next_of_caret(version))
    elif op == '^' and version.minor is not None and version.major == 0:
        yield from _between(version, (0, version.minor + 1, 0))
    elif op == '^':
        yield from _between(version, (version.major + 1, 0, 0))
    elif op.startswith('~') or (op in {'', '='} and version.open):
        yield from _between(version, _next(version))
    elif op == '>' and version.open:
        yield _bound('>=', _next(version), '')
    elif op == '<=' and version.open:
        yield _bound('<', _next(version))
    elif op == '<' and version.open:
        yield Comparator('<', read(f'{version.text}-0'))
    else:
        yield Comparator(op, read(version.text))


def _hyphen(low: Partial, high: Partial) -> Iterator[Comparator]:
    if low.major is not None:
        yield Comparator('>=', read(low.text))
    if high.major is not None:
        yield _bound('<', _next(high)) if high.open else Comparator('<=', read(high.text))


def _next(version: Partial) -> tuple[int, int, int]:
    """What comes after all that `1`, `1.2` or `~1.2.3` stand for."""
    major, minor = version.major or 0, version.minor
    return (major + 1, 0, 0) if minor is None else (major, minor + 1, 0)


def _next_of_caret(version: Partial) -> tuple[int, int, int]:
    """What comes after all that keep the leftmost number that is not 0."""
    major, minor, patch = version.major or 0, version.minor or 0, version.patch or 0
    if major:
        return major + 1, 0, 0
    return (0, minor + 1, 0) if minor else (0, 0, patch + 1)


def _between(low: Partial, end: tuple[int, int, int]) -> Iterator[Comparator]:
    yield Comparator('>=', read(low.text))
    yield _bound('<', end)


def _bound(op: str, numbers: tuple[int, int, int], suffix: str = '-0') -> Comparator:
    # `<2.0.0-0` rather than `<2.0.0`: prereleases of 2.0.0 are left out as well.
    return Comparator(op, read('.'.join(map(str, numbers)) + suffix))
