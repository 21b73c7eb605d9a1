# SPDX-License-Identifier: Apache-2.0
"""`if` of tasks and steps: a closed set of conditions, held against facts; what does not hold says so."""

from __future__ import annotations

import dataclasses
import fnmatch
from collections.abc import Iterable, Mapping

from releasekit.spec.model import Condition

# What a value of `CI` that says no looks like.
_NO = frozenset({'', '0', 'false', 'no'})
# Where CI checks a commit out and no branch: who started it, by the documentation of each.
# https://docs.github.com/actions/reference/workflows-and-actions/variables
# https://docs.gitlab.com/ci/variables/predefined_variables/
_BRANCHES = ('GITHUB_HEAD_REF', 'GITHUB_REF_NAME', 'CI_COMMIT_REF_NAME')


@dataclasses.dataclass(frozen=True, slots=True)
class Facts:
    """What conditions are held against.

    `changed` are names and ids of packages, `since` says since when they have changed. A `branch` or `ci` of None
    is not known.
    """

    mode: str
    branch: str | None = None
    ci: bool | None = None
    changed: frozenset[str] = frozenset()
    since: str = 'the last release'


def unmet(conditions: Iterable[Condition], facts: Facts) -> str | None:
    """Why something does not run, or None where all conditions hold."""
    return next((why for condition in conditions if (why := _unmet(condition, facts)) is not None), None)


def _unmet(condition: Condition, facts: Facts) -> str | None:
    if condition.mode is not None and condition.mode != facts.mode:
        return f'the mode is {facts.mode}, not {condition.mode}'
    if condition.ci is not None and condition.ci != bool(facts.ci):
        return 'it only runs in CI' if condition.ci else 'it does not run in CI'
    if condition.branch is not None and not _fits(condition.branch, (facts.branch or '',)):
        return f'the branch is {facts.branch or "not known"}, not {" or ".join(condition.branch)}'
    if condition.changed is not None and not _fits(condition.changed, facts.changed):
        return f'nothing of {", ".join(condition.changed)} has changed since {facts.since}'
    return None


def _fits(globs: Iterable[str], names: Iterable[str]) -> bool:
    names = tuple(names)
    return any(fnmatch.fnmatchcase(name, glob) for glob in globs for name in names)


def in_ci(environment: Mapping[str, str]) -> bool:
    """Whether `CI` says yes."""
    return environment.get('CI', '').lower() not in _NO


def branch(checked_out: str | None, environment: Mapping[str, str]) -> str | None:
    """The branch that is checked out; on a detached HEAD the one that CI says it works for."""
    return checked_out or next((environment[name] for name in _BRANCHES if environment.get(name)), None)
