# SPDX-License-Identifier: Apache-2.0
"""Templates write the sections of changelogs from the notes, and one of them ships."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from releasekit.core.entries import notes, part
from releasekit.core.forge import Forge
from releasekit.core.notes import Notes
from releasekit.core.plan import Base, BumpKind, Contributor, Inputs, Plan, PlannedPackage, Reason, ReasonKind, Span
from releasekit.core.templates import section
from releasekit.errors import Code, ReleaseKitError
from releasekit.spec.model import ChangelogRules
from releasekit.steps.noted import BUILT_IN, builtin

GITHUB = Forge('github', 'github.com', 'acme/mono')
WEB = 'https://github.com/acme/mono'
HASH = 'a' * 40
ANN = Contributor('Ann', 'ann-io', new=True, bot=False, commits=(HASH,), requests=('#9',))


def commit(type_: str, subject: str, scope: str | None = None, **more: Any) -> Reason:
    return dataclasses.replace(Reason(ReasonKind.COMMIT, HASH, type_, scope, subject), **more)


def released(*reasons: Reason, name: str = 'core', version: str = '1.4.0') -> PlannedPackage:
    return PlannedPackage(
        id=f'py:{name}',
        name=name,
        workspace='py',
        ecosystem='any',
        path=name,
        released='1.3.0',
        current='1.3.0',
        next=version,
        bump=BumpKind.MINOR,
        tag=f'{name}-v{version}',
        targets=(),
        reasons=reasons,
        span=Span(3, 4, 2, '2026-11-03', f'{name}-v1.3.0'),
        contributors=(ANN,),
    )


CORE = released(
    commit('feat', 'drop x | y', breaking='Use z.\nReally.'),
    commit('fix', 'close CVE-2026-12345 (#9)', references=('request #9',)),
    commit('fix', 'mend'),
    commit('perf', 'run'),
    commit('deprecate', 'old'),
    Reason(ReasonKind.DEPENDENCY, package='py:util', detail='2.0.0'),
    commit('chore', 'bump a', 'deps'),
    commit('chore', 'bump b', 'deps'),
)
UTIL = released(Reason(ReasonKind.INITIAL), name='util', version='2.0.0')


def told(*packages: PlannedPackage, rules: ChangelogRules, forge: Forge | None = None) -> Notes:
    plan = Plan('1', 'x', '2026-11-23', 0, Inputs(), Base('c', 'main'), packages, (), spans={'*': Span(5, 6, 3)})
    return notes([part(package, rules, forge, plan.date) for package in packages], 'mono', plan, forge)


def written(text: str, *packages: PlannedPackage, forge: Forge | None = None, **rules: Any) -> str:
    found = ChangelogRules(**rules)
    return section(text, 't.j2', told(*packages, rules=found, forge=forge), found, forge)


def test_the_template_that_ships_tells_the_impact_of_a_package() -> None:
    """A table, what is critical, what breaks with what to do, then each kind of change, and who did it."""
    commit_ = f'([aaaaaaa]({WEB}/commit/{HASH}))'
    assert written(builtin('impact'), CORE, forge=GITHUB) == (
        f'## [1.4.0]({WEB}/compare/core-v1.3.0...core-v1.4.0) - 2026-11-23\n\n'
        '| Package | Release | Bump | Breaking | Critical | Added | Fixed | Other |\n'
        '|---|---|---|---|---|---|---|---|\n'
        f'| core | 1.3.0 → [1.4.0]({WEB}/compare/core-v1.3.0...core-v1.4.0) | minor | 1 | 1 | 1 | 1 | 3 |\n\n'
        f'### Critical\n\n- close CVE-2026-12345 ([#9]({WEB}/pull/9)) {commit_}\n\n'
        f'### Breaking changes\n\n- Use z.\n  Really. {commit_}\n\n'
        f'### Added\n\n- drop x | y {commit_}\n\n'
        f'### Fixed\n\n- mend {commit_}\n\n'
        f'### Performance\n\n- run {commit_}\n\n'
        f'### Deprecated\n\n- old {commit_}\n\n'
        '### Dependencies\n\n- util 2.0.0\n\n<details>\n<summary>2 dependency updates</summary>\n\n'
        f'- **deps:** bump a {commit_}\n- **deps:** bump b {commit_}\n\n</details>\n\n'
        '### Contributors\n\n| Contributor | Requests | Commits | Changes |\n|---|---|---|---|\n'
        f'| [Ann](https://github.com/ann-io) (first contribution) | [#9]({WEB}/pull/9) | 1 | '
        'drop x \\| y; close CVE-2026-12345; mend |\n\n'
        '3 commits by 2 contributors in 20 days, touching 4 files.\n'
    )


def test_it_tells_several_packages_below_a_heading_each() -> None:
    """The table has them all."""
    text = written(builtin('impact'), CORE, UTIL, per='repository')
    assert text.startswith('## 2026-11-23\n\n| Package |')
    assert '| util | 1.3.0 → 2.0.0 | minor | 0 | 0 | 0 | 0 | 0 |\n\n### core 1.4.0\n\n#### Critical\n' in text
    assert '\n\n### util 2.0.0\n\n- First release.\n\n### Contributors\n' in text


@pytest.mark.parametrize('name', BUILT_IN)
def test_every_template_that_is_named_ships(name: str) -> None:
    """In the package itself."""
    assert written(builtin(name), UTIL).startswith('## [2.0.0] - 2026-11-23\n')


@pytest.mark.parametrize(
    ('text', 'expected'),
    [
        ('{{ heading }}', '## [1.4.0] - 2026-11-23\n'),
        (
            '{{ name }} {{ version }} {{ previous }} {{ tag }} {{ date }} {{ url is none }}',
            'mono 1.4.0 1.3.0 core-v1.4.0 2026-11-23 True\n',
        ),
        (
            '{% for s in sections %}{{ s.title }}:{{ s.entries|map(attribute="text")|join(",") }};{% endfor %}',
            'Added:drop x | y;Changed:run;Deprecated:old;Fixed:close CVE-2026-12345 (#9),mend;\n',
        ),
        ('{{ breaking[0]|migration }}', '- Use z.\n  Really. (aaaaaaa)\n'),
        ('{{ "*a* @b"|md }} {{ "a|b"|cell }} {{ "t"|link(none) }}{{ "t"|link("u") }}', '\\*a\\* `@b` a\\|b t[t](u)\n'),
        ('{{ entries[1].references[0].kind }} {{ entries[1].references[0].url is none }}', 'request True\n'),
        ('{{ contributors[0].name }}{{ contributors[0].new }} {{ statistics.days }}', 'AnnTrue 20\n'),
        ('{{ packages[0].bump }} {{ updates|length }} {{ dependencies[0].name }}', 'minor 2 util\n'),
        ('{{ statistics|sentence }}', '3 commits by 2 contributors in 20 days, touching 4 files.\n'),
        ('a\n\n\n\n\nb\n\n', 'a\n\nb\n'),
    ],
)
def test_a_template_gets_the_notes_as_data(text: str, expected: str) -> None:
    """As the schema of notes has them."""
    assert written(text, CORE) == expected


@pytest.mark.parametrize('text', ['{{ "x"|line }}', '{{ entries|line }}', '{{ {}|people }}', '{{ entries|md }}'])
def test_our_filters_take_what_they_are_for(text: str) -> None:
    """Everything else is an error of the template."""
    with pytest.raises(ReleaseKitError) as caught:
        written(text, CORE)
    assert caught.value.problems[0].code is Code.TEMPLATE_FAILED
