# SPDX-License-Identifier: Apache-2.0
"""What CI reads: annotations for GitHub and GitLab, SARIF, and Markdown for the summary page of a job."""

from __future__ import annotations

import dataclasses
import html
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from releasekit.core.documents import Counts, Finding, Findings
from releasekit.errors import Code, Place, Problem, Severity
from releasekit.tasks.show import markdown, notes, sarif
from releasekit.tasks.terminal.layout import Diff, Line, Table
from releasekit.testing import drawers
from releasekit.testing.workspace import Sandbox, make_repository

RELEASEKIT = str(Path(sys.executable).parent / 'releasekit')
SPEC = """\
version: 1
project: {branch: main}
workspaces:
  py: {ecosystem: python, changelog: false, targets: [pypi]}
targets:
  pypi: {type: pypi, auth: none, url: "http://127.0.0.1:9/", index: "http://127.0.0.1:9/simple/"}
checks:
  - {name: careful, run: ["false"], severity: warning}
  - {name: good, run: ["true"]}
"""
FAILING = SPEC + '  - {name: bad, run: [sh, -c, "printf \'one, two: 100%%\\n::error::three\'; exit 1"]}\n'
PYPROJECT = '[project]\nname = "solo"\nversion = "0.1.0"\n'
# As the runner reads a command: https://docs.github.com/actions/reference/workflow-commands-for-github-actions.
_COMMAND = re.compile(r'::(?P<name>[a-z]+)(?: (?P<properties>[^\n]*?))?::(?P<data>[^\n]*)')
_ESCAPES = {'%25': '%', '%0D': '\r', '%0A': '\n', '%3A': ':', '%2C': ','}


@pytest.fixture
def repository(tmp_path: Path) -> Sandbox:
    """A package with checks, one of which warns."""
    return make_repository(tmp_path / 'repository', {'release.yaml': SPEC, 'pyproject.toml': PYPROJECT}, 'feat: @all')


@pytest.fixture(autouse=True)
def _cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv('XDG_CACHE_HOME', str(tmp_path / 'cache'))
    monkeypatch.delenv('GITHUB_STEP_SUMMARY', raising=False)


def run(where: Sandbox, *argv: str, **more: str) -> subprocess.CompletedProcess[str]:
    """Run the console script."""
    return subprocess.run(
        [RELEASEKIT, *argv],
        cwd=where.root,
        env={**os.environ, **more},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        encoding='utf-8',
        check=False,
    )


def commands(text: str) -> list[tuple[str, dict[str, str], str]]:
    """The workflow commands in what a step prints: name, properties and message."""
    found = []
    for line in text.splitlines():
        if (read := _COMMAND.fullmatch(line)) is not None:
            pairs = (pair.partition('=') for pair in (read['properties'] or '').split(',') if pair)
            found.append((read['name'], {name: plain(value) for name, _, value in pairs}, plain(read['data'])))
    return found


def plain(text: str) -> str:
    """A text without escapes."""
    return re.sub('%25|%0D|%0A|%3A|%2C', lambda found: _ESCAPES[found[0]], text)


@pytest.fixture(scope='module')
def schema() -> Any:
    """The JSON Schema of SARIF."""
    return drawers.sarif_schema()


@pytest.fixture(scope='module')
def programs() -> None:
    """What comes from npm."""
    if missing := [name for name in drawers.PROGRAMS if shutil.which(name) is None]:
        pytest.skip(f'there is no {" and no ".join(missing)} on this machine')


PROBLEMS = (
    Problem(
        Code.SPEC_INVALID,
        '`ecosytem` is not a key: no, 100%.',
        'Rename it.',
        Place('dir/a,b: c.yaml', 4, 8, '  py: {ecosytem: x}', 8, 'did you mean `ecosystem`?'),
    ),
    Problem(Code.SPEC_UNUSED, 'Two\r\nlines.', 'Look.', Place('release.yaml', 9), Severity.WARNING),
    Problem(Code.USAGE, 'Nowhere.', 'Do it.'),
)


def test_a_problem_is_a_command_that_reads_as_it_was_written() -> None:
    """A colon or a comma ends no property, and a line break no command."""
    text = notes.github(notes.of_problems(PROBLEMS))
    assert len(text.splitlines()) == 3
    first, second, third = commands(text)
    place = {'file': 'dir/a,b: c.yaml', 'line': '4', 'endLine': '4', 'col': '8', 'endColumn': '15'}
    hint = 'Did you mean `ecosystem`? Rename it.'
    assert first == ('error', {**place, 'title': 'RK-SPEC-INVALID'}, f'`ecosytem` is not a key: no, 100%. {hint}')
    where = {'file': 'release.yaml', 'line': '9', 'endLine': '9', 'title': 'RK-SPEC-UNUSED'}
    assert second == ('warning', where, 'Two\r\nlines. Look.')
    assert third == ('error', {'title': 'RK-USAGE'}, 'Nowhere. Do it.')


@pytest.mark.parametrize('line', ['::error::x', '  ::add-mask::x', 'a ##[command]x', '::x\n::y'])
def test_text_of_others_is_no_command(line: str) -> None:
    """What stands beside annotations is left as it is but for the signs that would make it one."""
    tamed = notes.tamed(line)
    assert not re.search(r'(?m)^\s*::|##\[', tamed)
    assert tamed.replace(' ', '') == line.replace(' ', '')
    assert notes.tamed('a::b: c # [d]') == 'a::b: c # [d]'


def test_a_code_quality_report_has_what_gitlab_asks_for() -> None:
    """Every field of each issue; equal ones have fingerprints of their own, and a line that moved makes no new one."""
    told = notes.of_problems((*PROBLEMS, *PROBLEMS))
    issues = json.loads(notes.gitlab(told))
    assert all(issue.keys() == {'description', 'check_name', 'fingerprint', 'severity', 'location'} for issue in issues)
    assert len({issue['fingerprint'] for issue in issues}) == 6
    assert [issue['severity'] for issue in issues[:3]] == ['major', 'minor', 'major']
    assert issues[0]['location'] == {'path': 'dir/a,b: c.yaml', 'lines': {'begin': 4}}
    assert issues[2]['location'] == {'path': 'release.yaml', 'lines': {'begin': 1}}
    moved = notes.Note('RK-SPEC-UNUSED', Severity.WARNING, 'Two\r\nlines.', 'Look.', 'release.yaml', 90)
    assert json.loads(notes.gitlab([moved]))[0]['fingerprint'] == issues[1]['fingerprint']
    assert json.loads(notes.gitlab([])) == []


@pytest.mark.slow
@pytest.mark.usefixtures('programs')
@pytest.mark.parametrize('problems', [(), PROBLEMS], ids=['nothing', 'some'])
def test_sarif_is_what_its_schema_says(schema: Any, problems: tuple[Problem, ...]) -> None:
    """That of OASIS, for a log with results and for one without."""
    log = json.loads(sarif.sarif(notes.of_problems(problems)))
    jsonschema.validate(log, schema)
    results = log['runs'][0]['results']
    assert [result['level'] for result in results] == [str(problem.severity) for problem in problems]
    rules = log['runs'][0]['tool']['driver']['rules']
    assert [rules[result['ruleIndex']]['id'] for result in results] == [problem.code.value for problem in problems]
    # Whoever clicks on a code reads its page.
    assert all(rule['shortDescription']['text'] != rule['id'] and rule['help']['text'] for rule in rules)
    if problems:
        place = results[0]['locations'][0]['physicalLocation']
        assert place['artifactLocation'] == {'uri': 'dir/a%2Cb%3A%20c.yaml'}
        assert place['region'] == {'startLine': 4, 'startColumn': 8, 'endColumn': 16}


def test_what_was_waived_is_no_annotation() -> None:
    """Somebody has decided about it; a place without a column is a line."""
    kept = Finding('x', 'error', 'py:a', 'm', '', 'a.py', 7, fixable=False, waived=False)
    found = Findings((dataclasses.replace(kept, waived=True), kept), Counts(0, 1, 0, 1, 0))
    assert [(note.text, note.file, note.line, note.column) for note in notes.of_findings(found)] == [
        ('py:a: m', 'a.py', 7, None)
    ]


def test_a_broken_spec_is_annotated_where_it_is_wrong(repository: Sandbox) -> None:
    """By every task that reads it, also by one whose result has another form."""
    repository.write({'release.yaml': SPEC.replace('ecosystem', 'ecosytem')})
    for task in ('plan', 'discover', 'check', 'release', 'status'):
        done = run(repository, task, '--format', 'github')
        assert done.returncode == 2
        (found,) = commands(done.stdout)
        assert found[1]['file'] == 'release.yaml'
        assert (found[1]['line'], found[1]['col'], found[1]['endColumn']) == ('4', '8', '15')
        assert found[2].startswith('`ecosytem` is not a key of a workspace.')
    for task in ('plan', 'check'):
        (issue,) = json.loads(run(repository, task, '--format', 'gitlab').stdout)
        assert (issue['check_name'], issue['location']['lines']) == ('RK-SPEC-INVALID', {'begin': 4})
        (result,) = json.loads(run(repository, task, '--format', 'sarif').stdout)['runs'][0]['results']
        assert result['ruleId'] == 'RK-SPEC-INVALID'
    assert run(repository, 'plan', '--format', 'markdown').stdout.startswith('## Not done\n')


@pytest.mark.parametrize('argv', [('plan',), ('check',), ('check', '--dry-run')])
def test_a_report_is_one_document_where_nothing_is_wrong(repository: Sandbox, argv: tuple[str, ...]) -> None:
    """GitLab and code scanning take what is not there for all resolved."""
    repository.commit('chore: no warning', {'release.yaml': SPEC.replace('["false"]', '["true"]')})
    issues, log = (run(repository, *argv, '--format', format_) for format_ in ('gitlab', 'sarif'))
    assert (issues.returncode, json.loads(issues.stdout)) == (0, [])
    assert (log.returncode, json.loads(log.stdout)['runs'][0]['results']) == (0, [])


@pytest.mark.slow
@pytest.mark.usefixtures('programs')
def test_each_format_says_what_checks_found(repository: Sandbox, schema: Any) -> None:
    """Once, with the status that the task has anyway; what a check printed starts no command of its own."""
    repository.commit('chore: fail', {'release.yaml': FAILING})
    done = run(repository, 'check', '--format', 'github')
    assert done.returncode == 3
    shown = commands(done.stdout)
    assert [(name, told['title']) for name, told, _ in shown] == [('warning', 'careful'), ('error', 'bad')]
    assert 'one, two: 100%\n::error::three' in shown[1][2]
    # What was checked at a commit is known there.
    repository.commit('chore: again')
    issues = run(repository, 'check', '--format', 'gitlab')
    assert issues.returncode == 3
    assert [issue['check_name'] for issue in json.loads(issues.stdout)] == ['careful', 'bad']
    repository.commit('chore: once more')
    log = json.loads(run(repository, 'check', '--format', 'sarif').stdout)
    jsonschema.validate(log, schema)
    assert [result['ruleId'] for result in log['runs'][0]['results']] == ['careful', 'bad']
    repository.commit('chore: the last time')
    page = drawers.render_markdown(run(repository, 'check', '--format', 'markdown').stdout)
    assert '1 passed, 1 failed, 1 warned.' in page
    assert cells(page)[1][:2] == ['error', 'bad']


def test_a_check_is_run_by_its_name(repository: Sandbox) -> None:
    """A misspelt one is an error that says which is near."""
    assert 'good' in run(repository, 'check', '--only', 'good').stdout
    done = run(repository, 'check', '--only', 'godo')
    assert done.returncode == 2
    assert 'Did you mean `good`?' in done.stderr


def test_a_wrong_command_line_is_said_in_the_format_that_it_asks_for(repository: Sandbox) -> None:
    """Before and after it is parsed."""
    for argv in (('plam',), ('plan', '--onyl', 'x'), ('plan', '--only', 'x')):
        done = run(repository, *argv, '--format', 'gitlab')
        assert done.returncode == 2
        assert len(json.loads(done.stdout)) == 1
    (found,) = commands(run(repository, 'why', '--format', 'github').stdout)
    assert found[:2] == ('error', {'title': 'RK-USAGE'})


HARD = (
    'a | b',
    '`code` and ``more``',
    '<script>alert(1)</script> &amp; &lt;',
    '[link](https://x.example) ![image](y)',
    '*star* _under_ ~~gone~~ **bold** snake_case_name',
    '\\back\\slash\\',
    '# no heading',
    '- no item',
    '1. no number',
    '> no quote',
    '= 2 $x$ {y}',
    'https://example.org/a_b?c=1&d=2',
    '<!-- hidden -->',
)


@pytest.mark.slow
@pytest.mark.usefixtures('programs')
def test_markdown_reads_as_it_was_written() -> None:
    """In cells and in lines; a break of the line ends no row."""
    rows = tuple((each, 'x') for each in (*HARD, 'two\n\nlines\r\nhere'))
    page = drawers.render_markdown(markdown.document('T | *t*', [Table(('one', 'two'), rows), *map(Line, HARD)]))
    assert cells(page) == [*([each, 'x'] for each in HARD), ['two lines here', 'x']]
    paragraphs = [html.unescape(re.sub('<[^>]+>', '', each)) for each in re.findall(r'<p>(.*?)</p>', page, re.DOTALL)]
    assert paragraphs == list(HARD)
    assert '<h2>T | *t*</h2>' in page
    assert '<script' not in page.replace('&lt;script', '')


def cells(page: str) -> list[list[str]]:
    """The cells of the tables of a page, as they are read."""
    body = re.findall(r'<tr>\s*(<td.*?)</tr>', page, re.DOTALL)
    return [[html.unescape(re.sub('<[^>]+>', '', cell)) for cell in re.findall(r'<td>(.*?)</td>', row)] for row in body]


@pytest.mark.parametrize('name', ['@octocat', '@scope/name', '(@a-b)', 'thanks @x.'])
def test_nobody_is_mentioned(name: str) -> None:
    """What looks like a mention is code, where forges look for none."""
    outside = re.sub(r'`[^`]*`', '', markdown.text(name))
    assert '@' not in outside


def test_a_diff_cannot_end_its_own_fence() -> None:
    """Fences are longer than any within."""
    text = markdown.document('x', [Diff('+````\n+more\n')])
    assert '`````diff\n+````\n+more\n`````\n' in text


def test_a_plan_as_markdown_has_a_table_and_folded_actions(repository: Sandbox) -> None:
    """For a comment on a change."""
    shown = run(repository, 'plan', '--format', 'markdown').stdout
    assert shown.startswith('## Release plan\n\n1 package to release from main at ')
    assert '| package | released → next | bump | why | targets |\n| --- |' in shown
    assert shown.count('<details>') == shown.count('</details>') == 1
    assert (
        run(repository, 'status', '--format', 'markdown').stdout
        == '## Release status\n\nNo release was started here.\n\n'
    )


def test_the_summary_of_a_job_gets_what_a_task_found(repository: Sandbox, tmp_path: Path) -> None:
    """Appended, whatever the format; tasks that say nothing about a release leave it alone."""
    page = tmp_path / 'summary.md'
    page.write_text('before\n')
    told = {'GITHUB_STEP_SUMMARY': str(page)}
    assert run(repository, 'plan', '--format', 'json', **told).returncode == 0
    assert run(repository, 'check', **told).returncode == 0
    assert run(repository, 'discover', **told).returncode == 0
    text = page.read_text()
    assert text.startswith('before\n## Release plan\n')
    assert [line for line in text.splitlines() if line.startswith('## ')] == ['## Release plan', '## Checks']


def test_a_summary_that_cannot_be_written_is_a_warning(repository: Sandbox, tmp_path: Path) -> None:
    """Under `--strict` too: it is not what the task is for."""
    done = run(repository, 'plan', '--strict', GITHUB_STEP_SUMMARY=str(tmp_path / 'no' / 'where.md'))
    assert done.returncode == 0
    assert 'warning[RK-DISK-FAILED]: The summary was not written' in done.stderr


def test_a_summary_never_grows_beyond_what_is_shown(repository: Sandbox, tmp_path: Path) -> None:
    """GitHub shows nothing of a step that has more than a mebibyte."""
    page = tmp_path / 'summary.md'
    page.write_text('x' * (1024 * 1024 - 150))
    assert run(repository, 'plan', GITHUB_STEP_SUMMARY=str(page)).returncode == 0
    assert page.stat().st_size <= 1024 * 1024
    assert page.read_text().endswith('The rest was too long for this page.\n')


def test_no_secret_gets_into_a_summary_or_an_annotation(repository: Sandbox, tmp_path: Path) -> None:
    """They are masked as everything else is."""
    page = tmp_path / 'summary.md'
    leaking = SPEC + '  - {name: leak, run: [sh, -c, "echo hunter2-hunter2; exit 1"]}\n'
    repository.commit('chore: leak', {'release.yaml': leaking})
    told = {'GITHUB_STEP_SUMMARY': str(page), 'UPLOAD_PASSWORD': 'hunter2-hunter2'}
    shown = [run(repository, 'check', '--format', form, **told) for form in ('github', 'gitlab', 'sarif', 'markdown')]
    assert all('leak' in done.stdout for done in shown)
    assert 'leak' in page.read_text()
    assert 'hunter2-hunter2' not in page.read_text() + ''.join(done.stdout + done.stderr for done in shown).replace(
        'echo hunter2-hunter2', ''
    )
