# SPDX-License-Identifier: Apache-2.0
"""A section goes into the changelog of any tool without disturbing it.

`changelogs/NAME.md` is as the tool would leave it, `NAME.after.md` with our section. UPDATE_PAGES=1 writes the latter.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from releasekit.core.page import Heading, Page, first_release, insert

FOLDER = Path(__file__).parent / 'changelogs'
NAMES = sorted(path.stem for path in FOLDER.glob('*.md') if not path.stem.endswith('.after'))
SECTION = '## [1.4.0] - 2026-11-23\n\n### Added\n\n- a kite for two\n\n### Fixed\n\n- mend the line\n'


@pytest.mark.parametrize('name', NAMES)
def test_the_page_of_another_tool_gets_a_section(name: str) -> None:
    """At the place, and with headings of the level, that its own sections have."""
    before = (FOLDER / f'{name}.md').read_text(encoding='utf-8')
    after = insert(before, SECTION, '1.4.0', '')
    golden = FOLDER / f'{name}.after.md'
    if 'UPDATE_PAGES' in os.environ:
        golden.write_text(after, encoding='utf-8')
    assert after == golden.read_text(encoding='utf-8')


@pytest.mark.parametrize('name', NAMES)
def test_nothing_of_the_page_is_lost_or_moved(name: str) -> None:
    """And a second time adds nothing."""
    before = (FOLDER / f'{name}.md').read_text(encoding='utf-8')
    after = insert(before, SECTION, '1.4.0', '')
    rest = iter(line for line in after.splitlines() if line)
    assert all(line in rest for line in before.splitlines() if line)
    assert insert(after, SECTION, '1.4.0', '') == after


@pytest.mark.parametrize('name', NAMES)
def test_the_versions_of_the_page_are_known(name: str) -> None:
    """So that none gets a second section."""
    before = (FOLDER / f'{name}.md').read_text(encoding='utf-8')
    page = Page.read(before)
    assert page.has('1.2.0') is (name != 'towncrier-new')
    assert not page.has('1.4.0')


@pytest.mark.parametrize(
    ('level', 'text', 'expected'),
    [
        (2, '1.2.0', '1.2.0'),
        (2, '[v1.2.0]', '1.2.0'),
        (2, '[1.2.0](https://x/compare/v1...v2) (2025-01-01)', '1.2.0'),
        (2, '1.2.0-rc.1 — soon', '1.2.0-rc.1'),
        (2, 'core@1.2.0', '1.2.0'),
        (2, '@acme/core@1.2.0', '1.2.0'),
        (2, 'Version 1.2', '1.2'),
        (2, '2025-09-01', '2025-09-01'),
        (2, '<small>1.2.0 (2025-01-01)</small>', '1.2.0'),
        (2, 'The new kite 1.2.0', '1.2.0'),
        (2, 'Everything about the kite 1.2.0', None),
        (2, '1.2 migration guide', None),
        (2, 'Added', None),
        (2, '12', None),
        (1, 'Kite 1.2', None),
        (1, 'Kite 1.2 (2025-01-01)', '1.2'),
        (1, 'Release 1.2.0', '1.2.0'),
        (1, 'v1.2.0 (Mon Sep 01 2025)', '1.2.0'),
        (3, '1.2.0', None),
        (3, '[1.2.0](https://x) (2025-01-01)', '1.2.0'),
        (3, 'core [1.2.0](https://x)', None),
        (4, '1.2.0', None),
    ],
)
def test_a_heading_tells_its_release(level: int, text: str, expected: str | None) -> None:
    """However it is written, and no other heading does."""
    assert Heading(0, level, text).release == expected


TOGETHER = '## 2026-11-23\n\n### core [1.4.0](https://x)\n\n#### Added\n\n- a\n\n### util 2.0.0\n\n- None.\n'


def test_a_section_of_several_packages_is_told_by_their_headings() -> None:
    """One more on the same day is another one; the same again, with or without links, is none."""
    once = insert('# Changelog\n', TOGETHER, '', '')
    assert once == f'# Changelog\n\n{TOGETHER}'
    assert insert(once, TOGETHER.replace('[1.4.0](https://x)', '1.4.0'), '', '') == once
    later = TOGETHER.replace('1.4.0', '1.4.1')
    assert insert(once, later, '', '') == f'# Changelog\n\n{later}\n{TOGETHER}'


def test_the_first_heading_of_a_section_is_its_release() -> None:
    """Where it is that of one."""
    assert first_release(SECTION) == '1.4.0'
    assert first_release('# Changes\n\n## 1.4.0\n') is None
    assert first_release('no heading\n') is None
