# SPDX-License-Identifier: Apache-2.0
"""What a manifest asks for: protocols, aliases and ranges, and how a requirement follows a release.

npm: https://docs.npmjs.com/cli/v11/configuring-npm/package-json#dependencies; pnpm: https://pnpm.io/workspaces and
https://pnpm.io/catalogs; yarn: https://yarnpkg.com/protocols.
"""

from __future__ import annotations

import dataclasses
import functools
import re

from releasekit.ecosystems.js import semver
from releasekit.spec.model import Pin

# What always follows the version of the workspace.
FOLLOWING = frozenset({'*', '^', '~'})
_PROTOCOLS = frozenset({'workspace', 'npm', 'catalog', 'file', 'link', 'portal'})
_PATHS = frozenset({'file', 'link', 'portal'})
_RANGED = frozenset({'', 'npm', 'workspace'})
_WRITTEN = re.compile(r'(?:(?P<protocol>[a-z]+):)?(?:(?P<alias>(?:@[^/@\s]+/)?[^/@\s:]+)@)?(?P<rest>.*)', re.DOTALL)
_OPEN = re.compile(r'(?P<op>~>?|\^|=)?\s*v?\d+(?P<minor>\.(?:\d+|[xX*]))?(?P<patch>\.[xX*])?')


@dataclasses.dataclass(frozen=True, slots=True)
class Requirement:
    """A requirement, taken apart: `name` is set where it is an alias of another package, `rest` what it asks for."""

    protocol: str
    name: str
    rest: str

    @property
    def is_path(self) -> bool:
        """Whether it names a folder."""
        return self.protocol in _PATHS

    @property
    def follows(self) -> bool:
        """Whether it is `workspace:` without a range of its own."""
        return self.protocol == 'workspace' and self.rest in FOLLOWING

    @property
    def is_place(self) -> bool:
        """Whether it is `workspace:` with the folder of a member: https://yarnpkg.com/protocol/workspace."""
        return self.protocol == 'workspace' and not self.follows and semver.parse(self.rest) is None

    @property
    def text(self) -> str:
        """As it is written."""
        protocol = f'{self.protocol}:' if self.protocol else ''
        return protocol + (f'{self.name}@' if self.name else '') + self.rest


@functools.lru_cache(maxsize=8192)
def read(text: str) -> Requirement:
    """Take a requirement apart; an address or what is not known is all `rest`."""
    match = _WRITTEN.fullmatch(text)
    if (
        match is None
        or (match['protocol'] or '') not in {'', *_PROTOCOLS}
        or (match['alias'] and not match['protocol'])
    ):
        return Requirement('', '', text)
    protocol = match['protocol'] or ''
    if protocol in {'', 'npm', 'workspace'}:
        return Requirement(protocol, match['alias'] or '', match['rest'])
    return Requirement(protocol, '', text.partition(':')[2])


def admits(requirement: str, version: str) -> bool:
    """Whether a requirement admits a version; a path and `workspace:` without a range always do."""
    parsed = read(requirement)
    if parsed.is_path or parsed.follows or parsed.is_place:
        return True
    if parsed.protocol not in _RANGED:
        return False
    return semver.satisfies(version, parsed.rest)


def published(text: str, version: str) -> str:
    """What a requirement of a member with this version admits once it is packed: `workspace:^` becomes `^1.2.3`.

    https://pnpm.io/workspaces#publishing-workspace-packages, https://yarnpkg.com/features/workspaces.
    """
    parsed = read(text)
    if not version or not (parsed.follows or parsed.is_place):
        return text
    return f'{parsed.rest if parsed.rest in {"^", "~"} else ""}{version}'


def follow(text: str, version: str, pin: Pin) -> str:
    """The requirement after a release of what it asks for, protocol and alias kept.

    `keep` leaves one that admits the version, unless that is stable and the requirement names a prerelease; else it
    changes as little of it as will do. `minimum` writes `>=1.2.3`, `compatible` `^1.2.3`, `exact` `1.2.3`. Paths,
    catalogs, dist-tags and addresses stay.
    """
    parsed = read(text)
    if parsed.follows:
        short = {'keep': parsed.rest, 'compatible': '^', 'exact': '*', 'minimum': f'>={version}'}[pin]
        return dataclasses.replace(parsed, rest=short).text
    if parsed.protocol not in _RANGED or semver.parse(parsed.rest) is None:
        return text
    written = {'minimum': f'>={version}', 'compatible': f'^{version}', 'exact': version}
    if pin == 'keep' and admits(text, version) and not _is_early(parsed.rest, version):
        return text
    return dataclasses.replace(parsed, rest=written.get(pin) or _alike(parsed.rest, version)).text


def _is_early(text: str, version: str) -> bool:
    """Whether a range would let in a prerelease of what is stable now: nobody who wants that asked for it."""
    found, single = semver.read(version), semver.comparator(text)
    return found is not None and not semver.is_prerelease(found) and single is not None and bool(single[1].pre)


def _alike(text: str, version: str) -> str:
    """A range that admits the version and is written as the last alternative of another one."""
    last = text.rpartition('||')[2].strip()
    numbers = version.partition('+')[0].partition('-')[0].split('.')
    if found := _OPEN.fullmatch(last):
        minor = found['minor'] and (found['minor'] if found['minor'][1] in 'xX*' else f'.{numbers[1]}')
        candidate = (found['op'] or '') + numbers[0] + (minor or '') + (found['patch'] or '')
        if semver.satisfies(version, candidate):
            return candidate
    single = semver.comparator(last)
    op = single[0] if single and single[0] in {'^', '~', '~>', '=', '>='} else '^'
    if single and single[0] == '' and not single[1].open:
        op = ''
    return f'{op}{version}'
