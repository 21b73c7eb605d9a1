# SPDX-License-Identifier: Apache-2.0
"""The beginning: where release.yaml belongs, what it says, the proof that it plans, and only then the file."""

from __future__ import annotations

import dataclasses
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path

from releasekit.backends.files import create_atomic
from releasekit.backends.shell import LocalShell
from releasekit.core.plan import Inputs
from releasekit.errors import Code, Place, Problem, ReleaseKitError, fail
from releasekit.run import backtest as replays
from releasekit.run import planning
from releasekit.run.backtest import Replayed
from releasekit.run.project import SPEC_NAME, open_project
from releasekit.run.survey.decide import decide
from releasekit.run.survey.draft import Draft
from releasekit.run.survey.look import look
from releasekit.run.survey.seen import Seen
from releasekit.vcs import open_inspector


@dataclasses.dataclass(frozen=True)
class Begun:
    """A repository without a spec: `path` is where the file belongs, `shown` how it is called."""

    root: Path
    path: Path
    shown: str
    environment: Mapping[str, str] = dataclasses.field(repr=False)
    seen: Seen = dataclasses.field(repr=False)


@dataclasses.dataclass(frozen=True, slots=True)
class Proven:
    """A text that was loaded and planned: how many packages it would release, of how many, and the warnings."""

    text: str
    released: int
    packages: int
    warnings: tuple[Problem, ...]


async def begin(start: Path, spec: Path | None, environment: Mapping[str, str]) -> Begun:
    """Look at the repository that holds a folder.

    Raises:
        ReleaseKitError: `RK-SPEC-EXISTS` where the file is there already, `RK-GIT-NONE`, `RK-PACKAGES-NONE`, or what is
            wrong with a manifest.
    """
    shell = LocalShell(environment)
    root = await open_inspector(shell, start).root()
    named = spec or environment.get('RELEASEKIT_SPEC')
    path = _free(start / named if named else root / SPEC_NAME)
    shown = path.relative_to(root).as_posix() if root in path.parents else path.name
    return Begun(root, path, shown, environment, await look(root, shell))


def draft(begun: Begun, answers: Mapping[str, str]) -> Draft:
    """What release.yaml says, with these answers."""
    return decide(begun.seen, answers)


async def prove(begun: Begun, written: str) -> Proven:
    """Load and plan the text as `plan` will, without writing it into the repository.

    Raises:
        ReleaseKitError: It does not plan; the repository itself has a problem, such as history that is cut off.
    """
    with tempfile.TemporaryDirectory(prefix='releasekit-') as folder:
        path = Path(folder, begun.path.name)
        create_atomic(path, written.encode())
        try:
            project = await open_project(begun.root, path, begun.environment)
            planned = await planning.plan_task(project, Inputs())
        except ReleaseKitError as error:
            problems = [_renamed(problem, path, begun.shown) for problem in error.problems]
            raise ReleaseKitError(*problems, exit=error.exit) from error
        count = sum(package.release for package in planned.workspace.packages)
        warnings = tuple(_renamed(each, path, begun.shown) for each in (*project.warnings, *planned.warnings))
    return Proven(written, len(planned.plan.packages), count, warnings)


async def backtest(begun: Begun, proven: Proven) -> Replayed:
    """Hold the releases of the past against the text, whether or not it is in the repository."""
    with tempfile.TemporaryDirectory(prefix='releasekit-') as folder:
        path = Path(folder, begun.path.name)
        create_atomic(path, proven.text.encode())
        return await replays.replay_releases(await open_project(begun.root, path, begun.environment), (), None)


def write(begun: Begun, proven: Proven) -> None:
    """Write the file; one that has appeared in the meantime stays.

    Raises:
        ReleaseKitError: `RK-SPEC-EXISTS` or `RK-DISK-FAILED`.
    """
    try:
        create_atomic(begun.path, proven.text.encode())
    except FileExistsError as error:
        raise exists(begun.path) from error


def exists(path: Path) -> ReleaseKitError:
    """The error of a file that is there already."""
    message = f'{path.name} is there already, and nothing overwrites it.'
    hint = 'Edit it, or give `--spec other.yaml` to see what would be written now.'
    return fail(Code.SPEC_EXISTS, message, hint, Place(path.name))


def _free(path: Path) -> Path:
    """The path with nothing at it, not even a link that leads nowhere."""
    if os.path.lexists(path):
        raise exists(path)
    return path


def _renamed(problem: Problem, path: Path, shown: str) -> Problem:
    """A problem whose place is the file that was to be written."""
    place = problem.place
    if place is None or place.path != str(path):
        return problem
    return dataclasses.replace(problem, place=dataclasses.replace(place, path=shown))
