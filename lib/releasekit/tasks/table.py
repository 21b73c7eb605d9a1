# SPDX-License-Identifier: Apache-2.0
"""The built-in tasks as data: a list, a help or a completion reads this table and imports nothing of what they do."""

from __future__ import annotations

import dataclasses

from releasekit.tasks import flags


@dataclasses.dataclass(frozen=True, slots=True)
class Entry:
    """A task as the command line knows it.

    `module` of `releasekit.tasks.bodies` holds the function of the task's name; `arguments` are positional,
    `formats` what `--format` takes, the first of them by default, and `example` is a command line without
    the program's name.
    """

    name: str
    module: str
    flags: tuple[str, ...]
    text: str
    example: str
    arguments: tuple[str, ...] = ()
    formats: tuple[str, ...] = ('table', 'json')


BUILTIN = (
    Entry('init', 'init', flags.TASK, 'Write the release.yaml that fits this repository.', 'init --dry-run'),
    Entry('discover', 'look', flags.LOOK, 'List the packages and how they need each other.', 'discover --format json'),
    Entry('plan', 'look', flags.PLAN, 'Say what would be released, why, and by which actions.', 'plan --only "sdk-*"'),
    Entry('version', 'look', flags.PLAN, 'Say which versions would be released.', 'version --prerelease rc'),
    Entry('why', 'look', flags.PLAN, 'Say why PACKAGE is released, or why not.', 'why core', arguments=('package',)),
    Entry('check', 'work', flags.CHECK, 'Run the checks of release.yaml.', 'check --only tests'),
    Entry('bump', 'work', flags.BUMP, 'Write the next versions into the files of your tree.', 'bump --minor'),
    Entry('pin', 'work', flags.WORK, 'Write what your packages require of each other into your tree.', 'pin --dry-run'),
    Entry(
        'changelog',
        'work',
        flags.WORK,
        'Write the changelogs of what is to be released into your tree.',
        'changelog --dry-run',
    ),
    Entry('tag', 'work', flags.WORK, 'Tag the commit that holds the next versions already.', 'tag --dry-run'),
    Entry('build', 'work', flags.WORK, 'Build what is to be released.', 'build --only core'),
    Entry(
        'publish', 'work', flags.TASK, 'Go on with a release that is pushed: upload what is missing.', 'publish --yes'
    ),
    Entry(
        'release',
        'work',
        flags.RELEASE,
        'Release what has changed; the same again goes on where it ended.',
        'release --dry-run',
    ),
    Entry(
        'apply',
        'work',
        flags.APPLY,
        'Carry out the plan in the file PLAN, and only that.',
        'apply plan.json --yes',
        arguments=('plan',),
    ),
    Entry('status', 'look', flags.LOOK, 'Say how far each package of the last run got.', 'status'),
    Entry(
        'schema',
        'look',
        ('spec', 'debug'),
        'Print the JSON Schema of your release.yaml.',
        'schema > release.schema.json',
    ),
)
