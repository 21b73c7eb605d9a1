# SPDX-License-Identifier: Apache-2.0
"""Write a section for every released package into its changelog."""

from __future__ import annotations

from collections.abc import Sequence

from releasekit.core.actions import Action
from releasekit.core.changelog import insert, section
from releasekit.core.package import VersionPlace
from releasekit.core.paths import join
from releasekit.steps.base import NoOptions, Run, Skip, step
from releasekit.steps.texts import Texts


@step()
def changelog(run: Run, _: NoOptions) -> Sequence[Action] | Skip:
    """Add a section to the changelog of every released package.

    Packages may share a file. Those that share the place of their version too, as a crate and the wheel that is made
    of it do, have one section, in the first one's spelling.
    """
    texts = Texts(run)
    told: set[tuple[str, VersionPlace]] = set()
    for planned, package, rules, _ecosystem in run.members():
        if rules.changelog is False:
            continue
        path = join(package.path, rules.changelog.path)
        places = {(path, place) for place in package.places}
        if told.isdisjoint(places):
            text = texts.find(path)
            changed = insert(text, section(planned, rules.changelog, run.plan.date), planned.next)
            texts.write(path, changed, f'{planned.name} {planned.next}', planned.id)
        told |= places
    return texts.edits() or Skip('every changelog has its section already')
