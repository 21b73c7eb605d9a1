# SPDX-License-Identifier: Apache-2.0
"""`notes` prints what would be told of a release; the how-to of changelogs is carried out, and templates are real."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest

from releasekit.testing.stage import Member, members, module
from releasekit.testing.walkthrough import Terminal, Typed, Written, matches, parts
from releasekit.testing.workspace import Sandbox, isolated, make_repository

ROOT = Path(__file__).parents[2]
PAGE = list(parts((ROOT / 'docs' / 'how-to' / 'changelogs.md').read_text(encoding='utf-8')))
HERE = str(Path(sys.executable).parent)
RELEASEKIT = f'{HERE}/releasekit'
SPEC = """\
version: 1
project: {branch: main, forge: github, repository: acme/kites}
workspaces:
  py:
    ecosystem: python
    changelog: {%s}
"""
BREAKS = """\
feat(line)!: spin it of silk

Closes #3

BREAKING CHANGE: Lines of cotton are gone. Use silk.
Co-authored-by: Bea <17+bea-io@users.noreply.github.com>
"""


def kites(folder: Path, changelog: str = '') -> Sandbox:
    """A repository whose one package was released, and got a breaking change since."""
    files = {'release.yaml': SPEC % changelog, **members({'kite': Member('1.0.0')})}
    made = make_repository(folder / 'kites', files, 'feat: begin')
    made.tag('kite-v1.0.0')
    made.commit(BREAKS, {module('kite'): '"""Kites."""\n'})
    return made


def environment(folder: Path) -> dict[str, str]:
    path = f'{HERE}{os.pathsep}{os.environ["PATH"]}'
    return {**isolated(os.environ), 'PATH': path, 'XDG_CACHE_HOME': str(folder / 'cache')}


def run(made: Sandbox, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [RELEASEKIT, *arguments],
        cwd=made.root,
        env=environment(made.root.parent),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.slow
def test_the_how_to_is_carried_out(tmp_path: Path) -> None:
    """Its files are written, its commands are typed, and they print what it says."""
    made = kites(tmp_path)
    typed = 0
    with Terminal(made.root, environment(tmp_path)) as terminal:
        for each in PAGE:
            if isinstance(each, Written):
                made.write({each.path: each.text})
                continue
            assert isinstance(each, Typed)
            made.git('add', '--all')
            if 'commit' not in each.command:
                made.git('commit', '--quiet', '--allow-empty', '-m', 'chore: the page', timestamp=next(made.clock))
            status, shown = terminal.enter(each.command)
            assert status == 0, shown
            assert matches(each.printed, shown), shown
            typed += 1
    assert typed == 2


@pytest.mark.slow
def test_notes_are_a_document_of_their_schema(tmp_path: Path) -> None:
    """With every field that templates get."""
    found = run(kites(tmp_path, 'authors: true'), 'notes', '--format', 'json')
    document = json.loads(found.stdout)
    jsonschema.validate(document, json.loads((ROOT / 'schema' / 'notes.schema.json').read_text()))
    assert (document['version'], document['previous'], document['tag']) == ('2.0.0', '1.0.0', 'kite-v2.0.0')
    assert document['url'] == 'https://github.com/acme/kites/compare/kite-v1.0.0...kite-v2.0.0'
    assert [(each['name'], each['new']) for each in document['contributors']] == [('Bea', True), ('Tess Ter', False)]


@pytest.mark.slow
def test_where_nothing_is_released_there_are_no_notes(tmp_path: Path) -> None:
    """Standard output stays empty, so that a script sees it."""
    made = kites(tmp_path)
    made.tag('kite-v2.0.0')
    found = run(made, 'notes')
    assert (found.returncode, found.stdout) == (0, '')
    assert found.stderr.endswith('Nothing to release: there are no notes.\n')


@pytest.mark.slow
def test_a_template_writes_the_section_of_a_changelog(tmp_path: Path) -> None:
    """Once, however often it is asked for."""
    made = kites(tmp_path, 'template: impact')
    assert run(made, 'changelog', '--yes').returncode == 0
    text = (made.root / 'packages/kite/CHANGELOG.md').read_text()
    assert (
        '\n## [2.0.0](https://github.com/acme/kites/compare/kite-v1.0.0...kite-v2.0.0) - 2026-01-01\n\n| Pack' in text
    )
    assert '\n### Breaking changes\n\n- **line:** Lines of cotton are gone. Use silk. (' in text
    made.commit('docs: the changelog')
    assert run(made, 'changelog', '--yes').returncode == 0
    assert (made.root / 'packages/kite/CHANGELOG.md').read_text() == text


@pytest.mark.slow
@pytest.mark.parametrize(
    ('template', 'complaint', 'place'),
    [
        ('# Nothing\n', 'The template writes no heading of 2.0.0.', '--> t.j2'),
        ('{{ heading }}\n{{ nobody }}\n', "The template cannot be used: 'nobody' is undefined.", '--> t.j2:2'),
        (None, 'The template t.j2 is not in the commit.', ''),
    ],
)
def test_a_template_that_cannot_be_used_is_an_error(
    tmp_path: Path, template: str | None, complaint: str, place: str
) -> None:
    """With the file and, where it is known, the line."""
    made = kites(tmp_path, 'template: t.j2')
    if template is not None:
        made.commit('chore: a template', {'t.j2': template})
    found = run(made, 'notes')
    assert found.returncode == 2
    assert f'error[RK-TEMPLATE-FAILED]: {complaint}' in found.stderr
    assert place in found.stderr
