# SPDX-License-Identifier: Apache-2.0
"""Tag every released package."""

from __future__ import annotations

from collections.abc import Sequence

from releasekit.core.actions import Action, Commit, CreateTag
from releasekit.core.tags import refused, words
from releasekit.errors import Code, Problem, ReleaseKitError, fail
from releasekit.spec.interpolate import fill
from releasekit.steps.base import NoOptions, Run, Skip, step


@step()
def tag(run: Run, _: NoOptions) -> Sequence[Action] | Skip:
    """Tag every released package, and every workspace that has a tag of its own."""
    if not run.plan.packages:
        return Skip('nothing to release')
    if not any(isinstance(action, Commit) for action in run.plan.actions):
        _refuse_unbumped(run)
    sign = run.spec.git.sign in {'tags', 'both'}
    message = run.spec.git.tag_message
    tags: list[Action] = [
        CreateTag(tag=planned.tag, message=fill(message, words(planned)), package=planned.id, sign=sign)
        for planned in run.plan.packages
    ]
    umbrellas: dict[str, list[str]] = {}
    for label, name in sorted(run.plan.umbrella_tags.items()):
        # Workspaces of one fixed group may have one tag.
        umbrellas.setdefault(name, []).append(label)
    _refuse_names(run)
    return tags + [
        CreateTag(tag=name, message=f'{" and ".join(labels)} {name}', sign=sign) for name, labels in umbrellas.items()
    ]


def _refuse_names(run: Run) -> None:
    """Refuse tags that git would, before anything is touched."""
    named = [(planned.id, planned.workspace, 'tag', planned.tag) for planned in run.plan.packages]
    named += [(label, label, 'umbrella_tag', name) for label, name in run.plan.umbrella_tags.items()]
    problems = []
    for owner, label, key, name in named:
        if (why := refused(name)) is not None:
            message = f'git takes no tag of the name {name!r}, which {owner} would get: {why}.'
            problems.append(Problem(Code.SPEC_INVALID, message, f'Change `workspaces.{label}.{key}` in release.yaml.'))
    if problems:
        raise ReleaseKitError(problems[0], *problems[1:])


def _refuse_unbumped(run: Run) -> None:
    """Refuse to tag a commit whose files hold other versions than the tags would say."""
    behind = [package for package in run.plan.packages if package.current not in {None, package.next}]
    if behind:
        told = ', '.join(f'{package.name} {package.current}, not {package.next}' for package in behind)
        message = f'The commit holds other versions than its tags would say: {told}.'
        raise fail(Code.VERSION_INVALID, message, 'Run `bump` and commit, then tag; or let `release` do it all.')
