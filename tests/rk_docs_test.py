# SPDX-License-Identifier: Apache-2.0
"""The documents say what is so: generated pages are current, and links lead somewhere."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PAGES = sorted([*ROOT.glob('*.md'), *ROOT.glob('docs/**/*.md')])
_LINK = re.compile(r'\]\((?!https?://)([^)#\s]*)(?:#([^)\s]*))?\)')
_FENCE = re.compile(r'^```.*?^```$', re.MULTILINE | re.DOTALL)
_HEADING = re.compile(r'^#+ (.+)$', re.MULTILINE)


def prose(page: Path) -> str:
    """A page without its blocks of code."""
    return _FENCE.sub('', page.read_text(encoding='utf-8'))


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as forges make them."""
    texts = (heading.lower().replace('`', '') for heading in _HEADING.findall(prose(page)))
    return {re.sub(r'[^\w\- ]', '', text).strip().replace(' ', '-') for text in texts}


def test_the_reference_is_current() -> None:
    """Every generated page is what scripts/reference.py writes."""
    code = 'import json, reference, sys;json.dump({name: page() for name, page in reference.PAGES.items()}, sys.stdout)'
    done = subprocess.run(
        [sys.executable, '-c', code], cwd=ROOT / 'scripts', capture_output=True, text=True, check=False
    )
    assert done.stderr == ''

    pages: dict[str, str] = json.loads(done.stdout)
    assert len(pages) >= 4
    for name, text in pages.items():
        assert (ROOT / 'docs' / 'reference' / name).read_text(encoding='utf-8') == text, (
            f'run scripts/reference.py: {name}'
        )


@pytest.mark.parametrize('page', PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(page: Path) -> None:
    """A link within the repository names a file, and a heading of it where it names one."""
    for path, anchor in _LINK.findall(prose(page)):
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), f'{page.name} links to {path}'
        if anchor:
            assert anchor in anchors(target), f'{page.name} links to {path}#{anchor}'
