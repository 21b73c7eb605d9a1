# SPDX-License-Identifier: Apache-2.0
"""Make the release commit, with the release manifest in it."""

from __future__ import annotations

from collections.abc import Sequence

from releasekit.core.actions import Action, Commit, EditFile, RunCommand, WriteManifest
from releasekit.core.tags import words
from releasekit.spec.interpolate import fill
from releasekit.steps.base import NoOptions, Run, Skip, step


@step()
def commit(run: Run, _: NoOptions) -> Sequence[Action] | Skip:
    """Write the release manifest and commit everything that was changed."""
    if not run.plan.packages:
        return Skip('nothing to release')
    edited = [action.path for action in run.plan.actions if isinstance(action, EditFile)]
    ran = any(isinstance(action, RunCommand) and action.purpose in {'step', 'hook'} for action in run.plan.actions)
    released = [f'{package.name} {package.next}' for package in run.plan.packages]
    texts = {
        **_shared(run),
        'summary': released[0] if len(released) == 1 else f'{len(released)} packages',
        'packages': ', '.join(released),
        'date': run.plan.date,
    }
    if len(released) > 1 and '{packages}' not in run.spec.git.commit_message:
        body = '\n\n' + '\n'.join(f'- {line}' for line in released)
    else:
        body = ''
    return [
        WriteManifest(path=run.spec.manifest),
        Commit(
            message=fill(run.spec.git.commit_message, texts) + body + '\n',
            paths=(*sorted(edited), run.spec.manifest),
            author=run.spec.git.author,
            sign=run.spec.git.sign in {'commits', 'both'},
            tracked=ran,
        ),
    ]


def _shared(run: Run) -> dict[str, str]:
    """The words of tags: a value that packages do not share is a list of all of them."""
    each = [words(package) for package in run.plan.packages]
    return {word: ', '.join(dict.fromkeys(known[word] for known in each)) for word in each[0]}
