# SPDX-License-Identifier: Apache-2.0
"""What a step is: a function from a frozen `Run` to actions or `Skip`. A step decides; it never performs."""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import importlib
import pkgutil
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Any, Protocol, TypeVar

from releasekit.core.actions import Action, EditFile, Push, RunCommand
from releasekit.core.diff import unified
from releasekit.core.forge import Forge
from releasekit.core.package import Package, Workspace
from releasekit.core.plan import Plan, PlannedPackage
from releasekit.core.version import VersionScheme, scheme, spelled
from releasekit.ecosystems import ECOSYSTEMS, KINDS, schemes
from releasekit.ecosystems.base import Ecosystem, Tree
from releasekit.errors import Code, fail
from releasekit.spec.kinds import Known
from releasekit.spec.model import Spec, WorkspaceSpec


@dataclasses.dataclass(frozen=True, slots=True)
class Skip:
    """Nothing to do, and why."""

    reason: str


@dataclasses.dataclass(frozen=True)
class Run:
    """What a step decides from: the spec, the packages, the plan so far, and the files as the plan leaves them.

    `paths` are all files of the base, `forge` is where the repository is hosted, if that is known.
    """

    spec: Spec
    workspace: Workspace
    plan: Plan
    files: Mapping[str, bytes]
    paths: Collection[str] = frozenset()
    forge: Forge | None = None

    def text(self, path: str) -> str | None:
        """A file as the plan so far leaves it, or None where there is none.

        Raises:
            ReleaseKitError: `RK-EDIT-FAILED` for a file that is not UTF-8.
        """
        if (data := self.files.get(path)) is None:
            return None
        try:
            return data.decode()
        except UnicodeDecodeError as error:
            raise fail(Code.EDIT_FAILED, f'{path} is not UTF-8.', f'Convert {path} to UTF-8 and commit it.') from error

    def members(self) -> Iterator[tuple[PlannedPackage, Package, WorkspaceSpec, Ecosystem]]:
        """The released packages with their facts, the spec of their workspace and their ecosystem."""
        for planned in self.plan.packages:
            package = self.workspace.by_id[planned.id]
            yield planned, package, self.spec.workspaces[planned.workspace], ECOSYSTEMS[planned.ecosystem]

    @functools.cached_property
    def versions(self) -> Mapping[str, str]:
        """The versions after the release, by id: of what is released, and of what has its version at the same place."""
        found = {package.id: package.next for package in self.plan.packages}
        held = {place: package for package in self.plan.packages for place in self.workspace.by_id[package.id].places}
        for package in self.workspace.packages if held else ():
            holder = next((held[place] for place in package.places if place in held), None)
            if holder is not None and package.id not in found:
                source, target = (self.scheme(label) for label in (holder.workspace, package.workspace))
                found[package.id] = spelled(holder.next, source, target)
        return found

    def scheme(self, label: str) -> VersionScheme:
        """The version scheme of a workspace."""
        return scheme(schemes(self.spec)[label])

    def tree(self, label: str) -> Tree:
        """The repository as the plan leaves it so far, for edits that belong to a workspace."""
        rules = self.spec.workspaces[label]
        kin = [package for package in self.workspace.packages if package.ecosystem == rules.ecosystem]
        return Tree(
            label=label,
            root=rules.root,
            lock=self.workspace.locks.get(label),
            packages=tuple(package for package in kin if package.workspace == label),
            versions=self.versions,
            paths=frozenset(self.paths) | self.files.keys(),
            files=self.files,
            late=(self.spec.manifest,),
            others=tuple(package for package in kin if package.workspace != label),
        )

    def labels(self) -> Iterator[tuple[str, Ecosystem]]:
        """The workspaces in which a package gets another version, sorted, with their ecosystems."""
        for label in sorted({self.workspace.by_id[id_].workspace for id_ in self.versions}):
            yield label, ECOSYSTEMS[self.spec.workspaces[label].ecosystem]

    def edit(self, path: str, after: str | None, why: str, package: str | None = None) -> EditFile | None:
        """The action that gives a file another text, or deletes it; None where it is so already."""
        before = self.text(path)
        if before == after:
            return None
        return EditFile(
            path=path,
            before='' if before is None else digest(before),
            after='' if after is None else digest(after),
            diff=unified(before, after, path),
            why=why,
            package=package,
        )

    @functools.cached_property
    def barrier(self) -> tuple[Action, ...]:
        """What an action waits for that is visible to the world: the push and the commands after it, or all before."""
        actions = self.plan.actions
        last = next((place for place in reversed(range(len(actions))) if isinstance(actions[place], Push)), None)
        if last is not None:
            return tuple(action for action in actions[last:] if isinstance(action, (Push, RunCommand)))
        needed = {key for action in actions for key in action.needs}
        return tuple(action for action in actions if action.key not in needed)


def digest(text: str) -> str:
    """SHA-256, in hex, of a text as UTF-8."""
    return hashlib.sha256(text.encode()).hexdigest()


class StepFunction(Protocol):
    """A step: the plan so far and the options, to actions."""

    __name__: str

    def __call__(self, run: Run, options: Any, /) -> Sequence[Action] | Skip:  # noqa: ANN401 - of the type that is registered
        """Decide."""
        ...


@dataclasses.dataclass(frozen=True, slots=True)
class StepType:
    """A registered step: its name in release.yaml, the dataclass of its options, its function."""

    name: str
    options: type[Any]
    function: StepFunction
    title: str


F = TypeVar('F', bound=StepFunction)
_STEPS: dict[str, StepType] = {}


@dataclasses.dataclass(frozen=True, slots=True)
class NoOptions:
    """A step that takes no options."""


def step(options: type[Any] = NoOptions) -> Callable[[F], F]:
    """Register a function as a step; its name is the function's, with hyphens, and its docstring the title."""

    def register(function: F) -> F:
        known = function.__name__.replace('_', '-')
        _STEPS[known] = StepType(known, options, function, (function.__doc__ or '').splitlines()[0])
        return function

    return register


@functools.cache
def steps() -> Mapping[str, StepType]:
    """All steps by name; the modules of this package are walked at the first call."""
    package = importlib.import_module('releasekit.steps')
    for module in pkgutil.iter_modules(package.__path__):
        importlib.import_module(f'{package.__name__}.{module.name}')
    return _STEPS


def vocabulary() -> Known:
    """What release.yaml may name of what is built in."""
    return Known(KINDS, frozenset(steps()), {name: kind.options for name, kind in steps().items()})
