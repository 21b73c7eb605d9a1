# SPDX-License-Identifier: Apache-2.0
"""Make the release commit, with the release manifest in it."""

from __future__ import annotations

from collections.abc import Sequence

from releasekit.core import manifest
from releasekit.core.actions import Action, Commit, EditFile, RunCommand, WriteManifest
from releasekit.core.tags import words
from releasekit.errors import Code, fail
from releasekit.spec.interpolate import fill
from releasekit.steps.base import NoOptions, Run, Skip, step


@step()
def commit(run: Run, _: NoOptions) -> Sequence[Action] | Skip:
    """Write the release manifest and commit everything that was changed."""
    if not run.plan.packages:
        return Skip('nothing to release')
    _refuse_foreign(run)
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


def _refuse_foreign(run: Run) -> None:
    """Fail where the release manifest would replace a file that is not ours."""
    path = run.spec.manifest
    found = run.files.get(path)
    if found is not None and manifest.origin(found.decode('utf-8', 'replace')) is None:
        message = f'{path} is there and is no release manifest: the release commit would overwrite it.'
        raise fail(Code.SPEC_INVALID, message, 'Set `manifest:` in release.yaml to another path, or remove that file.')


def _shared(run: Run) -> dict[str, str]:
    """The words of tags: a value that packages do not share is a list of all of them."""
    each = [words(package) for package in run.plan.packages]
    return {word: ', '.join(dict.fromkeys(known[word] for known in each)) for word in each[0]}
