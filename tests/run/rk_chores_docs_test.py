# SPDX-License-Identifier: Apache-2.0
"""The how-to of chores: what it shows resolves and runs, and our own release.yaml has all of it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from releasekit.errors import Exit
from releasekit.run.chores import Order, look, run_task
from releasekit.run.project import load_spec, open_project
from releasekit.testing.chores import Chores, Library, Maker, results

make_chores = Maker(Library(open_project, run_task, look, Order))
pytestmark = pytest.mark.anyio

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / 'docs' / 'how-to' / 'chores.md').read_text(encoding='utf-8')
BLOCKS = re.findall(r'^```yaml\ntasks:\n(.*?)^```$', PAGE, re.MULTILINE | re.DOTALL)
SHOWN = {name: block for block in BLOCKS for name in YAML(typ='safe').load(block)}
# What the how-to shows for other repositories than this one.
ELSEWHERE = {'site', 'unit'}
# Stands in for the programs of a repository that is not here.
_PROGRAM = '#!/bin/sh\necho "$(basename "$0")" >> "$RAN"\nmkdir -p site && touch site/index.html\n'


def test_the_page_shows_many() -> None:
    """Else the tests below would look at nothing."""
    assert set(SHOWN) >= {
        'lint',
        'format',
        'headers',
        'types',
        'test',
        'site',
        'unit',
        'update',
        'wheel',
        'audit',
        'clean',
    }


@pytest.mark.parametrize('task', sorted(SHOWN))
async def test_what_is_shown_can_be_looked_at(tmp_path: Path, task: str) -> None:
    """Each task of the page resolves to commands."""
    assert await make_chores(tmp_path, SHOWN[task]).look(task)


@pytest.mark.parametrize('task', sorted(set(SHOWN) - ELSEWHERE))
async def test_our_own_file_has_what_is_shown(task: str) -> None:
    """Under the same name, with commands that resolve here."""
    project = await open_project(ROOT, None, os.environ)
    assert (await look(project, task, Order())).lines


async def test_our_every_python_has_an_environment_and_one_can_be_chosen() -> None:
    """By its combination."""
    project = await open_project(ROOT, None, os.environ)
    found = await look(project, 'pythons', Order(matrix=('python=3.12',)))
    assert [action.key for action in found.plan.actions] == ['step:pythons-1-pytest-3.12']
    assert load_spec(ROOT / 'release.yaml').tasks['pythons'].python == '{python}'


def stand_in(folder: Path, chores: Chores, *names: str) -> Chores:
    """The same repository where these programs write down that they ran."""
    programs = folder / 'programs'
    programs.mkdir()
    for name in names:
        (programs / name).write_text(_PROGRAM.replace('$RAN', str(folder / 'ran')))
        (programs / name).chmod(0o755)
    path = f'{programs}:{os.environ["PATH"]}'
    return chores.having(PATH=path)


async def test_lint_runs_all_that_it_needs(tmp_path: Path) -> None:
    """As the page has it."""
    chores = make_chores(tmp_path, SHOWN['lint'], {'lib/a': '', 'scripts/headers.py': 'print()'})
    chores = stand_in(tmp_path, chores, 'ruff', 'pyright', 'typos')
    report = await chores.run('lint')
    assert report.exit is Exit.DONE
    assert sorted((tmp_path / 'ran').read_text().split()) == ['pyright', 'ruff', 'ruff', 'typos']
    assert results(await chores.run('lint'))['types-1-pyright'].startswith('already: up to date')


async def test_a_site_is_built_once(tmp_path: Path) -> None:
    """As the page has it, for the reasons that it names."""
    chores = make_chores(tmp_path, SHOWN['site'], {'docs/index.md': '', 'mkdocs.yml': '', '.gitignore': 'site\n'})
    chores = stand_in(tmp_path, chores, 'mkdocs')
    await chores.run('site')
    assert results(await chores.run('site'))['site-1-mkdocs'].startswith('already: up to date since')
    chores.sandbox.write({'docs/index.md': 'new'})
    assert results(await chores.run('site')) == {'site-1-mkdocs': 'done: sources changed: docs/index.md'}
    (chores.root / 'site' / 'index.html').write_text('x')
    assert results(await chores.run('site')) == {'site-1-mkdocs': 'done: output site/index.html changed'}


def test_the_script_for_headers_finds_what_lacks_one_and_writes_it(tmp_path: Path) -> None:
    """Below the line that names the program, in files of ours."""
    files = {
        'lib/a.py': 'x = 1\n',
        'lib/b.py': '#!/usr/bin/env python3\nx = 1\n',
        'lib/c.py': '# SPDX-License-Identifier: Apache-2.0\n',
        'examples/d.py': 'x = 1\n',
        'scripts/headers.py': (ROOT / 'scripts' / 'headers.py').read_text(encoding='utf-8'),
    }
    chores = make_chores(tmp_path, '  t: {steps: []}\n', files)
    script = [sys.executable, str(chores.root / 'scripts' / 'headers.py')]
    looked = subprocess.run(script, capture_output=True, text=True, check=False)
    assert looked.returncode == 1
    assert looked.stdout.split() == ['lib/a.py', 'lib/b.py']
    assert subprocess.run([*script, '--fix'], capture_output=True, check=False).returncode == 0
    assert subprocess.run(script, capture_output=True, check=False).returncode == 0
    assert (chores.root / 'lib/b.py').read_text().splitlines()[:2] == [
        '#!/usr/bin/env python3',
        '# SPDX-License-Identifier: Apache-2.0',
    ]
