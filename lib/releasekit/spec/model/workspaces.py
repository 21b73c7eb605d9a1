# SPDX-License-Identifier: Apache-2.0
"""Workspaces: which packages there are, how their versions are counted, tagged and written down."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Literal

from releasekit.spec.model.fields import COMMAND, ENV, GLOBS, LABEL, doc

Pin = Literal['keep', 'minimum', 'compatible', 'exact']
Propagate = Literal['patch', 'range', 'none']
Scheme = Literal['semver', 'pep440', 'calver']
Versioning = Literal['independent', 'linked', 'fixed']


@dataclasses.dataclass(frozen=True, slots=True)
class PackageOverride:
    """Settings of the packages whose name matches the glob; None leaves a setting as it is."""

    publish: bool | None = doc(
        'Whether the package is uploaded; it is versioned and tagged either way.', None, examples=[False]
    )
    release: bool | None = doc('Whether the package takes part in releases at all.', None, examples=[False])
    targets: tuple[str, ...] | None = doc(
        'Targets that the package goes to.', None, examples=[['mirror']], uniqueItems=True
    )
    also: tuple[str, ...] | None = doc(
        'Path globs outside the folder, from the root of the repository, whose commits count for the package.',
        None,
        examples=[['proto/**']],
    )
    needs: tuple[str, ...] | None = doc(
        'Packages of other workspaces that become part of it when it is built, as `label:name`.',
        None,
        examples=[['web:ui']],
        uniqueItems=True,
    )


@dataclasses.dataclass(frozen=True, slots=True)
class Group:
    """Packages that are versioned together."""

    packages: tuple[str, ...] = doc(
        'Name globs of the members; `label:glob` names packages of another workspace. The workspace that has the group '
        'decides how its versions are counted, and each member spells them as its own scheme does.',
        examples=[['sdk-*'], ['core', 'web:sdk-*']],
        minItems=1,
        **GLOBS,
    )
    versioning: Versioning = doc(
        'fixed: one version, released together; linked: released members share the highest; independent.',
        'independent',
        examples=['fixed'],
    )


@dataclasses.dataclass(frozen=True, slots=True)
class VersionFile:
    """One more place that holds the version."""

    path: str = doc(
        'Path of the file, relative to the workspace root, or to the package with `{path}/…`.',
        examples=['docs/conf.py', '{path}/src/version.txt'],
        minLength=1,
    )
    pattern: str = doc(
        'Regular expression whose first group is the version; it must match exactly once.',
        examples=['release = "(.*)"'],
        minLength=1,
    )


@dataclasses.dataclass(frozen=True, slots=True)
class VersionRules:
    """How versions are counted."""

    scheme: Scheme | None = doc(
        'Version scheme; the default is the one of the ecosystem. calver: the date of the release is in the version.',
        None,
        examples=['semver'],
    )
    format: str | None = doc(
        'Format of calver versions, as https://calver.org has it; YYYY.MM.MICRO where left out. In a new period MINOR '
        'and MICRO begin at 0, in the same one they count up. Dates are those of the plan, in UTC; weeks are those of '
        'ISO 8601. Prereleases get their suffix with or without MODIFIER at the end. Cargo, npm and Go need three '
        'numbers that never begin with a zero.',
        None,
        examples=['YYYY.0M.MICRO', 'YY.MINOR.MICRO'],
        pattern=r'^(YYYY|[Y0]Y|MM|0M|WW|0W|DD|0D|MAJOR|MINOR|MICRO)+'
        r'(\.(YYYY|[Y0]Y|MM|0M|WW|0W|DD|0D|MAJOR|MINOR|MICRO)+)*([-.]?MODIFIER)?$',
        patternErrorMessage='a format of calver.org such as YYYY.MM.MICRO',
    )
    initial: str = doc(
        'Version of the first release where the manifest has none or 0.0.0; by calver it is that of the date.',
        '0.1.0',
        examples=['1.0.0'],
        pattern=r'^([0-9]+!)?[0-9]+(\.[0-9]+)*([-+.a-z][0-9A-Za-z.+-]*)?$',
        patternErrorMessage='a version such as 0.1.0',
    )
    major_on_zero: bool = doc(
        'Whether a breaking change of 0.x gives 1.0.0 rather than 0.(x+1).0.', False, examples=[True]
    )
    propagate: Propagate = doc(
        'What the bump of an internal dependency does to its dependents.', 'patch', examples=['range']
    )
    files: tuple[VersionFile, ...] = doc(
        'More places that hold the version.', (), examples=[[{'path': 'docs/conf.py', 'pattern': 'release = "(.*)"'}]]
    )


@dataclasses.dataclass(frozen=True, slots=True)
class BuildRules:
    """What the packages need before they build."""

    setup: tuple[tuple[str, ...], ...] = doc(
        'Commands that run once before the first build.', (), examples=[[['npm', 'ci']]], items=COMMAND
    )
    env: Mapping[str, str] = doc(
        'Environment variables of set-up and build commands.', factory=dict, examples=[{'CFLAGS': '-O2'}], **ENV
    )
    submodules: bool = doc('Whether submodules of git are there when packages build.', False, examples=[True])
    lfs: bool = doc('Whether files of Git LFS are there when packages build.', False, examples=[True])
    artifacts: str | None = doc(
        'Folder of files that other machines have built, to be published in place of our own.',
        None,
        examples=['dist'],
        minLength=1,
    )


@dataclasses.dataclass(frozen=True, slots=True)
class ChangelogRules:
    """The changelogs, and the notes of a release."""

    path: str = doc(
        'Path of the file, relative to what `per` names.', 'CHANGELOG.md', examples=['docs/changes.md'], minLength=1
    )
    per: Literal['package', 'workspace', 'repository'] = doc(
        'What has a changelog of its own: each package, the workspace, or the repository, which workspaces may share.',
        'package',
        examples=['workspace'],
    )
    style: Literal['keep-a-changelog', 'conventional'] = doc(
        'How the sections of a release are written, where no template says it.',
        'keep-a-changelog',
        examples=['conventional'],
    )
    template: str | None = doc(
        'What the section of a release is made from in place of the style: `impact`, which is built in, or the path of '
        'a Jinja template in the repository.',
        None,
        examples=['.release/changelog.md.j2', 'impact'],
        minLength=1,
    )
    sections: Mapping[str, tuple[str, ...]] | None = doc(
        "Titles of the sections and the commit types that each lists, in this order; the style's where left out.",
        None,
        examples=[{'Features': ['feat'], 'Fixes': ['fix', 'perf']}],
    )
    updates: Literal['collapsed', 'listed', 'none'] = doc(
        'How the commits that update dependencies are told, whose scope is `deps`: in one line or behind a fold, one '
        'by one, or not at all.',
        'collapsed',
        examples=['listed'],
    )
    authors: bool = doc('Whether the contributors are named.', False, examples=[True])
    bots: bool = doc('Whether bots are named among the contributors.', False, examples=[True])
    statistics: bool = doc(
        'Whether a line tells how many commits, files, contributors and days a release is made of.',
        False,
        examples=[True],
    )


@dataclasses.dataclass(frozen=True, slots=True)
class WorkspaceSpec:
    """One workspace: a folder whose packages one ecosystem's tool manages."""

    ecosystem: str = doc('Ecosystem of the packages.', examples=['python'])
    tool: str | None = doc(
        "The ecosystem's tool; the default is what its files say, else the ecosystem's first.", None, examples=['uv']
    )
    root: str = doc(
        "Folder that holds the ecosystem's own workspace file.", '.', examples=['services/web'], minLength=1
    )
    exclude: tuple[str, ...] = doc(
        'Path globs, relative to the root, of packages that are none of this workspace.', (), examples=[['samples/**']]
    )
    packages: Mapping[str, PackageOverride] = doc(
        'Overrides by name glob; all that match apply, in this order, later wins.',
        factory=dict,
        examples=[{'internal-*': {'publish': False}}],
    )
    groups: Mapping[str, Group] = doc(
        'Packages that are versioned together.',
        factory=dict,
        examples=[{'sdk': {'packages': ['sdk-*'], 'versioning': 'fixed'}}],
        propertyNames=LABEL,
    )
    version: VersionRules = doc(
        'How versions are counted.', factory=VersionRules, examples=[{'initial': '1.0.0', 'propagate': 'range'}]
    )
    pin: Pin | None = doc(
        "How released packages require internal ones; the default is the ecosystem's.", None, examples=['compatible']
    )
    build: BuildRules = doc(
        'What the packages need before they build.', factory=BuildRules, examples=[{'setup': [['npm', 'ci']]}]
    )
    tag: str = doc(
        'Format of the tags; the default of Go is {path}/v{version}.',
        '{name}-v{version}',
        examples=['{label}/{name}-v{version}'],
    )
    umbrella_tag: str | None = doc(
        'One tag for the whole workspace, where all its packages share one version; workspaces whose packages are all '
        'in one fixed group may have the same.',
        None,
        examples=['v{version}'],
    )
    changelog: ChangelogRules | Literal[False] = doc(
        'The changelogs, or false for none.', factory=ChangelogRules, examples=[{'path': 'CHANGES.md'}, False]
    )
    targets: tuple[str, ...] = doc(
        'Targets that the packages go to.', (), examples=[['pypi', 'mirror']], uniqueItems=True
    )
