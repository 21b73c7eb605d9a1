# SPDX-License-Identifier: Apache-2.0
"""The registry of each target: that it answers, how it is reached, what it does with names that it has."""

from __future__ import annotations

import functools
from collections.abc import AsyncIterator, Sequence
from urllib.parse import urlsplit

from releasekit.core.package import Package
from releasekit.core.tags import match
from releasekit.ecosystems import ECOSYSTEMS
from releasekit.ecosystems.advice import Replacing, Rule
from releasekit.errors import ReleaseKitError
from releasekit.ports import HttpFailure
from releasekit.run.doctor.credentials import part
from releasekit.run.doctor.examination import Examination
from releasekit.run.doctor.findings import Finding, UnableError, error, of_error, passed, unchecked, warning
from releasekit.run.targets import Targets
from releasekit.run.together import together
from releasekit.spec.addresses import is_loopback
from releasekit.spec.kinds import page

# How many names are asked for: each is a request.
_NAMES = 40
_AT_ONCE = 8
_SHOWN = 3
_LOOK_LATER = 'Run it again when the registry answers.'


async def answers(examination: Examination, name: str) -> AsyncIterator[Finding]:
    """The registry answers where releases are read back, with the credential if one is needed and there."""
    target = examination.project.spec.targets[name]
    package = next(iter(_packages(examination, name)), None)
    if package is None:
        raise UnableError(f'No package goes to {name}.', 'Nothing to do.')
    ecosystem = ECOSYSTEMS[package.ecosystem]
    reachable = Targets({name: target}, examination.net, examination.environment)
    try:
        registry = await reachable.reader(ecosystem, name)
        there = await registry.files(ecosystem.normalise(package.name), package.version or '0')
    except ReleaseKitError as caught:
        for finding in of_error(caught):
            yield finding
        return
    has = 'has' if there else 'does not have'
    yield passed(f'{target.index} answers; it {has} {package.name} {package.version or ""}'.rstrip())


async def secure(examination: Examination, name: str) -> AsyncIterator[Finding]:
    """Nobody on the way can read or change what is sent."""
    target = examination.project.spec.targets[name]
    plain = [url for url in (target.url, target.index) if url.startswith('http:')]
    if all(is_loopback(urlsplit(url).hostname or '') for url in plain):
        yield passed(f'{name} is on this machine' if plain else f'{name} is reached by https')
        return
    message = f'{name} is reached by plain http: anyone on the way can read the credential and change files.'
    yield warning(message, f'Use https for it, and remove `insecure` of `targets.{name}` in release.yaml.')


async def final(examination: Examination, name: str) -> AsyncIterator[Finding]:
    """What is published there stays as it is."""
    target = examination.project.spec.targets[name]
    try:
        yield _judged(await part(target).advice.rule(target, examination.net.http))
    except HttpFailure as failure:
        raise UnableError(f'{target.url} does not answer: {failure}.', _LOOK_LATER) from failure


def _judged(rule: Rule) -> Finding:
    match rule.replacing:
        case Replacing.NEVER:
            return passed(rule.message)
        case Replacing.SILENTLY:
            return error(rule.message, rule.hint)
        case Replacing.UNKNOWN:
            return unchecked(rule.message, rule.hint)


async def names(examination: Examination, name: str) -> AsyncIterator[Finding]:
    """The names of packages that were never released are free there, and can be made by this credential."""
    target = examination.project.spec.targets[name]
    new = _unreleased(examination, name)
    asked = new[:_NAMES]
    advice, http = part(target).advice, examination.net.http

    async def knows(package: Package) -> bool | None:
        try:
            return await advice.knows(target, http, package.name)
        except HttpFailure:
            return None

    said = await together(_AT_ONCE, [functools.partial(knows, package) for package in asked])
    known = {package.id: answer for package, answer in zip(asked, said, strict=True)}
    for package in (package for package in asked if known[package.id]):
        kind = next(kind for each in ECOSYSTEMS.values() for kind in each.kind.targets if kind.type == target.type)
        shown = page(kind, target.index, package.name, package.version or '')
        message = f'{name} has {package.name} already, though no tag here says that it was released.'
        hint = f'Look whose it is at {shown}. If it is yours, tag its last release; if not, choose another name.'
        yield warning(message, hint, package.id)
    told = False
    for package in (package for package in asked if known[package.id] is False and target.auth == 'trusted'):
        if first := advice.first(target, package.name):
            message = f'{name} has no {package.name} yet: trusted publishing has to be prepared for it.'
            told = True
            yield warning(message, first, package.id)
    hidden = [package for package in asked if known[package.id] is None]
    if hidden or len(new) > _NAMES:
        count = len(hidden) + len(new) - len(asked)
        yield unchecked(f'{name} was not asked, or did not say, whether it has {count} names.', 'Look there yourself.')
    elif not asked:
        yield passed(f'every package of {name} was released before')
    elif not any(known.values()) and not told:
        yield passed(f'{", ".join(package.name for package in asked[:_SHOWN])}: new to {name}')


def _packages(examination: Examination, target: str) -> list[Package]:
    return [each for each in examination.packages.packages if each.publish and target in each.targets]


def _unreleased(examination: Examination, target: str) -> Sequence[Package]:
    tagged = match(examination.project.spec, examination.packages, examination.opened.tags, examination.schemes)
    return [package for package in _packages(examination, target) if not tagged.get(package.id)]
