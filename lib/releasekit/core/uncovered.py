# SPDX-License-Identifier: Apache-2.0
"""Which changed packages no new changeset names."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from releasekit.core.changesets import Changeset, placed
from releasekit.core.documents import Counts, Finding, Findings
from releasekit.core.history import Owners
from releasekit.core.package import Workspace
from releasekit.core.paths import join
from releasekit.spec.model import Spec

CHECK = 'changeset'


def examine(spec: Spec, workspace: Workspace, paths: Sequence[str], new: Iterable[Changeset], since: str) -> Findings:
    """A finding for each package with a path among the changed ones that no changeset of the change names.

    An empty changeset says of all of them that they need no release. A change with a release manifest is a release:
    it takes changesets away, and needs none.
    """
    folder = join(placed(spec.commits.changesets), '')
    owners = Owners(workspace.packages)
    first: dict[str, str] = {}
    for path in () if spec.manifest in paths else paths:
        for id_ in () if path.startswith(folder) else owners.of([path]):
            if workspace.by_id[id_].release:
                first.setdefault(id_, path)
    named = _named(new, first)
    missing = [id_ for id_ in sorted(first) if id_ not in named]
    counts = Counts(passed=len(first) - len(missing), failed=len(missing), warned=0, waived=0, not_checked=0)
    return Findings(tuple(_finding(id_, first[id_], since) for id_ in missing), counts)


def _named(new: Iterable[Changeset], everything: Collection[str]) -> frozenset[str]:
    found: set[str] = set()
    for changeset in new:
        found.update([entry.package for entry in changeset.entries] or everything)
    return frozenset(found)


def _finding(id_: str, path: str, since: str) -> Finding:
    return Finding(
        check=CHECK,
        severity='error',
        package=id_,
        message=f'Changed since {since}, and no changeset of this change names it.',
        hint=f'Run `releasekit changeset add --bump {id_}=minor`, with `none` or `--empty` where it needs no release.',
        path=path,
        line=None,
        fixable=False,
        waived=False,
    )
