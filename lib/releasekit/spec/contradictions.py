# SPDX-License-Identifier: Apache-2.0
"""The rules of settings that contradict each other, or that nothing can come of."""

from __future__ import annotations

import dataclasses
import fnmatch
import itertools
from collections.abc import Iterator
from urllib.parse import urlsplit

from releasekit.errors import Code, Problem, Severity
from releasekit.spec.addresses import is_loopback
from releasekit.spec.members import addressed
from releasekit.spec.model import PackageOverride, Target, UseStep, VersionRules
from releasekit.spec.places import Path
from releasekit.spec.rules import Rule, Subject, target_lists

# What is in force where nothing is said.
_RULES = VersionRules()


def pins(subject: Subject) -> Iterator[Problem]:
    """Exact pins need every dependent to be released with what it pins."""
    for label, workspace in subject.spec.workspaces.items():
        propagate = workspace.version.propagate
        if workspace.pin == 'exact' and propagate != 'patch':
            message = f'`pin: exact` and `propagate: {propagate}` contradict: dependents would keep the old pin.'
            yield subject.invalid(('workspaces', label, 'pin'), message, 'Set `propagate: patch`, or another `pin`.')


def calendars(subject: Subject) -> Iterator[Problem]:
    """Only versions that are dates have a format, and nothing else decides them."""
    for label, workspace in subject.spec.workspaces.items():
        rules, path = workspace.version, ('workspaces', label, 'version')
        if rules.scheme != 'calver':
            if rules.format is not None:
                hint = 'Set `scheme: calver`, or remove `format`.'
                yield subject.contrary((*path, 'format'), '`format` is for the scheme calver.', hint)
            continue
        for key in ('initial', 'major_on_zero'):
            if getattr(rules, key) != getattr(_RULES, key):
                message = f'`{key}` and `scheme: calver` contradict: the date decides.'
                yield subject.contrary((*path, key), message, f'Remove `{key}`, or choose another scheme.')


def overrides(subject: Subject) -> Iterator[Problem]:
    """What is not published goes to no target; of what is not released nothing else is said."""
    for label, workspace in subject.spec.workspaces.items():
        for glob, override in workspace.packages.items():
            path: Path = ('workspaces', label, 'packages', glob)
            if override.release is False:
                for key in _moot(override):
                    message = f'`release: false` and `{key}` contradict: `{glob}` is left out of releases altogether.'
                    hint = 'Remove one of the two; `publish: false` keeps versions and tags, and uploads nothing.'
                    yield subject.contrary((*path, key), message, hint)
            elif override.publish is False and override.targets:
                message = f'`publish: false` and `targets` contradict: `{glob}` is not uploaded at all.'
                yield subject.contrary((*path, 'targets'), message, 'Remove one of the two.')


def _moot(override: PackageOverride) -> Iterator[str]:
    """The keys beside `release: false` that ask for something."""
    wanted = {'publish': override.publish, 'targets': override.targets, 'also': override.also, 'needs': override.needs}
    return (key for key, value in wanted.items() if value)


def groups(subject: Subject) -> Iterator[Problem]:
    """A package is in one group: a glob of one fits nothing that one of another group fits."""
    members = [
        _Member((label, name), index, glob, addressed(glob, label, subject.spec.workspaces))
        for label, workspace in subject.spec.workspaces.items()
        for name, group in workspace.groups.items()
        for index, glob in enumerate(group.packages)
    ]
    order = list(dict.fromkeys(member.group for member in members))
    for one, other in itertools.permutations(members, 2):
        (owner, wide), (label, glob) = one.means, other.means
        # Of two globs that are the same, the later one is in the way.
        first = order.index(one.group) < order.index(other.group)
        fits = owner == label and fnmatch.fnmatchcase(glob, wide)
        if one.group != other.group and fits and (first or glob != wide):
            also = f'`{one.glob}` too' if glob == wide else f'`{one.glob}`, which fits all that `{other.glob}` fits'
            message = f'Group `{one.group[1]}` has {also}; a package is in one group only.'
            path: Path = ('workspaces', other.group[0], 'groups', other.group[1], 'packages', other.index)
            hint = f'Take `{other.glob}` out of one of `{one.group[1]}` and `{other.group[1]}`.'
            yield subject.invalid(path, message, hint)


@dataclasses.dataclass(frozen=True, slots=True)
class _Member:
    """A glob of a group: the workspace and name of the group, and the workspace and names that the glob means."""

    group: tuple[str, str]
    index: int
    glob: str
    means: tuple[str, str]


def sections(subject: Subject) -> Iterator[Problem]:
    """A commit stands in one section of the changelog."""
    for label, workspace in subject.spec.workspaces.items():
        first: dict[str, str] = {}
        for title, types in (workspace.changelog.sections or {}).items() if workspace.changelog is not False else ():
            for index, word in enumerate(types):
                if first.setdefault(word, title) != title:
                    message = f'Commits of type `{word}` are in the section `{first[word]}` already.'
                    path: Path = ('workspaces', label, 'changelog', 'sections', title, index)
                    yield subject.invalid(path, message, f'Name `{word}` in one section only.')


def checks(subject: Subject) -> Iterator[Problem]:
    """No two checks have one name; packages can be chosen where a check runs once for each."""
    first: dict[str, int] = {}
    for index, check in enumerate(subject.spec.checks):
        if (known := first.setdefault(check.name, index)) != index:
            line = subject.places.value(('checks', known, 'name')).line
            message = f'Two checks are named `{check.name}`; the first is on line {line}.'
            yield subject.invalid(('checks', index, 'name'), message, 'Give one of them another name.')
        if check.per != 'package' and check.packages != ('*',):
            often = 'once' if check.per == 'repository' else 'once for each workspace'
            message = f'`packages` chooses nothing here: the check runs {often}.'
            hint = 'Add `per: package`, or remove `packages`.'
            yield subject.contrary(('checks', index, 'packages'), message, hint)


def hooks(subject: Subject) -> Iterator[Problem]:
    """What runs before or after a step has not the same step in it."""
    for point, names in subject.spec.hooks.items():
        step = point.partition('-')[2]
        for index, name in enumerate(names):
            task = subject.spec.tasks.get(name)
            inside = {part.use for part in task.steps if isinstance(part, UseStep)} if task else set[str]()
            if step in {name, *inside}:
                message = f'`{point}` runs `{name}`, ' + (
                    'to which it is hooked.' if name == step else f'which runs `{step}` itself.'
                )
                yield subject.invalid(('hooks', point, index), message, f'Name a task without `{step}` in it.')


def registries(subject: Subject) -> Iterator[Problem]:
    """What a target asks for can be done with its addresses and its credential."""
    for name, target in subject.spec.targets.items():
        for key in ('provenance', 'staged', 'attestations'):
            if getattr(target, key) and target.auth == 'none':
                message = f'`{key}: true` and `auth: none` contradict: only an account of the registry can do that.'
                hint = f'Set `auth`, or remove `{key}`.'
                yield subject.contrary(('targets', name, key), message, hint)
        if target.insecure and not _plain(target):
            place = subject.places.key(('targets', name, 'insecure'))
            message = f'`insecure` changes nothing: no address of target `{name}` is plain http to another machine.'
            yield Problem(Code.SPEC_UNUSED, message, 'Remove it.', place, Severity.WARNING)


def _plain(target: Target) -> bool:
    parts = (urlsplit(url) for url in (target.url, target.index) if url.startswith('http:'))
    return any(not is_loopback(part.hostname or '') for part in parts)


def same_registry(subject: Subject) -> Iterator[Problem]:
    """Packages go to a registry once."""
    for label, workspace in subject.spec.workspaces.items():
        for path, names in target_lists(label, workspace):
            first: dict[tuple[str, str], str] = {}
            for index, name in enumerate(names):
                if (target := subject.spec.targets.get(name)) is None:
                    continue
                known = first.setdefault((target.type, target.url.rstrip('/')), name)
                if known != name:
                    message = f'Targets `{known}` and `{name}` are the same registry, {target.url}.'
                    yield subject.invalid(
                        (*path, index), message, f'Name one of them, or change the `url` of `{name}`.'
                    )


RULES: tuple[Rule, ...] = (
    pins, calendars, overrides, groups, sections, checks, hooks, registries, same_registry,
)  # fmt: skip
