# SPDX-License-Identifier: Apache-2.0
"""Whatever is asked for in whatever order, versions only grow, and a stable one tells all that its candidates had."""

from __future__ import annotations

import dataclasses

from hypothesis import given
from hypothesis import strategies as st

from releasekit.core.commits import RawCommit, parse
from releasekit.core.decide import decide
from releasekit.core.history import History, Released
from releasekit.core.package import Package, Workspace
from releasekit.core.plan import Inputs, PlannedPackage, ReasonKind
from releasekit.core.version import scheme
from releasekit.errors import Code, ReleaseKitError
from releasekit.spec.model import Spec, WorkspaceSpec

SPEC = Spec(version=1, workspaces={'py': WorkspaceSpec(ecosystem='python')})
ASKED = (Inputs(), Inputs(promote=True), *(Inputs(prerelease=name) for name in ('alpha', 'beta', 'rc')))
ROUNDS = st.lists(
    st.tuples(st.lists(st.sampled_from(['feat', 'fix', 'docs', 'feat!']), max_size=2), st.sampled_from(ASKED)),
    max_size=12,
)


@dataclasses.dataclass
class Line:
    """One package on its way: what was released of it, and the subjects of its commits since, newest first."""

    grammar: str
    newest: str = '1.0.0'
    stable: str = '1.0.0'
    since: tuple[str, ...] = ()
    recent: tuple[str, ...] = ()

    def release(self, inputs: Inputs) -> PlannedPackage | None:
        """What is decided; it is released then."""
        commits, recent = (
            tuple(parse(RawCommit(text, (), 'A', text, ()), {}) for text in texts)
            for texts in (self.since, self.recent)
        )
        package = Package('py:a', 'a', 'py', 'any', 'a', 'm', self.newest)
        newest, stable = (Released(version, version, 'c', 'c') for version in (self.newest, self.stable))
        past = History({'py': self.grammar}, {'py:a': newest}, {'py:a': stable}, {'py:a': commits}, {'py:a': recent})
        found = decide(SPEC, Workspace((package,)), past, inputs, lambda *_: True).packages
        if not found:
            return None
        self.newest, self.recent = found[0].next, ()
        if not scheme(self.grammar).is_prerelease(self.newest):
            self.stable, self.since = self.newest, ()
        return found[0]

    def attempt(self, inputs: Inputs) -> PlannedPackage | None:
        """The same, or nothing where it is refused since it would go back behind a candidate."""
        try:
            return self.release(inputs)
        except ReleaseKitError as error:
            if error.code is not Code.VERSION_INVALID or self.newest == self.stable:
                raise
            return None


@given(st.sampled_from(['pep440', 'semver']), ROUNDS)
def test_every_release_is_above_the_last_and_candidates_are_counted_one_by_one(
    grammar: str, rounds: list[tuple[list[str], Inputs]]
) -> None:
    """What would go back is refused; what is stable holds every change since the last stable version."""
    rules, line, count = scheme(grammar), Line(grammar), 0
    for kinds, inputs in rounds:
        for kind in kinds:
            count += 1
            line.since, line.recent = (f'{kind}: {count}', *line.since), (f'{kind}: {count}', *line.recent)
        before, since = line.newest, line.since
        if (found := line.attempt(inputs)) is None:
            continue
        was, now = rules.parse(before), rules.parse(found.next)
        assert now.key > was.key
        assert (now.channel is None) == (inputs.prerelease is None)
        if now.channel == was.channel and now.parts == was.parts:
            assert now.number == was.number + 1
        elif now.channel is not None:
            assert now.number == 1
        if inputs.promote:
            assert found.next == rules.stable_part(before)
        if now.channel is None:
            told = {reason.subject for reason in found.reasons if reason.kind is ReasonKind.COMMIT}
            assert told == {text.partition(': ')[2] for text in since if not text.startswith('docs')}
