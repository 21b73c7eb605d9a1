# SPDX-License-Identifier: Apache-2.0
"""The built-in tasks as data: a list, a help or a completion reads this table and imports nothing of what they do."""

from __future__ import annotations

import dataclasses

from releasekit.tasks import flags

# What tasks that do something can print, and those that say what is wrong, for the pages of forges.
RUN = ('table', 'json', 'github', 'markdown')
REPORT = ('table', 'json', 'github', 'gitlab', 'sarif', 'markdown')


@dataclasses.dataclass(frozen=True, slots=True)
class Entry:
    """A task as the command line knows it.

    `module` of `releasekit.tasks.bodies` holds the function of the task's name; `arguments` are positional,
    `formats` what `--format` takes, the first of them by default, and `example` is a command line without
    the program's name. `optional`: `releasekit` takes '' for an argument that is left out.
    """

    name: str
    module: str
    flags: tuple[str, ...]
    text: str
    example: str
    arguments: tuple[str, ...] = ()
    formats: tuple[str, ...] = ('table', 'json', 'github')
    optional: bool = False


BUILTIN = (
    Entry('init', 'init', flags.TASK, 'Write the release.yaml that fits this repository.', 'init --dry-run'),
    Entry(
        'migrate',
        'init',
        ('from_', 'backtest', *flags.TASK),
        'Write the release.yaml that says what the settings of another release tool say.',
        'migrate --dry-run',
    ),
    Entry(
        'discover',
        'graph',
        ('since', *flags.SELECT, *flags.LOOK),
        'List the packages and how they need each other.',
        'discover --format json',
        formats=('table', 'json', 'csv', 'ascii', 'levels', 'mermaid', 'dot', 'd2', 'svg', 'github'),
    ),
    Entry(
        'graph',
        'graph',
        ('package', 'dependencies', 'dependents', 'since', *flags.SELECT, *flags.LOOK),
        'Draw how the packages need each other.',
        'graph --package core --format mermaid',
        formats=('ascii', 'table', 'levels', 'json', 'csv', 'mermaid', 'dot', 'd2', 'svg', 'github'),
    ),
    Entry(
        'plan',
        'look',
        flags.LOOK_AHEAD,
        'Say what would be released, why, and by which actions.',
        'plan --only "sdk-*"',
        formats=REPORT,
    ),
    Entry('version', 'look', flags.LOOK_AHEAD, 'Say which versions would be released.', 'version --prerelease rc'),
    Entry(
        'why', 'look', flags.LOOK_AHEAD, 'Say why PACKAGE is released, or why not.', 'why core', arguments=('package',)
    ),
    Entry(
        'should-release',
        'due',
        flags.DUE,
        'Say whether a release is due: exit status 0 for yes, 1 for no.',
        'should-release --format json',
        formats=('table', 'json', 'github', 'markdown'),
    ),
    Entry(
        'backtest',
        'backtest',
        ('only', 'last', *flags.LOOK),
        'Hold the releases of the past against the rules of release.yaml.',
        'backtest --last 20',
        formats=('table', 'json', 'github', 'markdown'),
    ),
    Entry(
        'notes',
        'look',
        flags.PLAN,
        'Print the notes of what would be released.',
        'notes --only core',
        formats=('text', 'markdown', 'json'),
    ),
    Entry('check', 'work', flags.CHECK, 'Run the checks of release.yaml.', 'check --only tests', formats=REPORT),
    Entry(
        'bump', 'work', flags.BUMP, 'Write the next versions into the files of your tree.', 'bump --minor', formats=RUN
    ),
    Entry(
        'pin',
        'work',
        flags.WORK,
        'Write what your packages require of each other into your tree.',
        'pin --dry-run',
        formats=RUN,
    ),
    Entry(
        'changelog',
        'work',
        flags.WORK,
        'Write the changelogs of what is to be released into your tree.',
        'changelog --dry-run',
        formats=RUN,
    ),
    Entry(
        'tag', 'work', flags.WORK, 'Tag the commit that holds the next versions already.', 'tag --dry-run', formats=RUN
    ),
    Entry('build', 'work', flags.WORK, 'Build what is to be released.', 'build --only core', formats=RUN),
    Entry(
        'publish',
        'work',
        ('target', *flags.TASK),
        'Go on with a release that is pushed: upload what is missing.',
        'publish --yes',
        formats=RUN,
    ),
    Entry(
        'release',
        'work',
        flags.RELEASE,
        'Release what has changed; the same again goes on where it ended.',
        'release --dry-run',
        formats=RUN,
    ),
    Entry(
        'promote',
        'work',
        flags.PROMOTE,
        'Make stable versions of what was released as prereleases.',
        'promote --dry-run',
        formats=RUN,
    ),
    Entry(
        'snapshot',
        'work',
        flags.SNAPSHOT,
        'Publish what this commit would release as snapshots; nothing is tagged or pushed.',
        'snapshot --pr 42',
        formats=RUN,
    ),
    Entry(
        'apply',
        'work',
        flags.APPLY,
        'Carry out the plan in the file PLAN, and only that.',
        'apply plan.json --yes',
        arguments=('plan',),
        formats=RUN,
    ),
    Entry('status', 'look', flags.LOOK, 'Say how far each package of the last run got.', 'status', formats=RUN),
    Entry(
        'schema',
        'look',
        ('of', 'format', 'spec', 'debug'),
        'Print the JSON Schema of your release.yaml.',
        'schema > release.schema.json',
        formats=('json',),
    ),
    Entry(
        'config',
        'settings',
        ('show_origin', 'only', *flags.LOOK),
        'Print every setting with its value.',
        'config --show-origin --only "engine.*"',
    ),
    Entry(
        'changeset-add',
        'changesets',
        flags.CHANGESET,
        'Write a changeset: by how much a change raises which packages, and what it is; also `changeset add`.',
        'changeset-add --bump core=minor --message "Requests are retried"',
        formats=('table', 'json'),
    ),
    Entry(
        'changeset-check',
        'changesets',
        ('since', *flags.LOOK),
        'Say which changed packages no new changeset names; also `changeset check`.',
        'changeset-check --since origin/main',
        formats=REPORT,
    ),
    Entry(
        'doctor',
        'doctor',
        ('offline', 'only', 'skip', *flags.LOOK),
        'Look at all that a release depends on, and say what to do.',
        'doctor --offline',
        formats=('table', 'json', 'github', 'gitlab', 'sarif', 'markdown'),
    ),
    Entry(
        'explain',
        'teach',
        ('format', 'spec', 'debug'),
        'Say what a code, a step, a task or a key means.',
        'explain RK-SPEC-INVALID',
        arguments=('word',),
        formats=('text', 'json'),
        optional=True,
    ),
    Entry(
        'completion',
        'teach',
        ('debug',),
        'Print the script that completes in a shell.',
        'completion bash',
        arguments=('shell',),
    ),
)


def own(name: str, text: str) -> Entry:
    """The entry of a task of release.yaml with its help; `release` and `snapshot` keep their flags."""
    taken = {'release': flags.RELEASE, 'snapshot': ('by', 'pr', *flags.CHORE)}.get(name, flags.CHORE)
    return Entry(name, 'work', taken, text or f'Do what release.yaml says of {name}.', f'{name} --dry-run', formats=RUN)
