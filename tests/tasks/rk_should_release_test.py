# SPDX-License-Identifier: Apache-2.0
"""`should-release` as a job asks it: the exit status, JSON, and the page that tells of it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from releasekit.testing.walkthrough import Typed, matches, parts
from releasekit.testing.workspace import Sandbox, isolated, make_repository

RELEASEKIT = str(Path(sys.executable).parent / 'releasekit')
ROOT = Path(__file__).parents[2]
PAGE = (ROOT / 'docs' / 'how-to' / 'when-to-release.md').read_text(encoding='utf-8')
SCHEDULE = 'schedule:' + PAGE.partition('schedule:')[2].partition('```')[0]
SPEC = 'version: 1\nproject: {branch: main}\nworkspaces:\n  web: {ecosystem: js}\n'


@pytest.fixture(autouse=True)
def _cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv('XDG_CACHE_HOME', str(tmp_path / 'cache'))


@pytest.fixture
def cart(tmp_path: Path) -> Sandbox:
    """A package that was released on 2026-01-01 at midnight by UTC, and a feature a minute later."""
    return opened(tmp_path / 'cart', SCHEDULE)


def opened(folder: Path, schedule: str) -> Sandbox:
    files = {'package.json': '{"name": "cart", "version": "1.0.0"}\n', 'release.yaml': f'{SPEC}{schedule}'}
    sandbox = make_repository(folder, files, 'feat: begin')
    sandbox.git('tag', 'cart-v1.0.0')
    sandbox.commit('feat: vouchers', {'vouchers.js': ''})
    return sandbox


def run(where: Sandbox, *argv: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [RELEASEKIT, 'should-release', *argv],
        cwd=where.root,
        env=isolated(os.environ),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        encoding='utf-8',
        check=False,
    )


def answer(where: Sandbox, *argv: str) -> tuple[int, dict[str, Any]]:
    """The exit status and the JSON, which fits its schema."""
    done = run(where, '--format', 'json', *argv)
    found = json.loads(done.stdout)
    jsonschema.validate(found, json.loads((ROOT / 'schema' / 'should-release.schema.json').read_text()))
    return done.returncode, found


def test_the_page_shows_what_is_printed(cart: Sandbox) -> None:
    """Both commands, with their exit statuses."""
    typed = [part for part in parts(PAGE) if isinstance(part, Typed)]
    assert len(typed) == 2
    statuses = []
    for part in typed:
        done = run(cart, *part.command.split()[2:])
        assert matches(part.printed, done.stdout), done.stdout
        statuses.append(done.returncode)
    assert statuses == [1, 0]


def test_machines_read_every_gate(cart: Sandbox) -> None:
    """With the time at which all will be open."""
    status, found = answer(cart, '--now', '2026-01-02T12:00Z')
    assert (status, found['due'], found['next']) == (1, False, '2026-01-05T09:00+01:00')
    assert [gate['gate'] for gate in found['gates'] if not gate['passed']] == ['cadence', 'window']
    assert found['packages'] == [{'id': 'web:cart', 'released': '1.0.0', 'next': '1.1.0', 'bump': 'minor'}]
    status, found = answer(cart, '--now', found['next'])
    assert (status, found['due'], found['next']) == (0, True, None)


def test_without_changes_none_is_due(cart: Sandbox) -> None:
    """Whatever the time; and flags count as for a plan."""
    cart.git('tag', 'cart-v1.1.0')
    assert answer(cart, '--now', '2026-02-02T12:00')[0] == 1
    assert answer(cart, '--now', '2026-02-02T12:00', '--bump', 'cart=patch')[0] == 0


def test_without_a_schedule_changes_are_enough(tmp_path: Path) -> None:
    """By the clock, whatever it shows; forges read Markdown."""
    cart = opened(tmp_path / 'cart', '')
    done = run(cart, '--format', 'markdown')
    assert (done.returncode, done.stdout.splitlines()[0]) == (0, '## Is a release due?')


@pytest.mark.parametrize(('zone', 'hint'), [('Europe/Berln', 'Europe/Berlin'), ('Nowhere/At_All_1', 'Write UTC')])
def test_an_unknown_time_zone_is_shown_where_it_stands(tmp_path: Path, zone: str, hint: str) -> None:
    """With the nearest one that there is."""
    cart = opened(tmp_path / 'cart', f'schedule: {{window: "09:00-16:00 {zone}"}}\n')
    done = run(cart)
    assert done.returncode == 2
    assert f'There is no time zone {zone}.' in done.stderr
    assert 'release.yaml:5:' in done.stderr
    assert hint in done.stderr


def test_a_time_is_one(cart: Sandbox) -> None:
    """Anything else is a wrong command line."""
    done = run(cart, '--now', 'tomorrow')
    assert done.returncode == 2
    assert '`tomorrow` is no time.' in done.stderr
