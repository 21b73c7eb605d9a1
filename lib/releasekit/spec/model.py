# SPDX-License-Identifier: Apache-2.0
"""What the user wrote in release.yaml, with every default filled in: frozen, and the only place of a default.

Field names are the keys of release.yaml. `schema/release.schema.json` is generated from here: a field's
`doc(...)` is its description in the schema and in the reference.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any, Literal
from urllib.parse import urlsplit

Pin = Literal['keep', 'minimum', 'compatible', 'exact']
Propagate = Literal['patch', 'range', 'none']
Scheme = Literal['semver', 'pep440']
Versioning = Literal['independent', 'linked', 'fixed']
Per = Literal['repository', 'workspace', 'package']
Bump = Literal['major', 'minor', 'patch']


def doc(text: str, default: Any = dataclasses.MISSING, **more: Any) -> Any:  # noqa: ANN401 - stands for a field
    """A dataclass field with its description; `factory` for a fresh default, other words go into the schema.

    `schema.json_schema` says what the words `shorthand` and `rest` mean. `patternErrorMessage` is what editors
    and our own diagnostics say in place of the pattern.
    """
    factory = more.pop('factory', dataclasses.MISSING)
    metadata = {'doc': text, 'schema': more}
    if factory is not dataclasses.MISSING:
        return dataclasses.field(default_factory=factory, metadata=metadata)
    return dataclasses.field(default=default, metadata=metadata)


_WORD: Mapping[str, Any] = {'type': 'string', 'minLength': 1}
# A command is a list, or a string that is split as a shell would.
_COMMAND: Mapping[str, Any] = {'type': ['array', 'string'], 'items': _WORD, 'minItems': 1, 'minLength': 1}
_TIMEOUT: Mapping[str, Any] = {
    'type': ['number', 'string', 'null'],
    'exclusiveMinimum': 0,
    'maximum': 604800,
    'pattern': '^[1-9][0-9]{0,5}[smh]?$',
    'patternErrorMessage': 'a duration such as 600, 600s, 10m or 1h',
}
_LABEL: Mapping[str, Any] = {
    'pattern': '^[a-z][a-z0-9-]*$',
    'patternErrorMessage': 'a name of lower-case letters, digits and hyphens that begins with a letter',
}
_NO_OPTION: Mapping[str, Any] = {
    'pattern': r'^[^-\s]\S*$',
    'patternErrorMessage': 'a name without spaces that does not begin with a hyphen',
}
_ENV_NAME = '^[A-Za-z_][A-Za-z0-9_]*$'
_ENV: Mapping[str, Any] = {
    'propertyNames': {'pattern': _ENV_NAME, 'patternErrorMessage': 'the name of an environment variable'}
}
_HASH: Mapping[str, Any] = {
    'pattern': '^([0-9a-f]{40}|[0-9a-f]{64})$',
    'patternErrorMessage': 'the full hash of a commit',
}


@dataclasses.dataclass(frozen=True, slots=True)
class Project:
    """Where the repository lives."""

    vcs: Literal['git'] = doc('Version control system.', 'git')
    remote: str = doc('Name of the remote that releases are pushed to.', 'origin', **_NO_OPTION)
    branch: str | None = doc('Branch that releases are made from; detected where left out.', None, **_NO_OPTION)


@dataclasses.dataclass(frozen=True, slots=True)
class PackageOverride:
    """Settings of the packages whose name matches the glob; None leaves a setting as it is."""

    publish: bool | None = doc('Whether the package is uploaded; it is versioned and tagged either way.', None)
    release: bool | None = doc('Whether the package takes part in releases at all.', None)
    targets: tuple[str, ...] | None = doc('Targets that the package goes to.', None, uniqueItems=True)
    also: tuple[str, ...] | None = doc('Path globs outside the folder whose commits count for the package.', None)
    needs: tuple[str, ...] | None = doc(
        'Packages of other workspaces that become part of it when it is built, as `label:name`.', None, uniqueItems=True
    )


@dataclasses.dataclass(frozen=True, slots=True)
class Group:
    """Packages that are versioned together."""

    packages: tuple[str, ...] = doc('Name globs of the members.')
    versioning: Versioning = doc(
        'fixed: one version, released together; linked: released members share the highest; independent.', 'independent'
    )


@dataclasses.dataclass(frozen=True, slots=True)
class VersionFile:
    """One more place that holds the version."""

    path: str = doc('Path of the file, relative to the workspace root, or to the package with `{path}/…`.', minLength=1)
    pattern: str = doc('Regular expression whose first group is the version; it must match exactly once.')


@dataclasses.dataclass(frozen=True, slots=True)
class VersionRules:
    """How versions are counted."""

    scheme: Scheme | None = doc('Version scheme; the default is the one of the ecosystem.', None)
    initial: str = doc(
        'Version of the first release where the manifest has none or 0.0.0.',
        '0.1.0',
        pattern=r'^([0-9]+!)?[0-9]+(\.[0-9]+)*([-+.a-z][0-9A-Za-z.+-]*)?$',
        patternErrorMessage='a version such as 0.1.0',
    )
    major_on_zero: bool = doc('Whether a breaking change of 0.x gives 1.0.0 rather than 0.(x+1).0.', False)
    propagate: Propagate = doc('What the bump of an internal dependency does to its dependents.', 'patch')
    files: tuple[VersionFile, ...] = doc('More places that hold the version.', ())


@dataclasses.dataclass(frozen=True, slots=True)
class BuildRules:
    """What the packages need before they build."""

    setup: tuple[tuple[str, ...], ...] = doc('Commands that run once before the first build.', (), items=_COMMAND)
    env: Mapping[str, str] = doc('Environment variables of set-up and build commands.', factory=dict, **_ENV)


DEFAULT_SECTIONS: Mapping[str, tuple[str, ...]] = {
    'Added': ('feat',),
    'Changed': ('perf', 'refactor'),
    'Fixed': ('fix', 'revert'),
}


@dataclasses.dataclass(frozen=True, slots=True)
class ChangelogRules:
    """The changelog of each package."""

    path: str = doc('Path of the file, relative to the package.', 'CHANGELOG.md', minLength=1)
    sections: Mapping[str, tuple[str, ...]] = doc(
        'Titles of the sections and the commit types that each lists, in this order.',
        factory=lambda: dict(DEFAULT_SECTIONS),
    )


@dataclasses.dataclass(frozen=True, slots=True)
class WorkspaceSpec:
    """One workspace: a folder whose packages one ecosystem's tool manages."""

    ecosystem: str = doc('Ecosystem of the packages.')
    tool: str | None = doc("The ecosystem's tool; the default is what its files say, else the ecosystem's first.", None)
    root: str = doc("Folder that holds the ecosystem's own workspace file.", '.', minLength=1)
    exclude: tuple[str, ...] = doc('Path globs, relative to the root, of packages that are none of this workspace.', ())
    packages: Mapping[str, PackageOverride] = doc(
        'Overrides by name glob; all that match apply, in this order, later wins.', factory=dict
    )
    groups: Mapping[str, Group] = doc('Packages that are versioned together.', factory=dict, propertyNames=_LABEL)
    version: VersionRules = doc('How versions are counted.', factory=VersionRules)
    pin: Pin | None = doc("How released packages require internal ones; the default is the ecosystem's.", None)
    build: BuildRules = doc('What the packages need before they build.', factory=BuildRules)
    tag: str = doc('Format of the tags; the default of Go is {path}/v{version}.', '{name}-v{version}')
    umbrella_tag: str | None = doc('One tag for the whole workspace, where all its packages share one version.', None)
    changelog: ChangelogRules | Literal[False] = doc('The changelogs, or false for none.', factory=ChangelogRules)
    targets: tuple[str, ...] = doc('Targets that the packages go to.', (), uniqueItems=True)


DEFAULT_TYPES: Mapping[str, Bump] = {'feat': 'minor', 'fix': 'patch', 'perf': 'patch', 'revert': 'patch'}


@dataclasses.dataclass(frozen=True, slots=True)
class Commits:
    """How commits are read."""

    convention: Literal['conventional'] = doc('Convention of the messages.', 'conventional')
    types: Mapping[str, Bump] = doc(
        'Level of each commit type; a type that is not named bumps nothing.', factory=lambda: dict(DEFAULT_TYPES)
    )
    since: str | None = doc('A commit to start from, for adoption in mid-stream.', None, **_NO_OPTION)
    first_parent: bool = doc('Whether only the first parent of a merge is followed.', False)
    overrides: Mapping[str, str] = doc(
        'Messages for commits that cannot be rewritten, by full hash.', factory=dict, propertyNames=_HASH
    )


@dataclasses.dataclass(frozen=True, slots=True)
class EnvValue:
    """A value that is read from the environment when it is needed."""

    env: str = doc(
        'Name of the environment variable.', pattern=_ENV_NAME, patternErrorMessage='a name such as PYPI_TOKEN'
    )


@dataclasses.dataclass(frozen=True, slots=True)
class TokenAuth:
    """Authentication by a token."""

    token: EnvValue = doc('The token.')


@dataclasses.dataclass(frozen=True, slots=True)
class PasswordAuth:
    """Authentication by a name and a password."""

    username: EnvValue = doc('The user name.')
    password: EnvValue = doc('The password.')


Auth = Literal['trusted', 'none'] | TokenAuth | PasswordAuth


@dataclasses.dataclass(frozen=True, slots=True)
class Target:
    """A registry that packages go to."""

    type: str = doc('Kind of registry.')
    url: str = doc('Where files are uploaded; the default is the public registry of the type.', '', format='uri')
    index: str = doc('Where they are read back; the default is the public registry of the type.', '', format='uri')
    auth: Auth = doc('trusted (OIDC), none, a token or a name and password.', 'trusted')
    insecure: bool = doc('Whether plain http is allowed to a host that is not this machine.', False)
    provenance: bool = doc('npm: whether the npm CLI publishes, with a signed statement of provenance.', False)
    staged: bool = doc('npm: whether publications wait on the registry until a person approves them.', False)


@dataclasses.dataclass(frozen=True, slots=True)
class Check:
    """A command that must succeed before anything is released."""

    name: str = doc(
        'Name of the check.',
        pattern='^[a-z][a-z0-9.-]*$',
        patternErrorMessage='a name of lower-case letters, digits, dots and hyphens that begins with a letter',
    )
    run: tuple[str, ...] = doc('The command: a list, or a string that is split as a shell would.', **_COMMAND)
    severity: Literal['error', 'warning', 'off'] = doc('What a failure means.', 'error')
    packages: tuple[str, ...] = doc('Name globs of the packages that the check is for.', ('*',))
    per: Per = doc('Whether it runs once, once a workspace or once a package.', 'repository')
    env: Mapping[str, str] = doc('Environment variables of the command.', factory=dict, **_ENV)
    timeout: float | None = doc(
        'Seconds, or a duration such as 10m, after which the check has failed.', None, **_TIMEOUT
    )


@dataclasses.dataclass(frozen=True, slots=True)
class UseStep:
    """A built-in step with its options."""

    use: str = doc('Name of the step.', shorthand=True)
    options: Mapping[str, Any] = doc('Its options: the other keys.', factory=dict, rest=True)


@dataclasses.dataclass(frozen=True, slots=True)
class RunStep:
    """A command."""

    run: tuple[str, ...] = doc('The command: a list, or a string that is split as a shell would.', **_COMMAND)
    per: Per = doc('Whether it runs once, once a workspace or once a package.', 'repository')
    env: Mapping[str, str] = doc('Environment variables of the command.', factory=dict, **_ENV)
    timeout: float | None = doc(
        'Seconds, or a duration such as 10m, after which the command has failed.', None, **_TIMEOUT
    )
    unless: tuple[str, ...] | None = doc(
        'A command that succeeds where the work is already done.',
        None,
        **{**_COMMAND, 'type': ['array', 'string', 'null']},
    )


@dataclasses.dataclass(frozen=True, slots=True)
class TaskStep:
    """Another task, in place."""

    task: str = doc('Name of the task.')


Step = UseStep | RunStep | TaskStep


@dataclasses.dataclass(frozen=True, slots=True)
class Task:
    """A task: a list of steps."""

    steps: tuple[Step, ...] = doc('What it does, in this order.')
    help: str = doc('One line for `--list`.', '')
    matrix: Mapping[str, tuple[str, ...]] = doc(
        'Names and values; the steps run once for each combination.',
        factory=dict,
        propertyNames={
            'pattern': '^[a-z][a-z0-9_]*$',
            'patternErrorMessage': 'a word of lower-case letters, digits and underscores',
        },
    )


@dataclasses.dataclass(frozen=True, slots=True)
class GitRules:
    """What is written into history."""

    commit_message: str = doc('Message of the release commit.', 'chore(release): {summary}')
    tag_message: str = doc('Message of each tag.', '{name} {version}')
    author: str | None = doc(
        'Author of the commit, `Name <address>`; the default is the identity of git.',
        None,
        pattern=r'^[^<>\r\n]+ <[^<>\s]+>$',
        patternErrorMessage='an author such as `Ann Smith <ann@example.org>`',
    )
    sign: Literal[False, 'commits', 'tags', 'both'] = doc('What is signed, by the configuration of git.', False)


@dataclasses.dataclass(frozen=True, slots=True)
class Engine:
    """How actions are carried out."""

    type: Literal['local'] = doc('Where they run.', 'local')
    concurrency: int = doc('How many run at a time.', 8, minimum=1, maximum=256)
    retries: int = doc('How often a passing failure of a registry is tried again.', 3, minimum=0, maximum=100)
    backoff: float = doc('Seconds before the first of these, doubled each time.', 1.0, minimum=0, maximum=600)
    patience: float = doc('Seconds to wait until a registry shows what was uploaded.', 60.0, minimum=0, maximum=3600)
    timeout: float = doc('Seconds that one request to a registry may take.', 60.0, minimum=0.1, maximum=3600)


@dataclasses.dataclass(frozen=True, slots=True)
class Spec:
    """The whole of release.yaml."""

    version: Literal[1] = doc('Version of this format.')
    workspaces: Mapping[str, WorkspaceSpec] = doc(
        'The workspaces, by a label of your choice.', minProperties=1, propertyNames=_LABEL
    )
    project: Project = doc('Where the repository lives.', factory=Project)
    mode: Literal['direct'] = doc('direct: `release` does it all.', 'direct')
    commits: Commits = doc('How commits are read.', factory=Commits)
    targets: Mapping[str, Target] = doc('The registries that packages go to.', factory=dict, propertyNames=_LABEL)
    checks: tuple[Check, ...] = doc('What must hold before anything is released.', ())
    tasks: Mapping[str, Task] = doc(
        'Tasks by name; one of a built-in name replaces it.', factory=dict, propertyNames=_LABEL
    )
    hooks: Mapping[str, tuple[str, ...]] = doc('Names of tasks, by `before-STEP` and `after-STEP`.', factory=dict)
    git: GitRules = doc('What is written into history.', factory=GitRules)
    manifest: str = doc('Path of the release manifest in the release commit.', 'release-manifest.json', minLength=1)
    engine: Engine = doc('How actions are carried out.', factory=Engine)

    @property
    def plain_hosts(self) -> tuple[str, ...]:
        """The hosts that plain http is allowed to, because a target says so."""
        urls = [url for target in self.targets.values() if target.insecure for url in (target.url, target.index)]
        return tuple(sorted({host for url in urls if (host := urlsplit(url).hostname) is not None}))
