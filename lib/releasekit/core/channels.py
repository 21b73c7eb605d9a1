# SPDX-License-Identifier: Apache-2.0
"""Channels: what the branch that is released from decides, and what it does not allow."""

from __future__ import annotations

import dataclasses
import fnmatch
from collections.abc import Mapping

from releasekit.core import snapshots
from releasekit.core.decide import Decision
from releasekit.core.history import History
from releasekit.core.levels import Level
from releasekit.core.plan import Inputs, PlannedPackage, Reason, ReasonKind
from releasekit.core.version import scheme
from releasekit.core.why import told
from releasekit.errors import Code, Problem, ReleaseKitError, fail
from releasekit.spec.model import Branch, Bump, Spec

# The channel of those who ask for none.
USUAL = 'latest'
# How many commits an error names.
_NAMED = 5


def rule(branches: Mapping[str, Branch], branch: str) -> tuple[str, Branch] | None:
    """What `branches` says of a branch, and where: under its own name, else under the first glob that fits it."""
    if branch in branches:
        return branch, branches[branch]
    return next(((glob, found) for glob, found in branches.items() if fnmatch.fnmatchcase(branch, glob)), None)


def effective(spec: Spec, branch: str, inputs: Inputs) -> Inputs:
    """The inputs with the prerelease that a branch makes where none was asked for."""
    found = rule(spec.branches, branch)
    if inputs.snapshot is not None:
        return dataclasses.replace(inputs, prerelease=None)
    if inputs.prerelease is not None or inputs.promote or found is None:
        return inputs
    return dataclasses.replace(inputs, prerelease=found[1].prerelease)


def channel(spec: Spec, branch: str, inputs: Inputs) -> str | None:
    """The channel that a release goes to; None for the usual one, which only stable versions go to.

    The channel of a branch that makes prereleases is for them: others go to a channel of their own name.
    """
    if inputs.snapshot is not None:
        return snapshots.CHANNEL
    found = rule(spec.branches, branch)
    own = None if found is None or found[1].channel == USUAL else found[1].channel
    for_prereleases = found is not None and found[1].prerelease is not None
    if (prerelease := effective(spec, branch, inputs).prerelease) is not None:
        return own if own and for_prereleases else prerelease
    return None if for_prereleases else own


def refuse(spec: Spec, branch: str, decision: Decision, history: History) -> None:
    """Refuse what a branch does not allow; a first release is allowed everywhere.

    Raises:
        ReleaseKitError: `RK-BRANCH-LEVEL`, for each package with the commits that ask for too much, or
            `RK-BRANCH-OTHER` where `branches` names others only.
    """
    if not spec.branches:
        return
    if (found := rule(spec.branches, branch)) is None:
        message = f'`branches` does not name {branch}: releases are made from {", ".join(spec.branches)}.'
        raise fail(Code.BRANCH_OTHER, message, f'Check one of them out, or add {branch} to `branches`.')
    name, rules = found
    problems = []
    for package in decision.packages:
        level = _level(package, history)
        if level is None or level in rules.allow:
            continue
        jump = f'from {history.stable[package.id].version} to {package.next}, which is {level}'
        message = f'{branch} allows {" and ".join(rules.allow)} only, but {package.id} would go {jump}'
        message = f'{message}: {_why(spec, package, rules)}.'
        hint = f'Take that back here and release it from another branch, or add {level} to `branches.{name}.allow`.'
        problems.append(Problem(Code.BRANCH_LEVEL, message, hint))
    if problems:
        raise ReleaseKitError(problems[0], *problems[1:])


def _level(package: PlannedPackage, history: History) -> str | None:
    """How far the stable version of a release is from the last stable one; None where nothing can be said of that."""
    if (stable := history.stable.get(package.id)) is None:
        return None
    rules = scheme(history.schemes[package.workspace])
    kind = rules.bump_kind(stable.version, rules.stable_part(package.next))
    return str(kind) if kind.name in Level.__members__ and kind.name != Level.NONE.name else None


def _why(spec: Spec, package: PlannedPackage, rules: Branch) -> str:
    """The commits that ask for more than is allowed, else whatever else asks for the release."""
    guilty = [reason for reason in package.reasons if _asks_for(reason, spec.commits.types) not in {None, *rules.allow}]
    lines = [told(reason) for reason in guilty or package.reasons]
    more = f' and {len(lines) - _NAMED} more' if len(lines) > _NAMED else ''
    return '; '.join(lines[:_NAMED]) + more


def _asks_for(reason: Reason, types: Mapping[str, Bump]) -> Bump | None:
    if reason.kind is not ReasonKind.COMMIT:
        return None
    return 'major' if reason.breaking is not None else types.get(reason.type or '')
