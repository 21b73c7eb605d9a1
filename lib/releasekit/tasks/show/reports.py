# SPDX-License-Identifier: Apache-2.0
"""What came of it, as people read it: where each package went, how far each got, and what to do next."""

from __future__ import annotations

from collections.abc import Iterator

from releasekit.core import documents
from releasekit.core.actions import Push
from releasekit.core.package import Package, Workspace
from releasekit.core.plan import Plan
from releasekit.core.report import PackageState, PackageStatus, Report, ResultKind, Status
from releasekit.ecosystems import KINDS
from releasekit.errors import Exit, Problem
from releasekit.spec.kinds import page, target_kinds
from releasekit.spec.model import Spec
from releasekit.tasks.terminal.layout import Block, Line, Table

_STATE_STYLES = (
    (PackageState.PUBLISHED.value, 'green'),
    ('released', 'green'),
    ('built', 'green'),
    (PackageState.FAILED.value, 'bold red'),
    (PackageState.WAITING.value, 'yellow'),
)
_CHECK_STYLES = (
    (ResultKind.DONE.value, 'green'),
    (ResultKind.FAILED.value, 'bold red'),
    (ResultKind.WARNED.value, 'yellow'),
)
_ENDED = frozenset({ResultKind.DONE, ResultKind.ALREADY, ResultKind.WARNED})
_NEXT = {
    Exit.POLICY: 'Stopped by a check: put right what is said above, then run the same command again.',
    Exit.PARTIAL: 'Partly done: run the same command again to go on.',
    Exit.DRIFT: 'The world changed since the plan was made: look at what is said above, then plan again.',
    Exit.LOCKED: 'Another run is at work: wait for it, then run the same command again.',
}
# What begins the keys of actions that the world sees, and of those that only make something to look at.
_VISIBLE = ('tag:', Push.key, 'upload:')
_BUILD = 'build:'
_INTERRUPTED = 'Interrupted: run the same command again to go on.'
_NEXT_ELSE = 'Not done: put right what is said above, then run the same command again.'


def closing(report: Report, spec: Spec, artifacts: str = '') -> list[Block]:
    """The summary of a run: what was published where, the release commit, the tags, and the next step.

    `artifacts` is the folder of the built files, for a run that ends with them.
    """
    if not report.results:
        return [Line(outcome(report), 'bold green')]
    blocks: list[Block] = []
    keys = tuple(result.key for result in report.results)
    word = 'released' if any(key.startswith(_VISIBLE) for key in keys) else 'built'
    going = report.packages if any(key.startswith((*_VISIBLE, _BUILD)) for key in keys) else ()
    if rows := tuple(row for package in going for row in _published(package, spec, word)):
        blocks += [Line(), Table(('package', 'version', 'state', 'target', 'index page'), rows, _STATE_STYLES)]
    built = any(result.key.startswith(_BUILD) and result.kind in _ENDED for result in report.results)
    files = artifacts if built and word == 'built' else ''
    facts = (('commit', report.commit or ''), ('tags', ', '.join(_tags(report))), ('files', files))
    # What was not pushed can be found nowhere.
    hidden = any(result.key == Push.key and result.kind not in _ENDED for result in report.results)
    if told := [Line(f'{name:<7} {text}') for name, text in facts if text and not hidden]:
        blocks += [Line(), *told]
    good = report.exit is Exit.DONE and report.signal is None
    return [*blocks, Line(), Line(outcome(report), 'bold green' if good else 'bold yellow')]


def outcome(report: Report) -> str:
    """How the run ended, in a line."""
    kinds = [result.kind for result in report.results]
    skipped = kinds.count(ResultKind.SKIPPED)
    count = len(kinds) - skipped
    done = f'{sum(kind in _ENDED for kind in kinds)} of {count} actions'
    if report.signal is not None:
        return f'{_INTERRUPTED} {done} are done.'
    if report.held and all(kind in _ENDED for kind in kinds):
        count = len(report.held)
        waits = '1 action waits' if count == 1 else f'{count} actions wait'
        return f'Partly done: {waits} for other targets; run `releasekit publish` to go on. {done} are done.'
    if report.exit is not Exit.DONE:
        return f'{_NEXT.get(report.exit, _NEXT_ELSE)} {done} are done.'
    if not kinds:
        return 'Nothing to do.'
    done = done.removesuffix('s') if count == 1 else done
    before = kinds.count(ResultKind.ALREADY)
    rest = f'; {skipped} skipped' if skipped else ''
    return f'Done: {done}, {before} of them before{rest}.' if before else f'Done: {done}{rest}.'


def problems(report: Report) -> list[Problem]:
    """What a run and its actions had to say, each thing once."""
    told = [result.problem for result in report.results if result.problem is not None]
    return list(dict.fromkeys((*report.warnings, *told)))


def status(status_: Status) -> list[Block]:
    """How far each package of a run got."""
    rows = tuple(
        (package.id, package.version, _state(package), ', '.join(package.targets), package.detail)
        for package in status_.packages
    )
    end = 'finished' if status_.finished else 'not finished; run `release` again to go on'
    headline = Line(f'run {status_.plan[:12]} from {status_.base[:9]}: {end}', 'bold')
    return [headline, Line(), Table(('package', 'version', 'state', 'verified on', 'detail'), rows, _STATE_STYLES)]


def packages(workspace: Workspace) -> list[Block]:
    """All packages and how they need each other."""
    rows = tuple(
        (package.id, package.version or '-', package.path, _goes_to(package), _needs(package))
        for package in workspace.packages
    )
    return [Table(('package', 'version', 'path', 'goes to', 'needs'), rows)] if rows else []


def versions(plan: Plan) -> list[Block]:
    """The versions of what is to be released."""
    rows = tuple((package.id, package.released or '-', package.next) for package in plan.packages)
    return [Table(('package', 'released', 'next'), rows)] if rows else [Line('Nothing to release.')]


def findings(plan: Plan, report: Report) -> list[Block]:
    """How each check ended."""
    ended = documents.checks(plan, report)
    rows = tuple((check.id, check.package or '', str(result.kind), result.detail) for check, result in ended)
    return [Table(('check', 'package', 'result', 'detail'), rows, _CHECK_STYLES)] if rows else [Line('No checks.')]


def _published(package: PackageStatus, spec: Spec, word: str) -> Iterator[tuple[str, ...]]:
    row = (package.id, package.version, _state(package, word))
    name = package.id.partition(':')[2]
    for target in package.targets:
        rules = spec.targets[target]
        yield (*row, target, page(target_kinds(KINDS)[rules.type], rules.index, name, package.version))
    if not package.targets:
        yield (*row, package.detail, '')


def _state(package: PackageStatus, word: str = 'released') -> str:
    """The state in a word; what went to no target was never published."""
    return word if package.state is PackageState.PUBLISHED and not package.targets else str(package.state)


def _tags(report: Report) -> list[str]:
    made = (result.key for result in report.results if result.kind in _ENDED)
    return [key.removeprefix('tag:') for key in made if key.startswith('tag:')]


def _goes_to(package: Package) -> str:
    if not package.release:
        return 'nowhere: not released'
    if not package.publish:
        return f'nowhere: {package.private or "publish is false"}'
    return ', '.join(package.targets) or 'nowhere: no targets'


def _needs(package: Package) -> str:
    return ', '.join(f'{edge.id} ({edge.kind})' for edge in package.dependencies)
