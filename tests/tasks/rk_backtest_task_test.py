# SPDX-License-Identifier: Apache-2.0
"""`backtest` as people run it: formats, exit statuses, and a repository without tags."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from releasekit.testing.stage import Member, members
from releasekit.testing.walkthrough import Typed, matches, parts
from releasekit.testing.workspace import Sandbox, isolated, make_repository

RELEASEKIT = str(Path(sys.executable).parent / 'releasekit')
ROOT = Path(__file__).parents[2]
SPEC = 'version: 1\nproject: {branch: main}\nworkspaces:\n  py: {ecosystem: python}\n'


@pytest.fixture(autouse=True)
def _cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv('XDG_CACHE_HOME', str(tmp_path / 'cache'))


@pytest.fixture
def repository(tmp_path: Path) -> Sandbox:
    """A package that was released as 1.0.0."""
    files = {**members({'core': Member('1.0.0')}), 'release.yaml': SPEC}
    sandbox = make_repository(tmp_path / 'shop', files, 'feat: begin')
    sandbox.tag('core-v1.0.0')
    return sandbox


def run(where: Sandbox, *argv: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [RELEASEKIT, 'backtest', *argv],
        cwd=where.root,
        env=isolated(os.environ),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        encoding='utf-8',
        check=False,
    )


def document(where: Sandbox, *argv: str) -> dict[str, Any]:
    """What `--format json` prints; it fits its schema."""
    done = run(where, '--format', 'json', *argv)
    assert (done.returncode, done.stderr) == (0, '')
    found = json.loads(done.stdout)
    jsonschema.validate(found, json.loads((ROOT / 'schema' / 'backtest.schema.json').read_text()))
    return found


def differ(where: Sandbox) -> None:
    """Release a feature as a patch."""
    where.commit('feat: sell', {'packages/core/1': ''})
    where.tag('core-v1.0.1')


def test_without_a_tag_there_is_nothing_to_hold_against(tmp_path: Path) -> None:
    """It says which tags it looked for, and where their format stands."""
    sandbox = make_repository(tmp_path / 'shop', {**members({'core': Member()}), 'release.yaml': SPEC})
    done = run(sandbox)
    assert (done.returncode, done.stderr) == (0, '')
    assert 'HEAD reaches no tag of py:core.' in done.stdout
    assert 'workspaces.*.tag' in done.stdout
    assert document(sandbox)['untagged'] == ['py:core']


def test_agreement_is_a_table_and_a_difference_has_two_sides(repository: Sandbox) -> None:
    """People read counts and both reasons."""
    assert '1 of 1 release as the rules of release.yaml would have it (100 %).' in run(repository).stdout
    differ(repository)
    done = run(repository)
    assert done.returncode == 0
    lines = [' '.join(line.split()) for line in done.stdout.splitlines()]
    assert '1 of 2 releases as the rules of release.yaml would have it (50 %).' in lines
    assert 'py:core 2 1 1' in lines
    assert 'py:core at core-v1.0.1, 2026-01-01: another version' in lines
    assert 'theirs 1.0.0 → 1.0.1 (patch); in its commits: 1 feat' in lines
    assert 'ours 1.0.0 → 1.1.0 (minor); its changes ask for 1 minor' in lines
    assert any(line.endswith('feat: sell') for line in lines)


def test_strict_is_a_gate(repository: Sandbox) -> None:
    """Exit status 3 where the rules would have decided otherwise, else 0."""
    assert run(repository, '--strict').returncode == 0
    differ(repository)
    assert run(repository, '--strict').returncode == 3


def test_machines_read_json(repository: Sandbox) -> None:
    """With every count and both sides."""
    differ(repository)
    found = document(repository)
    assert found['total']['same'] == found['total']['other'] == 1
    (difference,) = found['differences']
    assert (difference['theirs']['version'], difference['ours']['version']) == ('1.0.1', '1.1.0')
    assert document(repository, '--last', '1')['releases'] == 1
    assert document(repository, '--only', 'core')['releases'] == 2


def test_forges_read_markdown(repository: Sandbox) -> None:
    """Under a heading."""
    differ(repository)
    shown = run(repository, '--format', 'markdown').stdout
    assert shown.startswith('## Backtest\n')
    assert '| py:core | 2 | 1 | 1 |' in shown


@pytest.mark.parametrize('number', ['0', 'many', '-1', '1.5'])
def test_a_limit_is_a_number_of_releases(repository: Sandbox, number: str) -> None:
    """Anything else is a wrong command line."""
    done = run(repository, f'--last={number}')
    assert done.returncode == 2
    assert 'is no number of releases' in done.stderr


def test_our_own_rules_can_be_held_against_releases(tmp_path: Path) -> None:
    """Of a repository with our release.yaml: a package whose history is ours in small."""
    manifest = (ROOT / 'pyproject.toml').read_text(encoding='utf-8')
    files = {'pyproject.toml': manifest, 'release.yaml': (ROOT / 'release.yaml').read_text(encoding='utf-8')}
    sandbox = make_repository(tmp_path / 'kit', files, 'feat: begin')
    version = document(sandbox)['total']['releases']
    assert version == 0
    sandbox.tag('v0.1.0')
    sandbox.commit('feat: backtest', {'lib/backtest.py': ''})
    sandbox.commit('fix: a date', {'lib/date.py': ''})
    sandbox.tag('v0.2.0')
    sandbox.commit('docs: dates', {'docs/date.md': ''})
    sandbox.tag('v0.2.1')

    found = document(sandbox)
    told = {each['theirs']['tag']: (each['outcome'], each['ours']['version']) for each in found['differences']}
    assert told == {'v0.2.1': ('none', None)}


def test_the_page_shows_what_is_printed(tmp_path: Path) -> None:
    """The example of the how-to is that of a cart with four releases."""
    page = (ROOT / 'docs' / 'how-to' / 'backtest.md').read_text(encoding='utf-8')
    (typed,) = (part for part in parts(page) if isinstance(part, Typed))
    spec = SPEC.replace('py:', 'web:').replace('python', 'js')
    files = {'package.json': '{"name": "cart", "version": "1.0.0"}\n', 'release.yaml': spec}
    cart = make_repository(tmp_path / 'cart', files, 'feat: begin')
    cart.tag('cart-v1.0.0')
    cart.commit('feat: save a cart for later', {'later.js': ''})
    cart.commit('feat: vouchers', {'vouchers.js': ''})
    cart.tag('cart-v1.0.1')
    cart.commit('feat: gifts', {'gifts.js': ''})
    cart.tag('cart-v1.1.0')
    cart.commit('docs: gifts', {'README.md': ''})
    cart.tag('cart-v1.1.1')

    assert typed.command == 'releasekit backtest'
    assert matches(typed.printed, run(cart).stdout), run(cart).stdout
