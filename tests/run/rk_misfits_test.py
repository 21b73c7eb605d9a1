# SPDX-License-Identifier: Apache-2.0
"""What of release.yaml does not fit the packages that are there is said with its line, all of it at once."""

from __future__ import annotations

import anyio
import pytest

from releasekit.ecosystems import KINDS
from releasekit.errors import Code, Problem, ReleaseKitError, Severity, render
from releasekit.run.discover import Discovered, discover_in
from releasekit.spec.kinds import Known
from releasekit.spec.load import load
from releasekit.testing.files import MemoryFiles

ROOT = '[project]\nname = "root"\nversion = "1.0.0"\n\n[tool.uv.workspace]\nmembers = ["packages/*"]\n'


def manifest(name: str) -> str:
    return f'[project]\nname = "{name}"\nversion = "1.0.0"\n'


FILES = {
    'pyproject.toml': ROOT,
    'packages/core/pyproject.toml': manifest('core'),
    'packages/sdk-http/pyproject.toml': manifest('sdk-http'),
    'packages/sdk-grpc/pyproject.toml': manifest('sdk-grpc'),
    'tools/pyproject.toml': manifest('tools'),
    'web/package.json': '{"name": "ui", "version": "1.0.0"}',
    'svc/go.mod': 'module example.org/svc\n\ngo 1.22\n',
    'svc/api/go.mod': 'module example.org/svc/api\n\ngo 1.22\n',
    'proto/core.proto': '',
}


def discovered(text: str) -> Discovered:
    """The packages of FILES by a release.yaml."""
    loaded = load(text, 'release.yaml', Known(KINDS))
    files = MemoryFiles({path: content.encode() for path, content in FILES.items()})
    return anyio.run(discover_in, loaded.spec, files, lambda: loaded.places)


def said(problems: tuple[Problem, ...]) -> list[tuple[Code, str, str]]:
    return [(problem.code, str(problem.place), problem.message) for problem in problems]


def test_names_and_globs_of_nothing_are_warnings() -> None:
    """Each at the glob itself, with the nearest name; a glob that fits something is none."""
    found = discovered(
        """\
version: 1
workspaces:
  py:
    ecosystem: python
    exclude: ["samples/**", tools]
    packages:
      croe: {publish: false}
      sdk-*: {also: ["proto/**", "protos/*.proto"]}
    groups:
      sdk: {packages: ["sdk-*", sdk-rest], versioning: fixed}
  gone: {ecosystem: js, root: web, exclude: ['**', .], tag: "{label}-{version}"}
checks:
  - {name: tests, run: [pytest], per: package, packages: [core, "cli-*"]}
"""
    )
    assert said(found.warnings) == [
        (Code.SPEC_UNUSED, 'release.yaml:7:7', 'No package of py is called `croe`.'),
        (Code.SPEC_UNUSED, 'release.yaml:10:33', 'No package of py is called `sdk-rest`.'),
        (Code.SPEC_UNUSED, 'release.yaml:8:34', 'No file of the repository fits `protos/*.proto`.'),
        (Code.SPEC_UNUSED, 'release.yaml:5:15', 'Nothing in py fits `samples/**`.'),
        (Code.SPEC_UNUSED, 'release.yaml:11:3', 'Workspace gone has no packages.'),
        (Code.SPEC_UNUSED, 'release.yaml:13:65', 'No package is called `cli-*`.'),
    ]
    assert all(warning.severity is Severity.WARNING for warning in found.warnings)
    assert render(found.warnings[0]).splitlines()[4].endswith('^^^^ did you mean `core`?')


@pytest.mark.parametrize(
    ('workspaces', 'expected'),
    [
        (
            (
                '  py: {ecosystem: python, packages: {core: {needs: ["web:ui", "web:iu"]}}}\n'
                '  web: {ecosystem: js, root: web, tag: "web-{version}"}\n'
            ),
            [(Code.SPEC_NAME, 'release.yaml:3:63', 'There is no package `web:iu`.')],
        ),
        (
            '  web: {ecosystem: js, root: web, version: {scheme: pep440}}\n',
            [
                (
                    Code.SPEC_INVALID,
                    'release.yaml:3:53',
                    'Versions of the scheme pep440 are none of js, the ecosystem of web.',
                )
            ],
        ),
        (
            (
                '  web: {ecosystem: js, root: web, version: {scheme: calver, format: YYYY.0M}}\n'
                '  py: {ecosystem: python, tag: "py-{name}-{version}", version: {scheme: calver, format: 0M.YYYY}}\n'
                '  svc: {ecosystem: go, root: svc, version: {scheme: calver, format: YY.0W.MICRO}}\n'
            ),
            [
                (Code.SPEC_INVALID, 'release.yaml:3:69', '`YYYY.0M` has 2 numbers, but a version of js has three.'),
                (
                    Code.SPEC_INVALID,
                    'release.yaml:3:69',
                    '`0M` of `YYYY.0M` may begin with a zero, as no number in a version of js does.',
                ),
                (
                    Code.SPEC_INVALID,
                    'release.yaml:4:89',
                    '`0M.YYYY` would not grow with time: a year comes first, then a month or week, then a day.',
                ),
                (
                    Code.SPEC_INVALID,
                    'release.yaml:5:69',
                    '`0W` of `YY.0W.MICRO` may begin with a zero, as no number in a version of go does.',
                ),
            ],
        ),
        (
            (
                '  web: {ecosystem: js, root: web, version: {initial: "1.0"}}\n'
                '  py: {ecosystem: python, tag: "py-{name}-{version}", version: {initial: "1.0-rc"}}\n'
            ),
            [
                (
                    Code.SPEC_INVALID,
                    'release.yaml:3:54',
                    '`initial` is `1.0`, which is no version of the scheme semver.',
                ),
            ],
        ),
        (
            (
                '  py:\n    ecosystem: python\n    umbrella_tag: "v{version}"\n'
                '    groups: {sdk: {packages: ["sdk-*"]}, http: {packages: ["*-http"]}}\n'
            ),
            [
                (Code.SPEC_INVALID, 'release.yaml:6:60', 'py:sdk-http is in the groups sdk and http.'),
            ],
        ),
        (
            '  py:\n    ecosystem: python\n    umbrella_tag: "v{version}"\n',
            [
                (
                    Code.SPEC_INVALID,
                    'release.yaml:5:19',
                    'The packages of py do not share one version, so that one tag cannot name it.',
                ),
            ],
        ),
        (
            '  py: {ecosystem: python}\n  tools: {ecosystem: python, root: tools, tag: "core-v{version}"}\n',
            [
                (
                    Code.TAG_AMBIGUOUS,
                    'release.yaml:4:48',
                    'tools:tools 7.8.9 would have the tag `core-v7.8.9`, and so would py:core.',
                )
            ],
        ),
        (
            (
                '  py:\n    ecosystem: python\n    tag: "py-{name}-{version}"\n    umbrella_tag: "v{version}"\n'
                '    groups: {all: {packages: ["sdk-*", "web:*"], versioning: fixed}}\n'
                '  web:\n    ecosystem: js\n    root: web\n    umbrella_tag: "v{version}"\n'
            ),
            [
                (
                    Code.SPEC_INVALID,
                    'release.yaml:6:19',
                    'The packages of py do not share one version, so that one tag cannot name it.',
                ),
                (
                    Code.TAG_AMBIGUOUS,
                    'release.yaml:11:19',
                    'The workspaces py and web would have the same tag, `v7.8.9`, for different versions.',
                ),
            ],
        ),
        (
            (
                '  py:\n    ecosystem: python\n    tag: "py-{name}-{version}"\n'
                '    groups: {all: {packages: ["sdk-*", "web:u*"], versioning: fixed}}\n'
                '  web: {ecosystem: js, root: web, groups: {site: {packages: ["*i", "py:core"]}}}\n'
            ),
            [
                (Code.SPEC_INVALID, 'release.yaml:7:62', 'web:ui is in the groups all and site.'),
            ],
        ),
        (
            '  py: {ecosystem: python, tag: "v{version}"}\n',
            [
                (
                    Code.TAG_AMBIGUOUS,
                    'release.yaml:3:32',
                    'py:root 7.8.9 would have the tag `v7.8.9`, and so would py:core.',
                )
            ],
        ),
        (
            '  all: {ecosystem: go, root: svc}\n  api: {ecosystem: go, root: svc/api, tag: "{label}/v{version}"}\n',
            [
                (
                    Code.WORKSPACE_INVALID,
                    'release.yaml:4:30',
                    'all:example.org/svc/api and api:example.org/svc/api are the same folder, svc/api.',
                )
            ],
        ),
    ],
)
def test_what_cannot_be_is_an_error_with_its_place(workspaces: str, expected: list[tuple[Code, str, str]]) -> None:
    """Nothing of it needs a second run to be seen."""
    with pytest.raises(ReleaseKitError) as caught:
        discovered(f'version: 1\nworkspaces:\n{workspaces}')
    assert said(caught.value.problems) == expected
    assert all(problem.hint for problem in caught.value.problems)


def test_workspaces_of_one_fixed_group_may_have_one_tag() -> None:
    """It names the version that all of them have; a name that another workspace lacks is said."""
    found = discovered(
        'version: 1\nworkspaces:\n'
        '  py:\n    ecosystem: python\n    tag: "py-{name}-{version}"\n    umbrella_tag: "v{version}"\n'
        '    groups: {all: {packages: ["*", "web:*", "web:uii"], versioning: fixed}}\n'
        '  web:\n    ecosystem: js\n    root: web\n    umbrella_tag: "v{version}"\n'
    )
    assert said(found.warnings) == [(Code.SPEC_UNUSED, 'release.yaml:7:45', 'No package of web is called `uii`.')]
    assert render(found.warnings[0]).splitlines()[4].endswith('did you mean `ui`?')


def test_a_spec_that_fits_is_read_once() -> None:
    """Its places are only asked for where there is something to say."""
    loaded = load('version: 1\nworkspaces: {py: {ecosystem: python}}\n', 'release.yaml', Known(KINDS))
    files = MemoryFiles({path: content.encode() for path, content in FILES.items()})
    asked: list[int] = []

    def places() -> None:
        asked.append(1)

    assert anyio.run(discover_in, loaded.spec, files, places).warnings == ()
    assert asked == []


@pytest.mark.parametrize(
    ('branches', 'complaints'),
    [
        ('next: {prerelease: rc}\n  beta: {prerelease: beta}\n  main: {channel: latest}', ()),
        (
            'next: {prerelease: next}',
            (('release.yaml:6:22', '`prerelease` is `next`, but versions of py are of the scheme pep440.'),),
        ),
    ],
)
def test_a_branch_makes_prereleases_that_every_workspace_can_have(
    branches: str, complaints: tuple[tuple[str, str], ...]
) -> None:
    """Words that only one scheme knows are said where they stand, on whatever branch one is."""
    spaces = 'web: {ecosystem: js, root: web}', 'py: {ecosystem: python, tag: "py-{name}-{version}"}'
    head, tail = 'version: 1\nworkspaces:\n  ', f'\nbranches:\n  {branches}\n'
    assert discovered(head + spaces[0] + tail).warnings == ()
    if not complaints:
        assert discovered(head + '\n  '.join(spaces) + tail).workspace.packages
        return
    with pytest.raises(ReleaseKitError) as caught:
        discovered(head + '\n  '.join(spaces) + tail)
    assert tuple((str(problem.place), problem.message) for problem in caught.value.problems) == complaints
    assert caught.value.problems[0].hint == 'Choose a, b, rc or dev.'
