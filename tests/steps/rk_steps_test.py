# SPDX-License-Identifier: Apache-2.0
"""Steps decide: from a plan of packages to actions, what each needs, or why there is nothing to do."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import pytest

from releasekit.core.actions import Build, Commit, CreateTag, EditFile, RunCommand, SmokeTest, Upload
from releasekit.core.package import Dependency, EdgeKind, Package, VersionPlace, Workspace
from releasekit.core.plan import Base, BumpKind, Inputs, Plan, PlannedPackage, Reason, ReasonKind
from releasekit.core.unroll import unroll
from releasekit.errors import Code, ReleaseKitError
from releasekit.run.expand import Expansion, expand
from releasekit.spec.model import Check, RunStep, Spec, Step, Target, Task, TaskStep, UseStep, WorkspaceSpec
from releasekit.steps.base import Run, steps

RELEASE = (
    'preflight',
    'check',
    'bump',
    'changelog',
    'changesets',
    'lock',
    'commit',
    'tag',
    'build',
    'smoke',
    'push',
    'publish',
)
LOCK = '[[package]]\nname = "{name}"\nversion = "1.0.0"\nsource = {{ editable = "{name}" }}\n'


def package(name: str, *needs: str, kind: EdgeKind = EdgeKind.RUNTIME, publish: bool = True) -> Package:
    path = f'{name}/pyproject.toml'
    return Package(
        id=f'py:{name}',
        name=name,
        workspace='py',
        ecosystem='python',
        path=name,
        manifest=path,
        version='1.0.0',
        places=(VersionPlace(path, 'pyproject'),),
        dependencies=tuple(Dependency(f'py:{need}', kind, need) for need in needs),
        publish=publish,
        targets=('pypi',) if publish else (),
        private='' if publish else 'it says so',
    )


def run_of(*packages: Package, only: str | None = None, spec: Mapping[str, Any] | None = None) -> Run:
    """A run that releases 1.1.0 of all packages, or of those named."""
    rules = WorkspaceSpec(ecosystem='python', targets=('pypi',))
    made = Spec(version=1, workspaces={'py': rules}, targets={'pypi': Target(type='pypi')})
    released = [item for item in packages if only is None or item.name in only.split()]
    planned = tuple(
        PlannedPackage(
            id=item.id,
            name=item.name,
            workspace='py',
            ecosystem='python',
            path=item.path,
            released='1.0.0',
            current='1.0.0',
            next='1.1.0',
            bump=BumpKind.MINOR,
            tag=f'{item.name}-v1.1.0',
            targets=item.targets,
            reasons=(Reason(ReasonKind.COMMIT, commit='c' * 40, type='feat', subject='more'),),
        )
        for item in released
    )
    plan = Plan('1', 'digest', '2026-01-01', 0, Inputs(), Base('b' * 40, 'main'), planned, ())
    files = {item.manifest: _manifest(item) for item in packages}
    files['uv.lock'] = ''.join(LOCK.format(name=item.name) for item in packages).encode()
    workspace = Workspace(tuple(packages), {'py': 'uv.lock'})
    return Run(dataclasses.replace(made, **(spec or {})), workspace, plan, files)


def _manifest(item: Package) -> bytes:
    needs = ', '.join(f'"{edge.requirement}"' for edge in item.dependencies)
    return f'[project]\nname = "{item.name}"\nversion = "1.0.0"\ndependencies = [{needs}]\n'.encode()


def expanded(run: Run, *names: str, tasks: Mapping[str, Task] | None = None) -> Expansion:
    task = Task(steps=tuple(UseStep(name) for name in names))
    return expand(run, 'release', {**(tasks or {}), 'release': task})


def needed(plan: Plan, key: str) -> set[str]:
    """All that an action waits for, however far away."""
    found: set[str] = set()
    waiting = [key]
    while waiting:
        for need in plan.by_key[waiting.pop()].needs:
            if need not in found:
                found.add(need)
                waiting.append(need)
    return found


CHAIN = (package('a'), package('b', 'a'))


def test_the_whole_release_waits_in_the_right_order() -> None:
    """What can fail comes before the push, uploads after it, dependents after what they need is verified."""
    plan = expanded(run_of(*CHAIN), *RELEASE).plan
    before_push = needed(plan, 'push')
    for key in ('edit:a/pyproject.toml', 'lock:py', 'commit', 'tag:b-v1.1.0', 'smoke:artifacts:py:b@1.1.0'):
        assert key in before_push
    assert 'push' in needed(plan, 'upload:pypi:py:a@1.1.0')
    assert 'verify:pypi:py:a@1.1.0' in needed(plan, 'upload:pypi:py:b@1.1.0')
    assert 'advance:main' not in needed(plan, 'upload:pypi:py:a@1.1.0')
    assert 'upload:pypi:py:a@1.1.0' not in before_push


def test_every_need_names_an_earlier_action() -> None:
    """The actions stand in an order in which they can be performed."""
    plan = expanded(run_of(*CHAIN), *RELEASE).plan
    seen: set[str] = set()
    for action in plan.actions:
        assert set(action.needs) <= seen
        seen.add(action.key)
    assert len(seen) == len(plan.actions)


def test_packages_do_not_wait_for_each_other_without_need() -> None:
    """Builds of independent packages can run together."""
    plan = expanded(run_of(package('a'), package('b')), *RELEASE).plan
    assert not any('py:a' in key for key in needed(plan, 'build:py:b@1.1.0') if key.startswith('build:'))


def test_requirements_follow_the_versions_in_one_edit_of_the_file() -> None:
    """Version and requirement are one action with one diff."""
    plan = expanded(run_of(*CHAIN), 'bump').plan
    edit = plan.by_key['edit:b/pyproject.toml']
    assert isinstance(edit, EditFile)
    assert '+version = "1.1.0"' in edit.diff
    assert '+dependencies = ["a>=1.1.0"]' in edit.diff


def test_exact_pins_are_in_what_is_built_and_not_in_the_commit() -> None:
    """Of unreleased packages the version that there is."""
    rules = WorkspaceSpec(ecosystem='python', targets=('pypi',), pin='exact')
    plan = expanded(run_of(*CHAIN, only='b', spec={'workspaces': {'py': rules}}), 'bump', 'build').plan
    edit, build = plan.by_key['edit:b/pyproject.toml'], plan.by_key['build:py:b@1.1.0']
    assert isinstance(edit, EditFile)
    assert isinstance(build, Build)
    assert 'a==' not in edit.diff
    assert '+dependencies = ["a==1.0.0"]' in build.edits[0].diff


def test_a_package_that_needs_an_unpublished_one_is_refused() -> None:
    """Its users could not install it; a development group does no harm."""
    private = package('secret', publish=False)
    with pytest.raises(ReleaseKitError) as caught:
        expanded(run_of(private, package('b', 'secret')), *RELEASE)
    assert caught.value.code is Code.WORKSPACE_INVALID
    assert 'py:b is published but needs py:secret' in caught.value.problems[0].message
    plan = expanded(run_of(private, package('b', 'secret', kind=EdgeKind.GROUP)), *RELEASE).plan
    assert 'upload:pypi:py:b@1.1.0' in plan.by_key


def test_a_private_package_is_tagged_and_neither_built_nor_uploaded() -> None:
    """It is versioned like the others."""
    plan = expanded(run_of(package('a'), package('secret', publish=False)), *RELEASE).plan
    keys = {action.key for action in plan.actions if action.package == 'py:secret'}
    assert keys == {'edit:secret/pyproject.toml', 'edit:secret/CHANGELOG.md', 'tag:secret-v1.1.0'}


def test_nothing_to_release_is_no_action_at_all() -> None:
    """Not even a check runs, and the reason is told."""
    found = expanded(run_of(*CHAIN, only=''), *RELEASE)
    assert found.plan.actions == ()
    assert [skipped.reason for skipped in found.skipped] == ['no package has a change since its last release']


def test_checks_by_themselves_run_without_a_release() -> None:
    """`check` is for every day."""
    spec = {'checks': (Check(name='tests', run=('true',)),)}
    assert [action.key for action in expanded(run_of(*CHAIN, only='', spec=spec), 'check').plan.actions] == [
        'check:tests'
    ]


@pytest.mark.parametrize(
    ('check', 'keys'),
    [
        (Check(name='t', run=('x',), per='workspace'), {'check:t-py'}),
        (Check(name='t', run=('x', '{name}'), per='package'), {'check:t:py:a', 'check:t:py:b'}),
        (Check(name='t', run=('x',), per='package', packages=('b*',)), {'check:t:py:b'}),
        (Check(name='t', run=('x',), severity='off'), set()),
    ],
    ids=['workspace', 'package', 'some packages', 'off'],
)
def test_a_check_runs_where_it_says(check: Check, keys: set[str]) -> None:
    """Once, once a workspace, or once a package that its globs name."""
    plan = expanded(run_of(*CHAIN, spec={'checks': (check,)}), 'check').plan
    assert {action.key for action in plan.actions} == keys


def test_words_of_a_package_are_filled_in() -> None:
    """With the version that is to be."""
    check = Check(name='t', run=('x', '{name}', '{path}', '{version}'), per='package', packages=('a',))
    action = expanded(run_of(*CHAIN, spec={'checks': (check,)}), 'check').plan.actions[0]
    assert isinstance(action, RunCommand)
    assert (action.argv, action.cwd) == (('x', 'a', 'a', '1.1.0'), 'a')


def test_a_tag_of_a_commit_with_other_versions_is_refused() -> None:
    """Without a commit of ours the files must hold the versions already."""
    with pytest.raises(ReleaseKitError) as caught:
        expanded(run_of(*CHAIN), 'tag')
    assert 'a 1.0.0, not 1.1.0' in caught.value.problems[0].message


@pytest.mark.parametrize(
    ('template', 'message'),
    [
        ('release: {summary}', 'release: 2 packages\n\n- a 1.1.0\n- b 1.1.0\n'),
        ('release {packages}', 'release a 1.1.0, b 1.1.0\n'),
        ('release {version} on {date}', 'release 1.1.0 on 2026-01-01\n\n- a 1.1.0\n- b 1.1.0\n'),
    ],
)
def test_the_message_of_the_commit_says_what_is_released(template: str, message: str) -> None:
    """As the template has it, with a list where it names no packages."""
    run = run_of(*CHAIN)
    git = dataclasses.replace(run.spec.git, commit_message=template)
    plan = expanded(dataclasses.replace(run, spec=dataclasses.replace(run.spec, git=git)), 'bump', 'commit').plan
    commit = plan.by_key['commit']
    assert isinstance(commit, Commit)
    assert commit.message == message


def test_hooks_stand_around_their_step_and_around_the_task() -> None:
    """Before and after, in the order of the names."""
    tasks = {name: Task(steps=(RunStep(run=(name,)),)) for name in ('one', 'two', 'last')}
    hooks = {'before-bump': ('one',), 'after-bump': ('two',), 'after-release': ('last',)}
    run = dataclasses.replace(run_of(*CHAIN), spec=dataclasses.replace(run_of(*CHAIN).spec, hooks=hooks))
    plan = expanded(run, 'bump', 'commit', tasks=tasks).plan
    kinds = [action.key if action.kind == 'run' else action.kind for action in plan.actions]
    assert kinds == [
        'hook:before-bump-one-1', 'edit', 'edit', 'hook:after-bump-two-1', 'manifest', 'commit',
        'hook:after-release-last-1',
    ]  # fmt: skip
    commit = plan.by_key['commit']
    assert isinstance(commit, Commit)
    assert commit.tracked


def test_a_commit_takes_only_what_was_planned_where_nothing_else_ran() -> None:
    """What a check leaves in tracked files is not committed."""
    plan = expanded(run_of(*CHAIN, spec={'checks': (Check(name='t', run=('x',)),)}), 'check', 'bump', 'commit').plan
    commit = plan.by_key['commit']
    assert isinstance(commit, Commit)
    assert not commit.tracked
    assert commit.paths == ('a/pyproject.toml', 'b/pyproject.toml', 'release-manifest.json')


def test_a_smoke_test_gets_all_that_the_package_needs_when_it_runs() -> None:
    """However far away, and waits for their builds."""
    run = run_of(package('a'), package('b', 'a'), package('c', 'b'))
    action = expanded(run, 'bump', 'build', 'smoke').plan.by_key['smoke:artifacts:py:c@1.1.0']
    assert isinstance(action, SmokeTest)
    assert set(action.with_builds) == {f'build:py:{name}@1.1.0' for name in 'abc'}
    assert set(action.with_builds) <= set(action.needs)


def test_publish_can_leave_the_smoke_test_out() -> None:
    """For an index that asks for a login."""
    run = run_of(package('a'))
    task = Task(steps=(UseStep('build'), UseStep('publish', {'smoke': False})))
    keys = {action.kind for action in expand(run, 'release', {'release': task}).plan.actions}
    assert keys == {'build', 'upload', 'verify'}


@pytest.mark.parametrize(
    ('step', 'code'),
    [
        (UseStep('publish', {'smok': False}), Code.SPEC_NAME),
        (UseStep('publish', {'smoke': 'yes'}), Code.SPEC_INVALID),
        (UseStep('smoke', {'from': 'nowhere'}), Code.SPEC_INVALID),
        (TaskStep('nobody'), Code.SPEC_NAME),
        (TaskStep('release'), Code.SPEC_NAME),
    ],
    ids=['unknown option', 'wrong type', 'wrong value', 'unknown task', 'itself'],
)
def test_a_step_that_cannot_be_is_refused(step: Step, code: Code) -> None:
    """With what would be right."""
    with pytest.raises(ReleaseKitError) as caught:
        expand(run_of(package('a')), 'release', {'release': Task(steps=(UseStep('build'), step))})
    assert caught.value.code is code
    assert caught.value.problems[0].hint


def test_tasks_in_tasks_are_put_in_place() -> None:
    """In order, however deep."""
    tasks = {
        'all': Task(steps=(TaskStep('one'), RunStep(run=('c',)))),
        'one': Task(steps=(RunStep(run=('a',)), TaskStep('two'))),
        'two': Task(steps=(RunStep(run=('b',)),)),
    }
    assert [part.step.run[0] for part in unroll('all', tasks) if isinstance(part.step, RunStep)] == ['a', 'b', 'c']


def test_every_step_has_a_title_and_frozen_options() -> None:
    """They are what the reference is made of."""
    for known in steps().values():
        assert known.title.endswith('.')
        assert dataclasses.is_dataclass(known.options)
    assert set(RELEASE) <= set(steps())


def test_two_targets_of_a_package_do_not_wait_for_each_other() -> None:
    """When one registry is down, the other gets its packages."""
    item = dataclasses.replace(package('a'), targets=('mirror', 'pypi'))
    spec = {'targets': {'pypi': Target(type='pypi'), 'mirror': Target(type='pypi')}}
    plan = expanded(run_of(item, spec=spec), *RELEASE).plan
    upload = plan.by_key['upload:pypi:py:a@1.1.0']
    assert isinstance(upload, Upload)
    assert not any(':mirror:' in key for key in needed(plan, upload.key))


def test_an_upload_waits_for_what_it_needs_wherever_that_is() -> None:
    """On the same target where both go there, else on all targets of what is needed."""
    spec = {'targets': {name: Target(type='pypi', url=f'https://{name}/') for name in ('pypi', 'mirror', 'third')}}
    needed_ = dataclasses.replace(package('a'), targets=('mirror', 'third'))
    user = dataclasses.replace(package('b', 'a'), targets=('mirror', 'pypi'))
    plan = expanded(run_of(needed_, user, spec=spec), *RELEASE).plan

    def verified(key: str) -> set[str]:
        return {need for need in plan.by_key[key].needs if need.startswith('verify:')}

    assert verified('upload:mirror:py:b@1.1.0') == {'verify:mirror:py:a@1.1.0'}
    assert verified('upload:pypi:py:b@1.1.0') == {'verify:mirror:py:a@1.1.0', 'verify:third:py:a@1.1.0'}


def test_a_package_that_needs_one_without_releases_is_refused() -> None:
    """`release: false` publishes nothing either."""
    frozen = dataclasses.replace(package('a'), release=False)
    with pytest.raises(ReleaseKitError) as caught:
        expanded(run_of(frozen, package('b', 'a'), only='b'), *RELEASE)
    assert caught.value.code is Code.WORKSPACE_INVALID
    assert caught.value.problems[0].message.endswith('which is not: release is false.')


@pytest.mark.parametrize(
    ('change', 'refused'),
    [
        ({}, True),
        ({'targets': ('mirror',)}, False),
        ({'targets': ('alias',)}, True),
        ({'publish': False}, False),
        ({'release': False}, False),
    ],
    ids=['one target', 'two targets', 'two names of one registry', 'not published', 'not released'],
)
def test_two_packages_of_one_name_on_one_registry_are_refused(change: Mapping[str, Any], refused: bool) -> None:
    """However the name is spelt, and even where only one of them is released now."""
    urls = {'pypi': 'https://one/', 'alias': 'https://one/', 'mirror': 'https://two/'}
    spec = {'targets': {name: Target(type='pypi', url=url) for name, url in urls.items()}}
    twin = dataclasses.replace(package('Acme_Core'), id='other:acme-core', **change)
    run = run_of(package('acme-core'), twin, only='acme-core', spec=spec)
    if not refused:
        assert 'upload:pypi:py:acme-core@1.1.0' in expanded(run, *RELEASE).plan.by_key
        return
    with pytest.raises(ReleaseKitError) as caught:
        expanded(run, *RELEASE)
    assert caught.value.code is Code.WORKSPACE_INVALID
    assert 'py:acme-core and other:acme-core would both be acme-core on ' in caught.value.problems[0].message


def hooked(hooks: Mapping[str, tuple[str, ...]], tasks: Mapping[str, Task], *names: str) -> Plan:
    """The plan of a release with checks, one for each package."""
    checks = (Check(name='t', run=('x',), per='package'),)
    run = run_of(*CHAIN, spec={'checks': checks, 'hooks': hooks})
    return expanded(run, *names, tasks=tasks).plan


def test_built_in_steps_of_a_hook_are_taken() -> None:
    """A check that ran before runs again, where the hook stands."""
    tasks = {'again': Task(steps=(UseStep('check'), RunStep(run=('true',))))}
    plan = hooked({'before-commit': ('again',)}, tasks, 'check', 'bump', 'commit')
    kinds = [action.key if action.kind == 'run' else action.kind for action in plan.actions]
    assert kinds == [
        'check:t:py:a', 'check:t:py:b', 'edit', 'edit', 'check:t-2:py:a', 'check:t-2:py:b',
        'hook:before-commit-again-2', 'manifest', 'commit',
    ]  # fmt: skip
    assert 'edit:b/pyproject.toml' in needed(plan, 'check:t-2:py:a')


def test_a_built_in_step_that_comes_again_is_done_once() -> None:
    """There is one build of each package, and it needs nothing that comes after it."""
    plan = hooked({'before-push': ('more',)}, {'more': Task(steps=(UseStep('build'),))}, 'build', 'push')
    keys = [action.key for action in plan.actions]
    assert [key for key in keys if key.startswith('build:')] == ['build:py:a@1.1.0', 'build:py:b@1.1.0']
    assert all(keys.index(need) < keys.index(action.key) for action in plan.actions for need in action.needs)


@pytest.mark.parametrize('way', ['hook', 'step'])
def test_a_task_with_a_matrix_runs_once_for_each_combination(way: str) -> None:
    """As a hook or in another task's place; a release has no further arguments, and built-in steps come once."""
    step = RunStep(run=('py', '{python}', '{posargs}'))
    tasks = {'test': Task(steps=(UseStep('check'), step), matrix={'python': ('3.10', '3.14')})}
    if way == 'hook':
        plan = hooked({'before-bump': ('test',)}, tasks, 'bump')
    else:
        tasks['release'] = Task(steps=(TaskStep('test'),))
        plan = expand(run_of(*CHAIN, spec={'checks': (Check(name='t', run=('x',)),)}), 'release', tasks).plan
    commands = [action for action in plan.actions if isinstance(action, RunCommand)]
    assert [action.argv for action in commands if action.purpose == way] == [('py', '3.10'), ('py', '3.14')]
    assert sum(action.purpose == 'check' for action in commands) == (2 if way == 'hook' else 1)


def test_edits_and_commands_in_one_checkout_wait_for_each_other() -> None:
    """No check reads a file that is being written, whosever they are."""
    tasks = {'after': Task(steps=(RunStep(run=('x',), per='package'),))}
    plan = hooked({'after-bump': ('after',)}, tasks, 'check', 'bump', 'changelog')
    for name in 'ab':
        assert {'check:t:py:a', 'check:t:py:b'} <= needed(plan, f'edit:{name}/pyproject.toml')
        after = f'hook:after-bump-after-1:py:{name}'
        assert {'edit:a/pyproject.toml', 'edit:b/pyproject.toml'} <= needed(plan, after)
        assert {'hook:after-bump-after-1:py:a', 'hook:after-bump-after-1:py:b'} <= needed(
            plan, f'edit:{name}/CHANGELOG.md'
        )
        assert not any(other != after and other.startswith('hook:') for other in needed(plan, after))


def test_a_smoke_test_gets_what_extras_ask_for() -> None:
    """`b[fast]` may need c, which is of this release and must not come from elsewhere; cycles of extras end."""
    b = dataclasses.replace(package('b'), dependencies=(Dependency('py:c', EdgeKind.OPTIONAL, 'c', 'fast'),))
    c = dataclasses.replace(package('c'), dependencies=(Dependency('py:b', EdgeKind.OPTIONAL, 'b', 'slow'),))
    action = expanded(run_of(package('a', 'b'), b, c), 'build', 'smoke').plan.by_key['smoke:artifacts:py:a@1.1.0']
    assert isinstance(action, SmokeTest)
    assert set(action.with_builds) == {f'build:py:{name}@1.1.0' for name in 'abc'}


def test_workspaces_that_have_one_tag_together_get_it_once() -> None:
    """Two actions for one tag would be one too many."""
    run = run_of(package('a'))
    plan = dataclasses.replace(run.plan, umbrella_tags={'py': 'all-1.1.0', 'rs': 'all-1.1.0', 'web': 'web-1.1.0'})
    made = expanded(dataclasses.replace(run, plan=plan), 'commit', 'tag').plan.actions
    told = [(action.tag, action.message) for action in made if isinstance(action, CreateTag) and action.package is None]
    assert told == [('all-1.1.0', 'py and rs all-1.1.0'), ('web-1.1.0', 'web web-1.1.0')]


def test_a_tag_that_git_would_refuse_is_an_error_of_the_plan() -> None:
    """It names the package, the tag and the key to change."""
    run = run_of(package('a'))
    bad = dataclasses.replace(run.plan.packages[0], tag='a~1.1.0')
    plan = dataclasses.replace(run.plan, packages=(bad,), umbrella_tags={'py': 'all..1.1.0'})
    with pytest.raises(ReleaseKitError) as caught:
        expanded(dataclasses.replace(run, plan=plan), 'commit', 'tag')
    first, second = caught.value.problems
    assert first.message.startswith("git takes no tag of the name 'a~1.1.0', which py:a would get")
    assert 'workspaces.py.tag' in first.hint
    assert 'all..1.1.0' in second.message
    assert 'workspaces.py.umbrella_tag' in second.hint
