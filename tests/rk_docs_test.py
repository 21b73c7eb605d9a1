# SPDX-License-Identifier: Apache-2.0
"""The documents say what is so: generated pages are current, links lead somewhere, commands and examples are valid."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from releasekit.ecosystems import KINDS
from releasekit.spec.kinds import Known
from releasekit.spec.load import load
from releasekit.tasks.commandline import spoken
from releasekit.tasks.flags import CHORE, option
from releasekit.tasks.table import BUILTIN

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


# What the examples of release.yaml call a task.
_OWN = {'lint', 'test', 'docs', 'site', 'unit'}
# Misspelt, to show what comes of it.
_WRONG = {'plna'}
_GLOBAL = {'--help', '--list', '--version', '--dry'}
_COMMAND = re.compile(
    r'(?:^\$ (?:uv run )?|`|run: (?:uv run )?|- uv run )(?:releasekit|invoke) ([^`#>|\n]+)', re.MULTILINE
)
_COMMANDS = [
    pytest.param(words, id=f'{page.relative_to(ROOT).as_posix()}: {words}')
    for page in PAGES
    for words in dict.fromkeys(_COMMAND.findall(page.read_text(encoding='utf-8')))
]
_BLOCK = re.compile(r'^```yaml[^\n]*\n(.*?)^```$', re.MULTILINE | re.DOTALL)
_EXAMPLES = [
    pytest.param(block, id=f'{page.relative_to(ROOT).as_posix()}: {block.splitlines()[0]}')
    for page in PAGES
    for block in _BLOCK.findall(page.read_text(encoding='utf-8'))
    if re.search(r'^(version: 1|workspaces:|commits:|targets:|tasks:)', block, re.MULTILINE)
]


@pytest.mark.parametrize('words', _COMMANDS)
def test_a_command_is_one(words: str) -> None:
    """Every command that a page names is a task with flags that it takes."""
    tasks = {entry.name: entry.flags for entry in BUILTIN}
    _, first, *rest = spoken(['releasekit', *words.split(' -- ', maxsplit=1)[0].split()], tasks)
    assert first in {*tasks, *_OWN, *_GLOBAL, *_WRONG, 'NAME', 'TASK'}, words
    taken = {option(name) for name in tasks.get(first, CHORE)}
    assert {word.partition('=')[0] for word in rest if word.startswith('--')} <= {*taken, *_GLOBAL}, words


@pytest.mark.parametrize('block', _EXAMPLES)
def test_an_example_is_valid(block: str) -> None:
    """Every piece of a release.yaml is one, with no more added than what it needs."""
    head = '' if re.search(r'^version:', block, re.MULTILINE) else 'version: 1\n'
    more = '' if re.search(r'^workspaces:', block, re.MULTILINE) else 'workspaces: {py: {ecosystem: python}}\n'
    assert load(head + more + block, 'release.yaml', Known(KINDS)).spec.workspaces
