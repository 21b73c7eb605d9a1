# SPDX-License-Identifier: Apache-2.0
"""The tags, since versions are counted from them: against manifests, each other, and the remote."""

from __future__ import annotations

import dataclasses
from collections.abc import AsyncIterator, Mapping, Sequence

from releasekit.core import tag_review
from releasekit.core.commits import TagRef
from releasekit.core.tags import Tagged, match
from releasekit.run.doctor.examination import Examination
from releasekit.run.doctor.findings import Finding, error, passed, warning

_SHOWN = 3
_SHORT = 12


@dataclasses.dataclass(frozen=True)
class _Known:
    """The tags of packages, those that only look like tags of one, and the names that umbrella tags have."""

    tagged: Mapping[str, Sequence[Tagged]]
    others: Sequence[TagRef]
    umbrellas: frozenset[str]

    @property
    def own(self) -> frozenset[str]:
        return frozenset(entry.ref.name for entries in self.tagged.values() for entry in entries) | self.umbrellas


def _known(examination: Examination, tags: Sequence[TagRef]) -> _Known:
    spec, workspace = examination.project.spec, examination.packages
    tagged = match(spec, workspace, tags, examination.schemes)
    versions = {entry.version for entries in tagged.values() for entry in entries}
    umbrellas = tag_review.umbrellas(spec, versions)
    own = {entry.ref.name for entries in tagged.values() for entry in entries} | umbrellas
    names = frozenset(ref.name for ref in tags)
    return _Known(tagged, [ref for ref in tags if ref.name not in own], umbrellas & names)


async def manifests(examination: Examination) -> AsyncIterator[Finding]:
    """No manifest is below the newest tag of its package."""
    known = _known(examination, examination.opened.tags)
    behind = tag_review.behind(examination.packages, known.tagged, examination.schemes)
    for each in behind:
        package, tag = each.package, each.tagged.ref.name
        message = f'{package.manifest} says {package.version}, but {tag} is tagged: versions are counted from the tag.'
        hint = f'Compare with `git show {tag}:{package.manifest}`, and set the version to {each.tagged.version}.'
        yield warning(message, hint, package.id)
    if not behind:
        count = sum(bool(entries) for entries in known.tagged.values())
        told = f'{count} of {len(known.tagged)} packages have tags, and no manifest is below its own'
        yield passed(told if count else 'no package has a tag')


async def duplicates(examination: Examination) -> AsyncIterator[Finding]:
    """No version of a package has two tags."""
    known = _known(examination, examination.opened.tags)
    for each in tag_review.twice(examination.packages, known.tagged, examination.schemes, known.others):
        tags = ' and '.join(each.tags)
        look = f'Look at both with `git log --no-walk --decorate {" ".join(each.tags)}`'
        if len(each.commits) > 1:
            message = f'{tags} are both {each.version} of {each.package}, at different commits.'
            yield error(message, f'{look}; only one of them can be what was released.', each.package)
        else:
            message = f'{tags} are both {each.version} of {each.package}.'
            yield warning(message, f'{look}; nothing has to be done where both are wanted.', each.package)


async def orphans(examination: Examination) -> AsyncIterator[Finding]:
    """Every tag of the form of `tag` belongs to a package."""
    known = _known(examination, examination.opened.tags)
    spec, workspace = examination.project.spec, examination.packages
    for each in tag_review.orphans(spec, workspace, known.others, examination.schemes):
        newest = each.tags[-1]
        message = f'{_several(each.tags)} would be of `{each.name}`, which is no package of {each.label}.'
        hint = (
            f'Nothing to do where it is gone: see `git log -1 {newest}`. Where it has a new name, tag its last release '
            f'by that: `git tag NEW_TAG {newest}^{{commit}}`.'
        )
        yield warning(message, hint)


async def remote(examination: Examination) -> AsyncIterator[Finding]:
    """The tags of packages are the same here and on the remote."""
    name = examination.project.spec.project.remote
    refs = await examination.refs()
    there = {ref.removeprefix('refs/tags/'): each.commit for ref, each in refs.items() if ref.startswith('refs/tags/')}
    here = {ref.name: ref.commit for ref in examination.opened.tags}
    both = [*examination.opened.tags, *(TagRef(tag, there[tag], False) for tag in sorted(there.keys() - here.keys()))]
    own = _known(examination, both).own
    differ = tag_review.elsewhere(own, here, there)
    for tag, mine, theirs in differ.differing:
        message = f'{tag} is at {mine[:_SHORT]} here and at {theirs[:_SHORT]} on {name}.'
        yield error(message, f'Find out who moved it: `git ls-remote --tags {name} {tag}`, `git log -1 {tag}`.')
    if differ.there:
        message = f'{_several(differ.there)} {_are(differ.there)} on {name}, but not here.'
        yield warning(message, f'Run `git fetch --tags {name}`.')
    if differ.here:
        message = f'{_several(differ.here)} {_are(differ.here)} here, but not on {name}: others count from another tag.'
        hint = f'Where it was released, run `git push {name} refs/tags/{differ.here[-1]}`.'
        yield warning(message, hint)
    if not (differ.differing or differ.there or differ.here):
        yield passed(f'tags of packages, the same on {name}: {len(own)}' if own else 'no package has a tag')


def _several(names: Sequence[str]) -> str:
    shown = ', '.join(names[-_SHOWN:])
    return shown if len(names) <= _SHOWN else f'{shown} and {len(names) - _SHOWN} more tags'


def _are(names: Sequence[str]) -> str:
    return 'is' if len(names) == 1 else 'are'
