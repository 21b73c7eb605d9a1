# SPDX-License-Identifier: Apache-2.0
"""Requirements as text (PEP 508): what a pin makes of one, everything else kept as it is written."""

from __future__ import annotations

import functools
import re

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.version import Version

from releasekit.spec.model import Pin

_PARTS = re.compile(
    r'(?P<head>\s*[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?(?:\s*\[[^\]]*\])?)'
    r'(?P<gap>\s*)(?P<open>\(?\s*)(?P<clauses>[^;()@]*?)(?P<close>\s*\)?)(?P<tail>\s*(?:;.*)?)',
    re.DOTALL,
)
_CLAUSE = re.compile(r'(?P<before>\s*)(?P<op>===|==|~=|!=|<=|>=|<|>)(?P<space>\s*)(?P<version>\S+?)(?P<after>\s*)')


def raised(requirement: str, version: str, pin: Pin) -> str:
    """The requirement after a release of `version`; a direct reference, or one that is not understood, stays.

    minimum: `>=version` takes the place of the lower bounds; an upper bound or an exclusion that still admits
    the version is kept, another is dropped. compatible: `>=1.4.0,<2`, below 1.0 `>=0.4.1,<0.5`. exact:
    `==version`. keep: nothing changes as long as it admits the version, else as minimum.
    """
    parts = _PARTS.fullmatch(requirement)
    if parts is None:
        return requirement
    clauses = [clause for clause in parts['clauses'].split(',') if clause.strip()]
    if not all(_readable(clause) for clause in clauses):
        return requirement
    if pin == 'keep' and all(_admits(clause, version) for clause in clauses):
        return requirement
    if pin == 'exact':
        written = [f'=={version}']
    elif pin == 'compatible':
        kept = [clause.strip() for clause in clauses if clause.strip().startswith('!=') and _admits(clause, version)]
        written = [f'>={version}', f'<{ceiling(version)}', *kept]
    else:
        written = _minimum(clauses, version)
    gap = parts['gap'] if clauses or parts['open'] else ''
    tail = parts['tail'] if clauses or parts['open'] else parts['gap'] + parts['tail']
    return parts['head'] + gap + parts['open'] + ','.join(written) + parts['close'] + tail


def ceiling(version: str) -> str:
    """The first version that may break what works with this one: the next major, below 1.0 the next minor."""
    parsed = Version(version)
    epoch = f'{parsed.epoch}!' if parsed.epoch else ''
    return f'{epoch}{parsed.major + 1}' if parsed.major else f'{epoch}0.{parsed.minor + 1}'


def _minimum(clauses: list[str], version: str) -> list[str]:
    written: list[str] = []
    bound: int | None = None
    for clause in clauses:
        parts = _CLAUSE.fullmatch(clause)
        op = parts['op'] if parts else ''
        wildcard = op == '==' and parts is not None and parts['version'].endswith('.*')
        upper = op in {'<', '<=', '!='} or wildcard
        if parts is not None and not upper and bound is None:
            bound = len(written)
            written.append(f'{parts["before"]}>={parts["space"]}{version}{parts["after"]}')
        if parts is not None and op == '~=' and _admits(clause, version):
            written.append(f'{parts["before"]}<{parts["space"]}{_end_of_series(parts["version"])}')
        if upper and _admits(clause, version):
            written.append(clause)
    if bound is None:
        lead = re.match(r'\s*', written[0]) if written else None
        rest = [written[0].lstrip(), *written[1:]] if written else []
        return [f'{lead[0] if lead else ""}>={version}', *rest]
    return [written[0].lstrip(), *written[1:]] if written[0] != clauses[0] else written


def _end_of_series(version: str) -> str:
    """The upper bound that `~=version` stands for: `~=1.4.2` ends before 1.5."""
    parsed = Version(version)
    series = [*parsed.release[:-1]]
    series[-1] += 1
    epoch = f'{parsed.epoch}!' if parsed.epoch else ''
    return epoch + '.'.join(str(part) for part in series)


@functools.lru_cache(maxsize=1024)
def _readable(clause: str) -> bool:
    try:
        SpecifierSet(clause)
    except InvalidSpecifier:
        return False
    return _CLAUSE.fullmatch(clause) is not None


def _admits(clause: str, version: str) -> bool:
    return SpecifierSet(clause).contains(version, prereleases=True)
