# SPDX-License-Identifier: Apache-2.0
"""Requirements of cargo: what they admit, and what a pin makes of one.

https://doc.rust-lang.org/cargo/reference/specifying-dependencies.html#version-requirement-syntax and the crate
`semver`, https://docs.rs/semver/latest/semver/struct.VersionReq.html; a comparison without an operator is `^`.
"""

from __future__ import annotations

import dataclasses
import functools
import re
from typing import Any

from releasekit.core.version import scheme
from releasekit.spec.model import Pin

_NUMBER = r'(?:0|[1-9]\d*)'
_CLAUSE = re.compile(
    rf'\s*(?P<op>\^|~|=|>=|>|<=|<|)(?P<space>\s*)(?P<major>{_NUMBER})'
    rf'(?:\.(?:(?P<minor>{_NUMBER})(?:\.(?:(?P<patch>{_NUMBER})(?:-(?P<pre>[0-9A-Za-z.-]+))?(?:\+[0-9A-Za-z.-]+)?'
    r'|(?P<wild3>[*xX])))?|(?P<wild2>[*xX](?:\.[*xX])?)))?\s*',
    re.ASCII,
)
_ANY = re.compile(r'\s*[*xX]\s*')
_SEMVER = scheme('semver')


@dataclasses.dataclass(frozen=True, slots=True)
class Clause:
    """One comparison: `op` is '' for none, `*` for a wildcard; `numbers` are those that are written."""

    op: str
    space: str
    numbers: tuple[int, ...]
    pre: str = ''


@functools.lru_cache(maxsize=4096)
def clauses(requirement: str) -> tuple[Clause, ...] | None:
    """The comparisons, all of which must hold; none for `*`, None for what is no requirement."""
    if _ANY.fullmatch(requirement):
        return ()
    found = [_CLAUSE.fullmatch(part) for part in requirement.split(',')]
    return tuple(_clause(each) for each in found if each is not None) if all(found) else None


def _clause(found: re.Match[str]) -> Clause:
    numbers = tuple(int(found[part]) for part in ('major', 'minor', 'patch') if found[part] is not None)
    wild = found['wild2'] is not None or found['wild3'] is not None
    return Clause('*' if wild and not found['op'] else found['op'], found['space'], numbers, found['pre'] or '')


def canonical(requirement: str) -> str:
    """The requirement as cargo writes it into an index: `^1.2` for `1.2`, one space after each comma.

    Raises:
        ValueError: It is none.
    """
    if (found := clauses(requirement)) is None:
        raise ValueError(f'{requirement!r} is no requirement')
    return ', '.join(_written(clause) for clause in found) or '*'


def _written(clause: Clause) -> str:
    numbers = '.'.join(str(number) for number in clause.numbers)
    if clause.op == '*':
        return f'{numbers}.*'
    return f'{clause.op or "^"}{numbers}' + (f'-{clause.pre}' if clause.pre else '')


def allows(requirement: str, version: str) -> bool:
    """Whether a requirement admits a version; a prerelease only where it names one of the same numbers.

    An empty one stands for a path alone, which always follows; what is no requirement admits nothing.
    """
    if not requirement:
        return True
    found, parsed = clauses(requirement), _SEMVER.read(version)
    if found is None or parsed is None:
        return False
    numbers, pre = parsed.parts, _suffix(version)
    if not all(_admits(clause, numbers, pre) for clause in found):
        return False
    return not pre or any(clause.pre and clause.numbers == numbers for clause in found)


def _suffix(version: str) -> str:
    return version.partition('+')[0].partition('-')[2]


def _order(pre: str) -> Any:  # noqa: ANN401 - a key of versions
    return _SEMVER.key(f'0.0.0-{pre}' if pre else '0.0.0')


def _admits(clause: Clause, numbers: tuple[int, int, int], pre: str) -> bool:
    theirs = numbers[: len(clause.numbers)]
    if clause.op in {'=', '*', '<=', '>='}:
        equal = theirs == clause.numbers and pre == clause.pre
        if equal or clause.op in {'=', '*'}:
            return equal
    if clause.op in {'<', '<='}:
        return (theirs, _order(pre)) < (clause.numbers, _order(clause.pre)) and _differ(clause, theirs)
    if clause.op in {'>', '>='}:
        return (theirs, _order(pre)) > (clause.numbers, _order(clause.pre)) and _differ(clause, theirs)
    if clause.op == '~':
        fixed = clause.numbers[:2]
    else:
        # What stays the same up to the first number that is not 0, or to the last that is written.
        first = next((place for place, number in enumerate(clause.numbers) if number), len(clause.numbers) - 1)
        fixed = clause.numbers[: first + 1]
    if numbers[: len(fixed)] != fixed:
        return False
    if clause.op != '~' and len(theirs) < 3:
        return theirs >= clause.numbers
    return (theirs, _order(pre)) >= (clause.numbers, _order(clause.pre))


def _differ(clause: Clause, theirs: tuple[int, ...]) -> bool:
    """Whether the numbers that are written can tell the two apart: `>1` and `<1` admit no 1.x at all."""
    return len(clause.numbers) == 3 or theirs != clause.numbers


def raised(requirement: str, version: str, pin: Pin) -> str:
    """The requirement after a release of `version`; one that is not understood stays.

    keep: nothing changes while it admits the version, unless that is stable and the requirement names a prerelease;
    else as minimum. minimum: the lower bound becomes the version,
    the operator stays, and no more numbers are written than there were where that means the same; an upper bound that
    no longer admits the version ends before the next version that may break something. compatible: `^`. exact: `=`.
    """
    found = clauses(requirement)
    # What follows a + never counts, and cargo warns of it.
    version = version.partition('+')[0]
    early = not _suffix(version) and any(clause.pre for clause in found or ())
    if found is None or (pin == 'keep' and allows(requirement, version) and not early):
        return requirement
    if pin == 'exact':
        return f'={version}'
    if pin == 'compatible' or not found or any(clause.op == '*' for clause in found):
        return _version(found[0] if found else Clause('', '', (0, 0, 0)), version)
    return _minimum(requirement, found, version)


def _minimum(requirement: str, found: tuple[Clause, ...], version: str) -> str:
    written: list[str] = []
    bound = False
    numbers, pre = _SEMVER.parse(version).parts, _suffix(version)
    for text, clause in zip(requirement.split(','), found, strict=True):
        lead = text[: len(text) - len(text.lstrip())]
        if clause.op in {'<', '<='}:
            kept = _admits(clause, numbers, pre)
            written.append(text if kept else f'{lead}<{clause.space}{_ceiling(numbers)}')
        elif not bound:
            bound = True
            op = '>=' if clause.op == '>' else clause.op
            written.append(f'{lead}{op}{clause.space}{_trimmed(clause, op, version)}')
    return ','.join(written if bound else [f'>={version}', *(f' {text.lstrip()}' for text in written)])


def _version(clause: Clause, version: str) -> str:
    """The version as a caret requirement, with the sign where there was one."""
    op = clause.op if clause.op == '^' else ''
    return op + _trimmed(clause, op, version) if clause.op in {'', '^'} else version


def _trimmed(clause: Clause, op: str, version: str) -> str:
    """The version in as few numbers as the clause has, where that means the same as all of them."""
    parsed = _SEMVER.parse(version)
    numbers = parsed.parts
    short = numbers[: len(clause.numbers)]
    # ^0.0 ends before 0.1 and ^0.0.0 before 0.0.1, ~1 before 2 and ~1.0 before 1.1.
    distinct = {'~': len(short) >= 2, '>=': True}.get(op, any(short))
    same = distinct and not any(numbers[len(short) :])
    if parsed.channel is not None or op == '=' or not same:
        return version
    return '.'.join(str(number) for number in short)


def _ceiling(numbers: tuple[int, int, int]) -> str:
    major, minor, patch = numbers
    if major:
        return str(major + 1)
    return f'0.{minor + 1}' if minor else f'0.0.{patch + 1}'
