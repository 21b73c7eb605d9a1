# SPDX-License-Identifier: Apache-2.0
"""What a valid release.yaml becomes."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from releasekit.ecosystems import KINDS
from releasekit.errors import Code, Problem, ReleaseKitError, Severity
from releasekit.spec.kinds import Known
from releasekit.spec.load import load
from releasekit.spec.model import (
    Auth,
    Check,
    EnvValue,
    PasswordAuth,
    RunStep,
    Spec,
    Step,
    TaskStep,
    TokenAuth,
    UseStep,
    WorkspaceSpec,
)

KNOWN = Known(KINDS)
COMPLETE = Path(__file__).parent / 'complete.yaml'
TOP = 'version: 1\nworkspaces: {py: {ecosystem: python}}\n'


def spec(text: str) -> Spec:
    return load(f'{TOP}{text}', 'release.yaml', KNOWN).spec


def test_two_keys_are_enough() -> None:
    """Everything else has a default, and the dataclass has it."""
    assert spec('') == Spec(version=1, workspaces={'py': WorkspaceSpec(ecosystem='python')})


def test_a_complete_spec_loads_without_a_warning() -> None:
    """Every key of the format that this version knows, with `x-` keys that may hold anything."""
    text = COMPLETE.read_text(encoding='utf-8')
    loaded = load(text, 'release.yaml', KNOWN, strict=True)
    assert loaded.warnings == ()
    assert loaded.digest == hashlib.sha256(text.encode()).hexdigest()
    py = loaded.spec.workspaces['py']
    assert py.build.setup == (('make', 'all things'), ('uv', 'sync'))
    assert py.version.initial == '0.1.0'
    assert list(py.packages) == ['internal-*', 'core']
    assert loaded.spec.workspaces['tools'].changelog is False


@pytest.mark.parametrize(
    ('written', 'step'),
    [
        ('push', UseStep('push')),
        ('{use: push}', UseStep('push')),
        (
            '{use: smoke, from: artifacts, deep: {a: [1, no]}}',
            UseStep('smoke', options={'from': 'artifacts', 'deep': {'a': [1, 'no']}}),
        ),
        ('{task: check}', TaskStep('check')),
        ('{run: [a, "b c"]}', RunStep(('a', 'b c'))),
        ('{run: "a \'b c\' d"}', RunStep(('a', 'b c', 'd'))),
        ('{run: a, unless: test -f b, timeout: 2m}', RunStep(('a',), unless=('test', '-f', 'b'), timeout=120.0)),
        ('{run: a, per: package, env: {A: "1"}}', RunStep(('a',), per='package', env={'A': '1'})),
    ],
)
def test_a_step_has_short_forms(written: str, step: Step) -> None:
    """A name, a built-in step with options, a command, a task."""
    assert spec(f'tasks: {{t: {{steps: [{written}]}}}}').tasks['t'].steps == (step,)


@pytest.mark.parametrize(
    ('written', 'seconds'),
    [('600', 600), ('0.5', 0.5), ('"600"', 600), ('600s', 600), ('10m', 600), ('1h', 3600), ('null', None)],
)
def test_a_duration_is_seconds(written: str, seconds: float | None) -> None:
    """A number, or text with a unit."""
    assert spec(f'checks: [{{name: a, run: a, timeout: {written}}}]').checks == (Check('a', ('a',), timeout=seconds),)


@pytest.mark.parametrize(
    ('written', 'auth'),
    [
        ('trusted', 'trusted'),
        ('none', 'none'),
        ('{token: {env: A}}', TokenAuth(EnvValue('A'))),
        ('{username: {env: A}, password: {env: B}}', PasswordAuth(EnvValue('A'), EnvValue('B'))),
    ],
)
def test_authentication_has_four_forms(written: str, auth: Auth) -> None:
    """Values come from the environment only."""
    assert spec(f'targets: {{a: {{type: pypi, auth: {written}}}}}').targets['a'].auth == auth


def test_a_default_is_replaced_and_not_merged() -> None:
    """Who names sections or types names all of them."""
    read = spec('commits: {types: {docs: patch}}')
    assert read.commits.types == {'docs': 'patch'}
    changelog = read.workspaces['py'].changelog
    assert changelog is not False
    assert changelog.sections is None


def test_yaml_is_version_1_2() -> None:
    """`no`, `on` and `12:30` are text there."""
    assert spec('checks: [{name: a, run: [no, on, 12:30, 1_000, .inf]}]').checks[0].run == (
        'no',
        'on',
        '12:30',
        '1_000',
        '.inf',
    )


@pytest.mark.parametrize('newline', ['\r\n', '\r', '\n'])
def test_lines_may_end_as_they_like(newline: str) -> None:
    """The place of a mistake counts every kind of line end."""
    with pytest.raises(ReleaseKitError) as caught:
        load(f'{TOP}wrong: 1\n'.replace('\n', newline), 'release.yaml', KNOWN)
    assert str(caught.value.problems[0].place) == 'release.yaml:3:1'


def test_steps_are_those_that_are_handed_in() -> None:
    """A step of somebody's own is as good as a built-in one, also in hooks."""
    text = f'{TOP}tasks: {{t: {{steps: [mine]}}, u: {{steps: [{{run: ls}}]}}}}\nhooks: {{after-mine: [u]}}\n'
    assert load(text, 'release.yaml', Known(KINDS, frozenset({'mine'}))).spec.tasks['t'].steps == (UseStep('mine'),)
    with pytest.raises(ReleaseKitError):
        load(text, 'release.yaml', KNOWN)


def test_a_later_problem_finds_its_place() -> None:
    """What only discovery can know is said with the line of the spec."""
    places = load(f'{TOP}manifest: a.json\n', 'release.yaml', KNOWN).places
    assert str(places.key(('manifest',))) == 'release.yaml:3:1'
    assert str(places.value(('manifest',))) == 'release.yaml:3:11'
    assert str(places.value(('workspaces', 'py', 'packages', 'x'))) == 'release.yaml:2:14'
    assert str(places.value(('git', 'sign'))) == 'release.yaml:1:1'


@pytest.mark.parametrize(
    ('targets', 'code'),
    [
        ('{a: {type: pypi}}', Code.SPEC_UNUSED),
        ('{a: {type: pypi, url: "http://10.0.0.1/", insecure: true}}', Code.REGISTRY_INSECURE),
    ],
)
def test_what_is_odd_is_a_warning_and_under_strict_an_error(targets: str, code: Code) -> None:
    """A target that nothing uses, and plain http that was asked for."""
    used = [] if code is Code.SPEC_UNUSED else ['a']
    text = f'version: 1\nworkspaces: {{py: {{ecosystem: python, targets: {used}}}}}\n'
    warnings: tuple[Problem, ...] = load(f'{text}targets: {targets}\n', 'release.yaml', KNOWN).warnings
    assert [(warning.code, warning.severity) for warning in warnings] == [(code, Severity.WARNING)]
    with pytest.raises(ReleaseKitError) as caught:
        load(f'{text}targets: {targets}\n', 'release.yaml', KNOWN, strict=True)
    assert [(problem.code, problem.severity) for problem in caught.value.problems] == [(code, Severity.ERROR)]
