# SPDX-License-Identifier: Apache-2.0
"""What plans, reports and problems look like, on a terminal and without one."""

from __future__ import annotations

import dataclasses
import io
import json
import re
from typing import Any

import pytest

from releasekit.core.actions import Action, Build, Commit, CreateTag, EditFile, Probe, Push, RunCommand, Upload, Verify
from releasekit.core.documents import findings as findings_document
from releasekit.core.package import Dependency, EdgeKind, Package, Workspace
from releasekit.core.plan import Base, BumpKind, Inputs, Plan, PlannedPackage, Reason, ReasonKind
from releasekit.core.report import PackageState, PackageStatus, Report, Result, ResultKind, Status
from releasekit.errors import Code, Exit, Place, Problem, Severity, fail
from releasekit.spec.model import Spec, Target, WorkspaceSpec
from releasekit.tasks.show import plans, reports
from releasekit.tasks.terminal.console import Console
from releasekit.tasks.terminal.drawing import draw
from releasekit.tasks.terminal.layout import Block, Line, Table, plain
from releasekit.tasks.terminal.stream import Stream

_CONTROL = re.compile(r'\x1b\[[0-9;]*m')

EDIT = EditFile(
    path='core/pyproject.toml',
    before='a',
    after='b',
    diff='--- a/core/pyproject.toml\n+++ b/core/pyproject.toml\n@@ -1 +1 @@\n-version = "1.3.0"\n+version = "1.4.0"\n',
    why='version 1.4.0',
    package='py:core',
)
ACTIONS: tuple[Action, ...] = (
    Probe(what='remote', subject='origin'),
    EDIT,
    Commit(message='chore(release): core 1.4.0', paths=('core/pyproject.toml',), needs=(EDIT.key,)),
    CreateTag(tag='core-v1.4.0', message='core 1.4.0', package='py:core', needs=('commit',)),
    Build(package='py:core', name='core', version='1.4.0', workspace='py', path='core'),
    Push(remote='origin', branch='main', tags=('core-v1.4.0', 'cli-v0.2.0')),
    Upload(package='py:core', name='core', version='1.4.0', target='pypi', build='build:py:core@1.4.0'),
    Verify(package='py:core', name='core', version='1.4.0', target='pypi', build='build:py:core@1.4.0'),
)


def package(name: str, released: str | None, following: str, bump: BumpKind, *reasons: Reason) -> PlannedPackage:
    """A package of a plan."""
    return PlannedPackage(
        id=f'py:{name}',
        name=name,
        workspace='py',
        ecosystem='python',
        path=name,
        released=released,
        current=released,
        next=following,
        bump=bump,
        tag=f'{name}-v{following}',
        targets=('pypi',),
        reasons=reasons,
    )


FEATURE = Reason(ReasonKind.COMMIT, commit='0123456789abcdef', type='feat', scope='net', subject='add retries')
BREAK = Reason(ReasonKind.COMMIT, commit='fedcba9876543210', type='fix', subject='drop sockets', breaking='no sockets')
PLAN = Plan(
    tool='0.1.0',
    spec='s',
    date='2026-11-23',
    timestamp=1,
    inputs=Inputs(),
    base=Base('89abcdef0123456789', 'main'),
    packages=(
        package('core', '1.3.0', '1.4.0', BumpKind.MINOR, FEATURE, BREAK, FEATURE),
        package('cli', None, '0.2.0', BumpKind.INITIAL, Reason(ReasonKind.INITIAL)),
    ),
    unchanged=('py:docs-tool',),
    actions=ACTIONS,
)
SPEC = Spec(
    version=1,
    workspaces={'py': WorkspaceSpec(ecosystem='python')},
    targets={'pypi': Target(type='pypi', index='https://index.example/simple/')},
)


def test_a_plan_is_a_table_with_a_reason_for_each_row_and_then_its_actions() -> None:
    """The whole of `plan` where there is no terminal."""
    expected = """\
2 packages to release from main at 89abcdef0

package  released → next  bump     why                                              targets
core     1.3.0 → 1.4.0    minor    feat(net): add retries [012345678] (+2 more)  pypi
cli      - → 0.2.0        initial  first release                                    pypi

unchanged: py:docs-tool

8 actions, in this order
  look at remote origin
  edit core/pyproject.toml: version 1.4.0
  commit 1 file: chore(release): core 1.4.0
  tag core-v1.4.0
  build core 1.4.0
  push main and 2 tags to origin
  upload core 1.4.0 to pypi
  verify core 1.4.0 on pypi
"""
    assert re.sub(r'  +', '  ', expected) == re.sub(r'  +', '  ', plain(plans.whole(PLAN)))


def test_columns_of_a_plain_table_are_aligned() -> None:
    """Every cell of a column begins at one place, and a column without any text is left out."""
    table = Table(('a', 'nothing', 'b'), (('x', '', 'y'), ('long', '', 'z')))
    assert plain([table]) == 'a     b\nx     y\nlong  z\n'


def test_a_dry_run_shows_the_diff_below_its_action() -> None:
    """The edit comes with what it changes, whole."""
    shown = plain(plans.dry_run(PLAN))
    assert f'  edit core/pyproject.toml: version 1.4.0\n{EDIT.diff}  commit 1 file' in shown


def test_a_dry_run_shows_the_edits_of_a_build() -> None:
    """Exact pins that only the built files hold are edits too."""
    build = Build(package='py:core', name='core', version='1.4.0', workspace='py', path='core', edits=(EDIT,))
    shown = plain(plans.dry_run(dataclasses.replace(PLAN, actions=(build,))))
    assert f'  build core 1.4.0 with exact pins\n{EDIT.diff}' in shown


def test_nothing_to_release_is_said_in_a_line() -> None:
    """A plan without packages is no empty table."""
    nothing = dataclasses.replace(PLAN, packages=(), actions=())
    expected = 'Nothing to release: no package has a change since its last release (main at 89abcdef0).\n'
    assert expected == plain(plans.whole(nothing))


@pytest.mark.parametrize(
    ('reason', 'expected'),
    [
        (FEATURE, 'feat(net): add retries [012345678]'),
        (BREAK, 'fix!: drop sockets [fedcba987]'),
        (Reason(ReasonKind.DEPENDENCY, package='py:core'), 'needs py:core'),
        (Reason(ReasonKind.GROUP, group='sdk'), 'in group sdk'),
        (Reason(ReasonKind.INITIAL), 'first release'),
        (Reason(ReasonKind.MANIFEST, detail='the manifest says 2.0.0'), 'manifest: the manifest says 2.0.0'),
        (Reason(ReasonKind.OVERRIDE), 'override'),
    ],
)
def test_a_reason_is_a_few_words(reason: Reason, expected: str) -> None:
    """Every kind of reason says what it is about."""
    assert expected == plans.reason(reason)


@pytest.mark.parametrize(
    ('action', 'expected'),
    [
        (ACTIONS[5], 'Release 2 packages: push main and 2 tags to origin, then upload?'),
        (ACTIONS[6], 'Release 2 packages: upload to pypi?'),
        (ACTIONS[2], 'Release 2 packages: commit 1 file: chore(release): core 1.4.0?'),
    ],
)
def test_the_question_says_what_cannot_be_taken_back(action: Action, expected: str) -> None:
    """It counts the packages and names the step."""
    assert expected == plans.irreversible(PLAN, action)


REPORT = Report(
    plan=PLAN.id,
    commit='c0ffee',
    results=(
        Result('commit', ResultKind.DONE),
        Result('tag:core-v1.4.0', ResultKind.ALREADY),
        Result('upload:pypi:py:core@1.4.0', ResultKind.DONE),
    ),
    packages=(
        PackageStatus('py:core', '1.4.0', PackageState.PUBLISHED, ('pypi',)),
        PackageStatus('py:cli', '0.2.0', PackageState.PENDING),
        PackageStatus('py:own', '0.0.1', PackageState.PUBLISHED),
    ),
)


def test_the_summary_says_what_was_published_where() -> None:
    """Package, version, target and index page; the release commit, the tags, and how it ended."""
    expected = """\

package  version  state      target  index page
py:core  1.4.0    published  pypi    https://index.example/simple/core/
py:cli   0.2.0    pending
py:own   0.0.1    released

commit  c0ffee
tags    core-v1.4.0

Done: 3 of 3 actions, 1 of them before.
"""
    assert expected == plain(reports.closing(REPORT, SPEC))


@pytest.mark.parametrize(
    ('exit_', 'expected'),
    [
        (Exit.PARTIAL, 'Partly done: run the same command again to go on. 3 of 3 actions are done.'),
        (Exit.FAILED, 'Not done: put right what is said above, then run the same command again.'),
        (Exit.DRIFT, 'The world changed since the plan was made'),
    ],
)
def test_a_run_that_did_not_end_well_names_the_next_step(exit_: Exit, expected: str) -> None:
    """The line is about what to do."""
    assert reports.outcome(dataclasses.replace(REPORT, exit=exit_)).startswith(expected)


def test_what_is_wrong_is_said_once() -> None:
    """Many actions can fail of one thing, and a run can warn without any."""
    failed = [Result(f'build:{name}', ResultKind.FAILED, problem=PROBLEM) for name in ('a', 'b')]
    warning = Problem(Code.LOCK_TAKEN_OVER, 'taken over', 'Look.', severity=Severity.WARNING)
    report = dataclasses.replace(REPORT, results=tuple(failed), warnings=(warning,))
    assert reports.problems(report) == [warning, PROBLEM]


def test_no_actions_are_nothing_to_do() -> None:
    """Zero of zero is no success to boast of, and leaves no gap."""
    assert plain(reports.closing(dataclasses.replace(REPORT, results=()), SPEC)) == 'Nothing to do.\n'


def test_a_run_that_a_signal_ended_is_not_called_done() -> None:
    """Even where no action failed."""
    report = dataclasses.replace(REPORT, results=REPORT.results[:1], signal=2)
    expected = 'Interrupted: run the same command again to go on. 1 of 1 actions are done.'
    assert expected == reports.outcome(report)


def test_what_only_looks_and_runs_takes_no_package_further() -> None:
    """A task of one's own with a built-in step that looks releases nothing."""
    results = (Result('probe:spec', ResultKind.DONE), Result('step:1-echo', ResultKind.DONE))
    report = dataclasses.replace(REPORT, commit=None, results=results)
    assert plain(reports.closing(report, SPEC)) == '\nDone: 2 of 2 actions.\n'


def test_what_is_only_built_is_not_called_released() -> None:
    """And its files can be found."""
    packages = (PackageStatus('py:own', '0.0.1', PackageState.PUBLISHED),)
    results = (Result('build:py:own@0.0.1', ResultKind.DONE),)
    report = dataclasses.replace(REPORT, commit=None, results=results, packages=packages)
    expected = """\

package  version  state
py:own   0.0.1    built

files   the/folder

Done: 1 of 1 action.
"""
    assert expected == plain(reports.closing(report, SPEC, 'the/folder'))


def test_a_status_says_how_far_each_package_got() -> None:
    """One row a package, and whether there is something to finish."""
    status = Status('p' * 64, 'b' * 40, finished=False, packages=REPORT.packages)
    expected = """\
run pppppppppppp from bbbbbbbbb: not finished; run `release` again to go on

package  version  state      verified on
py:core  1.4.0    published  pypi
py:cli   0.2.0    pending
py:own   0.0.1    released
"""
    assert expected == plain(reports.status(status))


def test_packages_say_why_one_goes_nowhere() -> None:
    """A private package names its reason."""
    core = Package('py:core', 'core', 'py', 'python', 'core', 'core/pyproject.toml', '1.0.0', targets=('pypi',))
    needs = (Dependency('py:core', EdgeKind.OPTIONAL, where='all'),)
    tool = Package('py:tool', 'tool', 'py', 'python', 'tool', 'tool/pyproject.toml', None, dependencies=needs)
    private = dataclasses.replace(tool, publish=False, private='classifier Private :: Do Not Upload')
    unreleased = dataclasses.replace(tool, release=False)
    assert plain(reports.packages(Workspace((core, private)))) == (
        'package  version  path  goes to                                       needs\n'
        'py:core  1.0.0    core  pypi\n'
        'py:tool  -        tool  nowhere: classifier Private :: Do Not Upload  py:core (optional)\n'
    )
    assert 'nowhere: no targets' in plain(reports.packages(Workspace((tool,))))
    assert 'nowhere: not released' in plain(reports.packages(Workspace((unreleased,))))


def _check(name: str) -> RunCommand:
    return RunCommand(purpose='check', id=name, argv=('run', name))


def test_findings_count_every_check_and_describe_those_that_did_not_pass() -> None:
    """A check that was not reached is counted as not checked, never as passed."""
    kinds = {
        'lint': ResultKind.DONE,
        'types': ResultKind.FAILED,
        'docs': ResultKind.WARNED,
        'tests': ResultKind.BLOCKED,
    }
    plan = dataclasses.replace(PLAN, actions=tuple(_check(name) for name in kinds))
    problem = fail(Code.CHECK_FAILED, 'types failed', 'Mend it.').problems[0]
    results = tuple(
        Result(f'check:{name}', kind, problem=problem if name == 'types' else None) for name, kind in kinds.items()
    )
    document = findings_document(plan, dataclasses.replace(REPORT, results=results))
    assert [finding.check for finding in document.findings] == ['types', 'docs']
    assert [finding.severity for finding in document.findings] == ['error', 'warning']
    assert [finding.hint for finding in document.findings] == ['Mend it.', 'Run it by itself: run docs']
    counts = document.counts
    assert (counts.passed, counts.failed, counts.warned, counts.waived, counts.not_checked) == (1, 1, 1, 0, 1)


PROBLEM = Problem(
    Code.SPEC_INVALID,
    '`ecosytem` is not a key of a workspace.',
    'Rename the key.',
    Place('release.yaml', 9, 5, '    ecosytem: python', 8, 'did you mean `ecosystem`?'),
)
BLOCKS: tuple[Block, ...] = (*plans.dry_run(PLAN), PROBLEM)


@pytest.mark.parametrize('width', [30, 40, 80, 200])
def test_no_line_on_a_terminal_is_wider_than_it(width: int) -> None:
    """Tables fold on narrow terminals, and lose nothing."""
    shown = _CONTROL.sub('', draw([plans.table(PLAN)], width, {'TERM': 'xterm-256color'}))
    assert max(len(line.rstrip()) for line in shown.splitlines()) <= width
    assert all(word in re.sub(r'\s+', '', shown) for word in ('core', 'cli', 'pypi'))


def test_a_terminal_gets_colours() -> None:
    """Added lines of a diff are green, removed ones red, an error bold red."""
    shown = draw(BLOCKS, 100, {'TERM': 'xterm-256color'})
    assert '\x1b[32m+version = "1.4.0"' in shown
    assert '\x1b[31m-version = "1.3.0"' in shown
    assert '\x1b[1;31merror[RK-SPEC-INVALID]' in shown


def test_no_color_takes_the_colours_out() -> None:
    """https://no-color.org: any value that is not empty."""
    shown = draw(BLOCKS, 100, {'TERM': 'xterm-256color', 'NO_COLOR': '1'})
    assert not re.search(r'\x1b\[[0-9;]*3[0-9]', shown)


def test_a_problem_reads_the_same_in_colour_and_without() -> None:
    """Colours add no character of their own."""
    drawn = _CONTROL.sub('', draw([PROBLEM], 100, {'TERM': 'xterm-256color'}))
    assert plain([PROBLEM]) == '\n'.join(line.rstrip() for line in drawn.splitlines()) + '\n'
    assert 'error[RK-SPEC-INVALID]: `ecosytem` is not a key of a workspace.' in drawn


def _console(mask: dict[str, str] | None = None, **more: Any) -> tuple[Console, io.StringIO, io.StringIO]:
    out, err = io.StringIO(), io.StringIO()

    def masked(text: str) -> str:
        for secret, shown in (mask or {}).items():
            text = text.replace(secret, shown)
        return text

    return Console(Stream(out, masked), Stream(err, masked), io.StringIO('y\n'), {}, **more), out, err


def test_all_that_is_printed_is_masked() -> None:
    """Results, problems and documents pass the mask."""
    console, out, err = _console({'hunter2': '***'})
    console.show([Line('a hunter2')])
    console.note([Problem(Code.USAGE, 'b hunter2', 'c hunter2')])
    console.json({'d': 'hunter2'})
    assert 'hunter2' not in out.getvalue() + err.getvalue()
    assert (out.getvalue() + err.getvalue()).count('***') == 4


def test_an_error_document_has_every_key() -> None:
    """What is not known is null, so that a reader need not look whether a key is there."""
    console, out, err = _console(format='json')
    console.problems([PROBLEM, Problem(Code.USAGE, 'no', 'yes')])
    assert err.getvalue() == ''
    first, second = json.loads(out.getvalue())['errors']
    assert (first['path'], first['line'], first['column']) == ('release.yaml', 9, 5)
    assert {second[name] for name in ('path', 'line', 'column')} == {None}


def test_a_question_that_nobody_can_answer_is_an_error() -> None:
    """Without a terminal there is no yes, even where the input says so."""
    console, _, _ = _console()
    with pytest.raises(Exception, match='Nobody is there') as caught:
        console.ask('Release?')
    assert getattr(caught.value, 'code', None) == Code.CONFIRM


def test_lines_of_progress_stay_out_of_a_document() -> None:
    """Under `--format json` and `--quiet` there are none."""
    for console, out, _ in (_console(format='json'), _console(quiet=True)):
        console.line('built core')
        assert out.getvalue() == ''


def test_signs_beyond_ascii_become_ascii_where_the_stream_has_no_others() -> None:
    """An arrow is no reason to fail in the C locale."""
    target = io.TextIOWrapper(io.BytesIO(), encoding='ascii')
    Stream(target, str).write('1.0 → 2.0 … é\n')
    assert target.buffer.getvalue() == b'1.0 -> 2.0 ... ?\n'  # type: ignore[attr-defined]


def test_severities_have_their_own_colour() -> None:
    """A warning is no error at a glance."""
    warning = Problem(Code.SPEC_UNUSED, 'unused', 'Remove it.', severity=Severity.WARNING)
    assert '\x1b[1;33mwarning[RK-SPEC-UNUSED]' in draw([warning], 80, {'TERM': 'xterm-256color'})
