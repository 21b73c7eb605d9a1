# SPDX-License-Identifier: Apache-2.0
"""A plan as people read it: a table with a reason for each row, then every action, with diffs in a dry run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from releasekit.core.actions import Action, Build, EditFile, Probe, Push, RunCommand, Upload
from releasekit.core.plan import Plan, PlannedPackage, Reason, ReasonKind
from releasekit.core.why import first_line
from releasekit.tasks.terminal.layout import Block, Diff, Line, Table

_SHORT = 9
_BUMP_STYLES = (('major', 'bold red'), ('minor', 'yellow'), ('patch', 'green'), ('initial', 'cyan'))


def table(plan: Plan) -> Table:
    """A row for each package that is released."""
    names = Counter(package.name for package in plan.packages)
    rows = tuple(
        (
            package.name if names[package.name] == 1 else package.id,
            f'{package.released or "-"} → {package.next}',
            str(package.bump),
            why(package),
            ', '.join(package.targets),
        )
        for package in plan.packages
    )
    return Table(('package', 'released → next', 'bump', 'why', 'targets'), rows, _BUMP_STYLES)


def why(package: PlannedPackage) -> str:
    """The first reason of a package, and how many more it has."""
    first = next((reason(reason_) for reason_ in package.reasons), '')
    return f'{first} (+{len(package.reasons) - 1} more)' if len(package.reasons) > 1 else first


def reason(reason_: Reason) -> str:
    """A reason in a few words."""
    match reason_.kind:
        case ReasonKind.COMMIT:
            scope = f'({reason_.scope})' if reason_.scope else ''
            mark = '!' if reason_.breaking else ''
            return f'{reason_.type}{scope}{mark}: {reason_.subject} [{(reason_.commit or "")[:_SHORT]}]'
        case ReasonKind.CHANGESET:
            name = (reason_.path or '').rpartition('/')[2]
            return f'{reason_.level}: {first_line(reason_)} [{name}]'
        case ReasonKind.DEPENDENCY:
            return f'needs {reason_.package}'
        case ReasonKind.GROUP:
            return f'in group {reason_.group}' if reason_.group else f'shares the version in {reason_.detail}'
        case ReasonKind.INITIAL:
            return 'first release'
        case ReasonKind.PRERELEASE:
            return f'follows {reason_.detail}'
        case _:
            told = reason_.detail or reason_.subject or ''
            return f'{reason_.kind}: {told}' if told else str(reason_.kind)


def summary(plan: Plan) -> list[Block]:
    """The table, between a headline and what stays as it is."""
    if not plan.packages:
        what = 'promote' if plan.inputs.promote else 'release'
        return [Line(f'Nothing to {what}: {plan.nothing} ({_base(plan)}).')]
    count = len(plan.packages)
    blocks: list[Block] = [
        Line(f'{count} {plural(count)} to release from {_base(plan)}{_channel(plan)}', 'bold'),
        Line(),
        table(plan),
    ]
    if plan.unchanged:
        blocks += [Line(), Line(f'unchanged: {", ".join(plan.unchanged)}', 'dim')]
    return blocks


def whole(plan: Plan) -> list[Block]:
    """The table, then all actions in their order."""
    actions = [Line(f'  {action}') for action in plan.actions]
    return [*summary(plan), *_headline(plan.actions), *actions]


def dry_run(plan: Plan) -> list[Block]:
    """The table, then all actions in their order, each edit with its diff."""
    blocks = [block for action in plan.actions for block in _with_diff(action)]
    return [*(summary(plan) if makes_something(plan) else []), *_headline(plan.actions), *blocks]


def makes_something(plan: Plan) -> bool:
    """Whether a plan does more than look and run commands, so that its versions matter; or has nothing to do at all."""
    return not (plan.packages or plan.actions) or any(
        not isinstance(action, (Probe, RunCommand)) for action in plan.actions
    )


def irreversible(plan: Plan, action: Action) -> str:
    """The question before the first step that cannot be taken back."""
    count = len(plan.packages)
    match action:
        case Push():
            what = f'{action}, then upload'
        case Upload():
            targets = {each.target for each in plan.actions if isinstance(each, Upload)}
            what = f'upload to {", ".join(sorted(targets))}'
        case _:
            what = str(action)
    return f'Release {count} {plural(count)}: {what}?'


def plural(count: int) -> str:
    """The word for so many packages."""
    return 'package' if count == 1 else 'packages'


def _headline(actions: tuple[Action, ...]) -> list[Block]:
    count = len(actions)
    return [Line(), Line(f'{count} {"action" if count == 1 else "actions"}, in this order', 'bold')] if actions else []


def _with_diff(action: Action) -> Iterator[Block]:
    yield Line(f'  {action}')
    for edit in _edits(action):
        yield Diff(edit.diff)


def _edits(action: Action) -> Iterable[EditFile]:
    match action:
        case EditFile():
            return (action,)
        case Build():
            return action.edits
        case _:
            return ()


def _base(plan: Plan) -> str:
    return f'{plan.base.branch} at {plan.base.commit[:_SHORT]}'


def _channel(plan: Plan) -> str:
    return f', to the channel {plan.channel}' if plan.channel is not None else ''
