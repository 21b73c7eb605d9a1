# SPDX-License-Identifier: Apache-2.0
"""Version schemes behind one type: how versions are read, ordered, bumped and written.

PEP 440 is read by `packaging`; SemVer 2 (https://semver.org/spec/v2.0.0.html) by the parser here. CalVer is one of the
two with a calendar: what a bump gives follows from a day (`calver.py`).
"""

from __future__ import annotations

import dataclasses
import functools
import re
from collections.abc import Callable, Mapping
from typing import Any

from packaging.version import InvalidVersion
from packaging.version import Version as Pep440

from releasekit.core import calver
from releasekit.core.calver import Calendar
from releasekit.core.plan import BumpKind
from releasekit.errors import Code, fail
from releasekit.spec.model import Bump, Scheme, VersionRules


@dataclasses.dataclass(frozen=True, slots=True)
class Version:
    """A version that was read. `text` is its normal form, `key` orders it among those of its scheme.

    `channel` and `number` are those of a prerelease such as rc 2; `channel` is '' where there is another suffix.
    `lasting` is the version without the mark of a development build: what a manifest that has it is on the way to.
    """

    text: str
    epoch: int
    release: tuple[int, ...]
    key: Any
    channel: str | None = None
    number: int = 0
    lasting: str = ''

    @property
    def parts(self) -> tuple[int, int, int]:
        """Major, minor and patch; those that are not written are 0."""
        major, minor, patch = (*self.release, 0, 0)[:3]
        return major, minor, patch


@dataclasses.dataclass(frozen=True, slots=True)
class VersionScheme:
    """A scheme: `read` gives None for what is no version, `suffixed` writes prerelease `number` of a channel.

    `grammar` is pep440 or semver: how suffixes are written. With a `calendar` it is CalVer.
    """

    name: str
    read: Callable[[str], Version | None]
    suffixed: Callable[[str, str, int], str]
    channels: str
    grammar: str
    calendar: Calendar | None = None

    def parse(self, version: str) -> Version:
        """Read a version.

        Raises:
            ReleaseKitError: `RK-VERSION-INVALID`.
        """
        if (found := self.read(version)) is None:
            example = '1.3.0 or ' + self.suffixed('1.3.0', 'rc', 1)
            if self.calendar is not None:
                example = f'its format {self.calendar.text} has it'
            message = f'{version!r} is no version of the scheme {self.name}.'
            raise fail(Code.VERSION_INVALID, message, f'Write it as {example}, or choose another `version.scheme`.')
        return found

    def valid(self, version: str) -> bool:
        """Whether it is a version of this scheme."""
        return self.read(version) is not None

    def key(self, version: str) -> Any:  # noqa: ANN401 - each scheme has its own
        """What versions are ordered by."""
        return self.parse(version).key

    def parts(self, version: str) -> tuple[int, int, int]:
        """Major, minor and patch."""
        return self.parse(version).parts

    def is_prerelease(self, version: str) -> bool:
        """Whether a version comes before its own stable part."""
        return self.parse(version).channel is not None

    def stable_part(self, version: str) -> str:
        """The version without any suffix: `1.3.0` for `1.3.0rc1`."""
        return self._release(self.parse(version))

    def first(self, version: str | None, initial: str, day: str) -> str:
        """The version of a first release: what the manifest says, else `initial`.

        By a calendar it is that of the day, where the manifest has none above it that fits the format.
        """
        found = None if version is None else self.parse(version)
        if self.calendar is None:
            return self.parse(initial).text if found is None or found.parts == (0, 0, 0) else found.lasting
        dated = self.parse(self.calendar.write(self.calendar.next(None, 'patch', day)))
        stands = found is not None and self.calendar.fits(found.release) and found.release > dated.release
        return found.lasting if found is not None and stands else dated.text

    def bump(self, version: str, level: Bump, *, major_on_zero: bool = False, day: str = '') -> str:
        """The next stable version; `day` (ISO 8601) is that of the release, which only a calendar needs.

        Below 1.0.0 a major bump gives the next minor version unless `major_on_zero`. A prerelease that already
        stands before such a version becomes it: 1.3.0rc1 and minor give 1.3.0.
        """
        found = self.parse(version)
        if self.calendar is not None:
            return self._write(0, self.calendar.next(found.release, level, day, taken=found.channel is None))
        major, minor, patch = found.parts
        if level == 'major' and major == 0 and not major_on_zero and not found.epoch:
            level = 'minor'
        floor = {'major': not minor and not patch, 'minor': not patch, 'patch': True}[level]
        if found.channel is not None and floor:
            return self._release(found)
        bumped = {'major': (major + 1, 0, 0), 'minor': (major, minor + 1, 0), 'patch': (major, minor, patch + 1)}[level]
        needed = max(len(found.release), _LENGTH[level])
        return self._write(found.epoch, bumped[: min(needed, 3)])

    def prerelease(self, base: str, channel: str, previous: str | None) -> str:
        """The next prerelease of `base` on a channel; it counts on from `previous` where that is one of them.

        Raises:
            ReleaseKitError: `RK-VERSION-INVALID` for a channel that the scheme does not know, or one that
                would lead below `previous`.
        """
        before = None if previous is None else self.parse(previous)
        written = self.read(self.suffixed(base, channel, _FIRST))
        if written is None or not written.channel or written.number != _FIRST:
            message = f'The scheme {self.name} has no prerelease {channel!r}.'
            raise fail(Code.VERSION_INVALID, message, f'Choose {self.channels}.')
        if (
            before is not None
            and before.channel == written.channel
            and self.key(self._release(before)) == self.key(base)
        ):
            written = self.parse(self.suffixed(base, channel, before.number + 1))
        if before is not None and written.key <= before.key:
            message = f'{written.text} would not be above {before.text}, which is released.'
            hint = f'Go on with the prerelease {before.channel or "as it was"}, or release the stable version.'
            raise fail(Code.VERSION_INVALID, message, hint)
        return written.text

    def bump_kind(self, old: str | None, new: str) -> BumpKind:
        """How far `new` is from `old`, which is None before the first release."""
        if old is None:
            return BumpKind.INITIAL
        before, after = self.parse(old), self.parse(new)
        if before.key == after.key:
            return BumpKind.NONE
        if after.channel is not None:
            return BumpKind.PRERELEASE
        if before.epoch != after.epoch:
            return BumpKind.MAJOR
        if self.calendar is not None and self.calendar.fits(before.release) and self.calendar.fits(after.release):
            return self.calendar.kind(before.release, after.release)
        if before.parts == after.parts:
            return _kind_of(after.parts) if before.channel is not None else BumpKind.PATCH
        pairs = zip(before.parts, after.parts, (BumpKind.MAJOR, BumpKind.MINOR, BumpKind.PATCH), strict=True)
        return next(kind for was, now, kind in pairs if was != now)

    def _release(self, version: Version) -> str:
        return self._write(version.epoch, version.release)

    def _write(self, epoch: int, release: tuple[int, ...]) -> str:
        return _write(epoch, release) if epoch or self.calendar is None else self.calendar.write(release)


# What the channels that PEP 440 knows are called where any word will do, and back.
_WORDS = {'a': 'alpha', 'b': 'beta'}
_LETTERS = {word: letter for letter, word in _WORDS.items()}


def spelled(version: str, source: VersionScheme, target: VersionScheme) -> str:
    """A version of one scheme as another writes it: `1.0.0-rc.1` is `1.0.0rc1` by PEP 440.

    Raises:
        ReleaseKitError: `RK-VERSION-INVALID` where the other scheme has no such version.
    """
    if source == target:
        return version
    found = source.parse(version)
    if source.grammar == target.grammar:
        return target.parse(version).text
    written, stable = '.'.join(str(number) for number in found.parts), source.stable_part(version)
    if (source.suffixed(stable, found.channel, found.number) if found.channel else stable) != found.text:
        # A local version, build metadata, or a suffix of more than a word and a number.
        written = ''
    elif found.channel:
        names = _WORDS if target.grammar == 'semver' else _LETTERS
        written = target.suffixed(written, names.get(found.channel, found.channel), found.number)
    if found.epoch or any(found.release[3:]):
        written = ''
    if (read := target.read(written)) is None or (read.channel, read.number) == ('', 0):
        message = f'The version {version} cannot be written in the scheme {target.name}.'
        raise fail(Code.VERSION_INVALID, message, 'Use a version of three numbers, and of the prereleases a, b or rc.')
    return read.text


# The number of the first prerelease of a channel.
_FIRST = 1
# How many numbers a version must have after a bump: a patch of 1.2 is 1.2.1.
_LENGTH: Mapping[str, int] = {'major': 1, 'minor': 2, 'patch': 3}


def _kind_of(parts: tuple[int, int, int]) -> BumpKind:
    """What the stable version is that ends a series of prereleases."""
    _, minor, patch = parts
    if patch:
        return BumpKind.PATCH
    return BumpKind.MINOR if minor else BumpKind.MAJOR


def _write(epoch: int, release: tuple[int, ...]) -> str:
    return (f'{epoch}!' if epoch else '') + '.'.join(str(number) for number in release)


@functools.lru_cache(maxsize=65536)
def _read_pep440(text: str) -> Version | None:
    try:
        found = Pep440(text)
    except InvalidVersion:
        return None
    channel: str | None = None
    number = 0
    if found.dev is not None:
        channel, number = ('' if found.pre or found.post is not None else 'dev'), found.dev
    elif found.pre is not None:
        channel, number = ('' if found.post is not None else found.pre[0]), found.pre[1]
    lasting = str(found) if found.dev is None else re.sub(r'\.dev\d+', '', found.public)
    return Version(str(found), found.epoch, found.release, found, channel, number, lasting)


def _suffix_pep440(base: str, channel: str, number: int) -> str:
    return f'{base}.dev{number}' if channel == 'dev' else f'{base}{channel}{number}'


# The regular expression that semver.org suggests.
_SEMVER = re.compile(
    r'(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)'
    r'(?:-((?:0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*)(?:\.(?:0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*))*))?'
    r'(?:\+([0-9a-zA-Z-]+(?:\.[0-9a-zA-Z-]+)*))?',
    re.ASCII,
)
_DEVELOPMENT = frozenset({'dev', 'snapshot'})


@functools.lru_cache(maxsize=65536)
def _read_semver(text: str) -> Version | None:
    if (match := _SEMVER.fullmatch(text)) is None:
        return None
    release = (int(match[1]), int(match[2]), int(match[3]))
    suffix: str | None = match[4]
    if suffix is None:
        # Rule 11.3: a version without a suffix comes after all that have one.
        return Version(text, 0, release, (release, (1,)), lasting=text)
    identifiers = suffix.split('.')
    # Rule 11.4: numbers by value, below words; words by their characters; fewer before more.
    ordered = tuple((0, int(word), '') if word.isdigit() else (1, 0, word) for word in identifiers)
    counted = len(identifiers) == 2 and identifiers[1].isdigit() and not identifiers[0].isdigit()
    channel, number = (identifiers[0], int(identifiers[1])) if counted else ('', 0)
    lasting = _write(0, release) if identifiers[0].lower() in _DEVELOPMENT else text
    return Version(text, 0, release, (release, (0, ordered)), channel, number, lasting)


_PLAIN = {
    'pep440': VersionScheme('pep440', _read_pep440, _suffix_pep440, 'a, b, rc or dev', 'pep440'),
    'semver': VersionScheme(
        'semver',
        _read_semver,
        lambda base, channel, number: f'{base}-{channel}.{number}',
        'a word of letters, digits and hyphens, such as rc',
        'semver',
    ),
}
_CALVER = 'calver'


def named(rules: VersionRules, default: Scheme) -> str:
    """The name of a workspace's scheme, where its ecosystem's is `default`: semver or `calver:pep440:YYYY.0M.MICRO`."""
    if rules.scheme != _CALVER:
        return rules.scheme or default
    return f'{_CALVER}:{default}:{rules.format or calver.DEFAULT}'


@functools.lru_cache(maxsize=64)
def scheme(name: str) -> VersionScheme:
    """The scheme of a name: `pep440`, `semver` or, by `named`, one of them with a calendar."""
    if name in _PLAIN:
        return _PLAIN[name]
    _, grammar, text = name.split(':', maxsplit=2)
    dates = calver.calendar(text)
    return dataclasses.replace(_PLAIN[grammar], name=_CALVER, read=_dated(_PLAIN[grammar], dates), calendar=dates)


def _dated(plain: VersionScheme, dates: Calendar) -> Callable[[str], Version | None]:
    """What reads versions of a calendar: as the grammar has them, written as the format has them."""

    @functools.lru_cache(maxsize=65536)
    def read(text: str) -> Version | None:
        if (found := plain.read(text)) is None or found.epoch:
            return found
        start, own = _write(0, found.release), dates.write(found.release)
        written, lasting = (own + each.removeprefix(start) for each in (found.text, found.lasting))
        return dataclasses.replace(found, text=written, lasting=lasting)

    return read
