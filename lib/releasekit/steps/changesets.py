# SPDX-License-Identifier: Apache-2.0
"""Take the changesets away whose changes are released."""

from __future__ import annotations

from collections.abc import Sequence

from releasekit.core import asked
from releasekit.core.actions import Action
from releasekit.core.changesets import Changeset, counted, read, within, without
from releasekit.steps.base import NoOptions, Run, Skip, step
from releasekit.steps.texts import Texts


@step()
def changesets(run: Run, _: NoOptions) -> Sequence[Action] | Skip:
    """Delete the changesets that are released, or take the released packages out of them.

    A prerelease keeps them, so that the changelog of the stable version gathers them.
    """
    if not counted(run.spec.commits.convention):
        return Skip('levels come from commits alone')
    if not run.plan.packages:
        return Skip('nothing to release')
    paths = within(run.spec.commits.changesets, run.paths)
    texts = Texts(run)
    gone = _gone(run)
    for changeset in read({path: run.files[path] for path in paths if path in run.files}, run.workspace):
        _consume(texts, changeset, gone, whole=not (run.plan.inputs.only or run.plan.inputs.promote))
    return texts.edits() or Skip('no changeset is released')


def _gone(run: Run) -> frozenset[str]:
    """The ids of the packages whose changesets are done with: all that take part, but those of prereleases."""
    candidates = {each.id for each in run.plan.packages if run.scheme(each.workspace).is_prerelease(each.next)}
    released = {planned.id for planned in run.plan.packages}
    # What gets no release of its own in a prerelease waits for the stable version, in a promotion for its own turn.
    taking_part = (
        released if candidates or run.plan.inputs.promote else asked.selected(run.plan.inputs, run.workspace) | released
    )
    return frozenset(taking_part - candidates)


def _consume(texts: Texts, changeset: Changeset, gone: frozenset[str], *, whole: bool) -> None:
    """Take the entries of some packages out of a changeset; one that is left with none is deleted.

    One of no package goes with the next release of the whole repository.
    """
    left = [entry.package for entry in changeset.entries if entry.package not in gone]
    done = {entry.line for entry in changeset.entries} - {
        entry.line for entry in changeset.entries if entry.package in left
    }
    if left and done:
        why = f'still waits for {", ".join(left)}'
        texts.write(changeset.path, without(texts.read(changeset.path), done), why)
    elif not left and (done or (whole and gone)):
        texts.remove(changeset.path, 'released')
