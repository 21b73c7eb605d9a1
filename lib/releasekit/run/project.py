# SPDX-License-Identifier: Apache-2.0
"""A project: the repository, its spec and the real outside world, opened once for a task."""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import hashlib
import inspect
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from releasekit import codec, lazy, log
from releasekit import spec as spec_package
from releasekit.backends.cache import Cache
from releasekit.backends.kept import KeptFile
from releasekit.backends.regular import read_regular
from releasekit.backends.shell import LocalShell
from releasekit.core.plan import Inputs
from releasekit.errors import Code, Place, Problem, ReleaseKitError, fail
from releasekit.ports import Command, History, Remote, Repository, Shell, Writer
from releasekit.ports.keeping import Keep
from releasekit.run.source import Source
from releasekit.spec import encoding
from releasekit.spec.model import PasswordAuth, Spec, TokenAuth
from releasekit.spec.overrides import Given, Override, again
from releasekit.spec.places import Places
from releasekit.steps.base import vocabulary
from releasekit.vcs import open_repository
from releasekit.vcs.git.command import PASSES as GIT_PASSES

if TYPE_CHECKING:
    from releasekit.spec import load as reader
else:
    # A spec that was read before is kept, so that its reader is seldom needed.
    reader = lazy.module('releasekit.spec.load')

SPEC_NAME = 'release.yaml'
# The folder of histories below that of all caches; its number changes with what git is asked to tell.
_HISTORIES = 'histories-1'
_ASK = ('git', 'rev-parse', '--path-format=absolute')


@dataclasses.dataclass(frozen=True)
class Project:
    """A repository with a spec. `spec_file` is the spec's path in the repository, None where it lies elsewhere.

    `shared` is our folder among git's own files: all worktrees have it in common, and nobody can commit what is in it.
    `environment` is what was handed in: nothing here reads the process's own. `overrides` are the settings that flags
    and variables put over those of the spec.
    """

    root: Path
    shared: Path
    spec: Spec
    digest: str
    spec_path: Path
    spec_file: str | None
    environment: Mapping[str, str] = dataclasses.field(repr=False)
    shell: Shell = dataclasses.field(repr=False)
    repository: Repository = dataclasses.field(repr=False)
    history: History = dataclasses.field(repr=False)
    writer: Writer = dataclasses.field(repr=False)
    remote: Remote = dataclasses.field(repr=False)
    warnings: tuple[Problem, ...] = ()
    overrides: tuple[Override, ...] = ()
    source: Source | None = None

    def places(self) -> Places | None:
        """Where the keys and values of the spec stand, None where its text is not known; reads it again."""
        return None if self.source is None else self.source.places()

    @property
    def state(self) -> Path:
        """The folder of runs; it ignores itself."""
        return self.root / '.releasekit'

    @property
    def lock(self) -> Path:
        """The lock that keeps two runs apart, in whichever worktrees of the repository they are."""
        return self.shared / 'lock'

    @property
    def own_spec(self) -> str | None:
        """What tells the runs of this spec from those of another: its path, None for the release.yaml at the root."""
        if self.spec_file is None:
            return f'../{self.spec_path.name}'
        return None if self.spec_file == SPEC_NAME else self.spec_file


def load_spec(path: Path) -> Spec:
    """Read and check a release.yaml.

    Raises:
        ReleaseKitError: `RK-SPEC-MISSING`, or every violation that the file has.
    """
    return reader.load(encoding.decode(_read(path), str(path)), str(path), vocabulary()).spec


async def open_project(
    start: Path, spec: Path | None, environment: Mapping[str, str], overrides: tuple[Override, ...] = ()
) -> Project:
    """Open the project that holds a folder; `spec` is a path to use rather than the root's release.yaml.

    A setting comes from `overrides`, else from a variable `RELEASEKIT_…` of the environment, else from the spec.

    Raises:
        ReleaseKitError: There is no repository, or its spec is missing or wrong.
    """
    shell = LocalShell(environment)
    root, common = await _places(start, shell)
    path = _spec_path(start, spec, environment, root)
    shown = _below(path, root) or str(path)
    source = Source(_read(path), shown)
    loaded = _load(source, environment, Given(overrides, environment))
    _keep_secret(loaded.spec, environment)
    _keep_remotes_secret(common, environment)
    tools = open_repository(loaded.spec.project.vcs, shell, root, _keeper(environment, common))
    return Project(
        root=root,
        shared=common / 'releasekit',
        spec=loaded.spec,
        digest=loaded.digest,
        spec_path=path,
        spec_file=_below(path, root),
        environment=environment,
        shell=shell,
        repository=tools.repository,
        history=tools.history,
        writer=tools.writer,
        remote=tools.remote,
        warnings=loaded.warnings,
        overrides=loaded.overrides,
        source=source,
    )


async def _places(start: Path, shell: Shell) -> tuple[Path, Path]:
    """The root of the repository that holds a folder, and the folder of git's own that its worktrees share.

    Raises:
        ReleaseKitError: `RK-GIT-NONE`.
    """
    found = await shell.run(Command((*_ASK, '--show-toplevel', '--git-common-dir'), cwd=start, passes=GIT_PASSES))
    if 'dubious ownership' in found.complaint:
        raise fail(Code.GIT_FAILED, found.complaint, 'Add the folder to `safe.directory`, as git says.')
    if found.status != 0:
        raise fail(Code.GIT_NONE, f'{start} is in no git repository.', 'Run it inside a repository, or run `git init`.')
    root, _, common = found.text.rpartition('\n')
    return Path(root), Path(common)


def _keeper(environment: Mapping[str, str], common: Path) -> Keep | None:
    """Where what was read of history is kept for the next plan, by the folder of the repository.

    A shallow clone tells its last commits otherwise than a whole one does: of it nothing is kept.
    """
    if (common / 'shallow').exists():
        return None
    place = hashlib.sha256(os.fsencode(common)).hexdigest()[:32]
    return lambda name: KeptFile(environment, _HISTORIES, f'{place}-{name}')


async def at_commit(project: Project, commit: str, inputs: Inputs | None = None) -> Project:
    """The project with the spec that a commit has, where the spec lies in the repository.

    `inputs` are those of a plan that was made there: its settings hold, not those that are in force now.
    """
    given = Given(project.overrides) if inputs is None else again(project.overrides, inputs.config)
    if project.spec_file is None:
        return _with(project, Source(_read(project.spec_path), str(project.spec_path)), given)
    files = await project.repository.files(commit).read([project.spec_file])
    if project.spec_file not in files:
        message = f'Commit {commit[:12]} has no {project.spec_file}.'
        raise fail(Code.SPEC_MISSING, message, f'Commit {project.spec_file}, then release.')
    return _with(project, Source(files[project.spec_file], f'{commit[:12]}:{project.spec_file}'), given)


def _with(project: Project, source: Source, given: Given) -> Project:
    loaded = _load(source, project.environment, given)
    _keep_secret(loaded.spec, project.environment)
    return dataclasses.replace(
        project,
        spec=loaded.spec,
        digest=loaded.digest,
        warnings=loaded.warnings,
        overrides=loaded.overrides,
        source=source,
    )


@dataclasses.dataclass(frozen=True, slots=True)
class _Loaded:
    spec: Spec
    digest: str
    warnings: tuple[Problem, ...] = ()
    overrides: tuple[Override, ...] = ()


def _load(source: Source, environment: Mapping[str, str], given: Given) -> _Loaded:
    """Read a spec; one that is faultless is kept by the digest of all that it depends on."""
    known = vocabulary()
    cache = Cache(environment, 'specs-3')
    options = sorted(f'{name}{inspect.signature(cls)}' for name, cls in known.options.items())
    beside = [codec.encode(given.overrides), given.variables]
    parts = [repr(known.kinds), options, _reader(), hashlib.sha256(source.content).hexdigest(), beside]
    key = hashlib.sha256(codec.canonical(parts)).hexdigest()
    if (kept := cache.get(key)) is not None:
        with contextlib.suppress(ValueError, ReleaseKitError):
            return codec.decode(json.loads(kept), _Loaded)
    text = encoding.decode(source.content, source.shown)
    loaded = reader.load(text, source.shown, known, given=given)
    found = _Loaded(loaded.spec, loaded.digest, loaded.warnings, loaded.overrides)
    if not loaded.warnings:
        # In the order of the file: of the overrides of packages the last that fits counts, of a matrix the order shows.
        cache.put(key, json.dumps(codec.encode(found)).encode())
    return found


def _keep_remotes_secret(common: Path, environment: Mapping[str, str]) -> None:
    """Tell the log which credentials git's configuration has in the addresses of remotes, or sends to them."""
    own = environment.get('GIT_CONFIG_GLOBAL') or f'{environment.get("HOME", "")}/.gitconfig'
    for path in (common / 'config', Path(own)):
        with contextlib.suppress(OSError):
            log.add_secrets(log.credentials_in(path.read_text('utf-8', 'replace')))


def _keep_secret(spec: Spec, environment: Mapping[str, str]) -> None:
    """Tell the log which variables hold credentials, whatever their names, so that none is shown or passed on."""
    log.add_secrets(value for name, value in environment.items() if log.looks_secret(name))
    for target in spec.targets.values():
        if isinstance(target.auth, TokenAuth):
            name = target.auth.token.env
            log.add_secrets([environment.get(name, '')], names=[name])
        elif isinstance(target.auth, PasswordAuth):
            user, word = target.auth.username.env, target.auth.password.env
            log.add_secrets([environment.get(word, '')], [environment.get(user, '')], [user, word])


@functools.cache
def _reader() -> str:
    """The digest of the code that reads a spec, by the times of its files."""
    folder = Path(spec_package.__path__[0])
    return ' '.join(f'{path.name}:{path.stat().st_mtime_ns}' for path in sorted(folder.rglob('*.py')))


def _spec_path(start: Path, spec: Path | None, environment: Mapping[str, str], root: Path) -> Path:
    if spec is not None:
        return _resolved(start / spec)
    if named := environment.get('RELEASEKIT_SPEC'):
        return _resolved(start / named)
    return root / SPEC_NAME


def _resolved(path: Path) -> Path:
    # Unlike `Path.resolve` on older Pythons, this leaves a link that leads to itself for the reading to complain about.
    return Path(os.path.realpath(path))


def _read(path: Path) -> bytes:
    try:
        return read_regular(path, encoding.MAX_BYTES)
    except OSError as error:
        message = f'{path.name} cannot be read in {path.parent}: {error.strerror}.'
        hint = 'Run `releasekit init` to have one written, or name one with `--spec`.'
        raise fail(Code.SPEC_MISSING, message, hint, Place(str(path))) from error


def _below(path: Path, root: Path) -> str | None:
    try:
        return path.relative_to(root.resolve()).as_posix()
    except ValueError:
        return path.relative_to(root).as_posix() if root in path.parents else None
