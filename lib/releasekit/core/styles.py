# SPDX-License-Identifier: Apache-2.0
"""The built-in styles of changelogs: their words and marks, as data."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

from releasekit.spec.model import ChangelogRules


@dataclasses.dataclass(frozen=True, slots=True)
class Style:
    """`heading` takes the version, which may be a link, and the day; `sections` are the titles and their types."""

    heading: str
    plain_heading: str
    bullet: str
    breaking: str
    dependencies: str
    sections: Mapping[str, tuple[str, ...]]
    header: str


KEEP_A_CHANGELOG = Style(
    heading='{version} - {date}',
    plain_heading='[{version}]',
    bullet='-',
    breaking='Breaking changes',
    dependencies='Dependencies',
    sections={
        'Added': ('feat',),
        'Changed': ('perf', 'refactor'),
        'Deprecated': ('deprecate', 'deprecated'),
        'Removed': ('remove', 'removed'),
        'Fixed': ('fix', 'revert'),
        'Security': ('security',),
    },
    header=(
        '# Changelog\n\nAll notable changes to this project will be documented in this file.\n\n'
        'The format is based on [Keep a Changelog](https://keepachangelog.com/en/1.1.0/).\n'
    ),
)
# The form of https://github.com/conventional-changelog/conventional-changelog, that its tools share.
CONVENTIONAL = Style(
    heading='{version} ({date})',
    plain_heading='{version}',
    bullet='*',
    breaking='⚠ BREAKING CHANGES',
    dependencies='Dependencies',
    sections={
        'Features': ('feat',),
        'Bug Fixes': ('fix',),
        'Performance Improvements': ('perf',),
        'Reverts': ('revert',),
        'Security': ('security',),
        'Deprecations': ('deprecate', 'deprecated', 'remove', 'removed'),
    },
    header='# Changelog\n',
)
_STYLES: Mapping[str, Style] = {'keep-a-changelog': KEEP_A_CHANGELOG, 'conventional': CONVENTIONAL}


def style(rules: ChangelogRules) -> Style:
    """The style that a changelog has, with the sections that release.yaml wants."""
    found = _STYLES[rules.style]
    return found if rules.sections is None else dataclasses.replace(found, sections=rules.sections)
