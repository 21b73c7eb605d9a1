# SPDX-License-Identifier: Apache-2.0
"""All questions, in the order in which they are shown; one more is a function and a row."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import AsyncIterator, Callable, Iterable, Iterator

from releasekit.run.doctor import credentials, findings, forge, git, machine, registries, runs, spec, tags, tools
from releasekit.run.doctor.examination import Examination
from releasekit.run.doctor.findings import Finding, UnableError

Look = Callable[[Examination], AsyncIterator[Finding]]
LookAt = Callable[[Examination, str], AsyncIterator[Finding]]


@dataclasses.dataclass(frozen=True, slots=True)
class Question:
    """What is asked: `title` is how it reads where nothing is wrong and the answer says no more."""

    id: str
    title: str
    look: Look


@dataclasses.dataclass(frozen=True, slots=True)
class Each:
    """A question that is asked of each of several things, whose name stands in the id."""

    id: str
    title: str
    look: LookAt
    of: Callable[[Examination], Iterable[str]]


TABLE: tuple[Question | Each, ...] = (
    Question('machine.program', 'releasekit runs', machine.program),
    Question('machine.ci', 'where it runs', machine.ci),
    Question('machine.space', 'there is room', machine.space),
    Question('machine.state', 'the records of runs can be written, and are not committed', machine.state),
    Question('machine.cache', 'the cache can be written', machine.cache),
    Question('tools.git', 'git is there', tools.git),
    Each('tools.{}', 'it runs', tools.tool, tools.needed),
    Question('tools.commands', 'checks and tasks run no programs', tools.commands),
    Question('tools.signing', 'what is to be signed can be', tools.signing),
    Question(findings.SPEC, 'release.yaml is right', spec.valid),
    Question('spec.committed', 'release.yaml is committed', spec.committed),
    Question(findings.PACKAGES, 'the packages can be read', spec.packages),
    Question('git.repository', 'there is a commit', git.repository),
    Question('git.shallow', 'all of history is here', git.shallow),
    Question('git.graph', 'git finds its commits quickly', git.graph),
    Question('git.head', 'a branch is checked out', git.head),
    Question('git.branch', 'it is the one that releases are made from', git.branch),
    Question('git.tree', 'nothing is uncommitted', git.tree),
    Question('git.identity', 'git knows who commits', git.identity),
    Question('git.hooks', 'no hook stands in the way', git.hooks),
    Question('git.line-ends', 'files have the line ends that are committed', git.translation),
    Question('git.remote', 'the remote is set', git.remote),
    Question('git.reachable', 'the remote answers', git.reachable),
    Question('git.upstream', 'the branch is where the remote has it', git.upstream),
    Question('git.push', 'the remote lets a push in', git.push),
    Question('forge.permissions', 'the forge allows it', forge.permissions),
    Question('tags.manifests', 'no manifest is below its tag', tags.manifests),
    Question('tags.duplicate', 'no version has two tags', tags.duplicates),
    Question('tags.orphaned', 'every tag belongs to a package', tags.orphans),
    Question('tags.remote', 'the remote has the same tags', tags.remote),
    Each('credentials.{}', 'it is there', credentials.credential, credentials.targets),
    Each('registries.{}.answers', 'it answers', registries.answers, credentials.targets),
    Each('registries.{}.secure', 'nobody reads along', registries.secure, credentials.targets),
    Each('registries.{}.final', 'what is published stays', registries.final, credentials.targets),
    Each('registries.{}.names', 'new names are free', registries.names, credentials.targets),
    Question('runs.unfinished', 'every release that was begun is finished', runs.unfinished),
    Question('runs.tags', 'the last release has its tags on the remote', runs.tags),
    Question('runs.journals', 'the journals can be read', runs.journals),
    Question('runs.lock', 'nobody holds the lock', runs.lock),
    Question('runs.leftovers', 'no run has left folders behind', runs.folders),
)


def questions(examination: Examination) -> Iterator[Question]:
    """The questions to ask here; one of several things that are not known stands as one that cannot be asked."""
    for row in TABLE:
        if isinstance(row, Question):
            yield row
            continue
        try:
            names = tuple(row.of(examination))
        except UnableError as unable:
            yield Question(row.id.partition('.{}')[0], row.title, functools.partial(_refuse, unable))
            continue
        for name in names:
            yield Question(row.id.format(name), row.title, functools.partial(_of, row.look, name))


async def _refuse(unable: UnableError, _: Examination) -> AsyncIterator[Finding]:
    yield findings.unchecked(str(unable), unable.hint)


def _of(look: LookAt, name: str, examination: Examination) -> AsyncIterator[Finding]:
    return look(examination, name)
