# SPDX-License-Identifier: Apache-2.0
"""The parts that a spec is read with: templates, secrets, names, addresses, built-in tasks."""

from __future__ import annotations

from importlib.resources import files

import pytest

from releasekit.ecosystems import KINDS
from releasekit.errors import Code, ReleaseKitError, render
from releasekit.spec.addresses import is_loopback
from releasekit.spec.builtin import builtin_tasks
from releasekit.spec.interpolate import fill, words
from releasekit.spec.kinds import Known
from releasekit.spec.load import load
from releasekit.spec.model import UseStep
from releasekit.spec.names import STEPS, TASKS, TASKS_FILE, did_you_mean

KNOWN = Known(KINDS)


@pytest.mark.parametrize(
    ('template', 'found', 'filled'),
    [
        ('', (), ''),
        ('plain', (), 'plain'),
        ('{name}-v{version}', ('name', 'version'), '{version}-v1.2'),
        ('{name}{name}', ('name',), '{version}{version}'),
        ('{{name}} {{}} {version}', ('version',), '{name} {} 1.2'),
        ('{{{version}}}', ('version',), '{1.2}'),
        ('$HOME %s \\n', (), '$HOME %s \\n'),
    ],
)
def test_a_template_takes_words_and_nothing_else(template: str, found: tuple[str, ...], filled: str) -> None:
    """A value that looks like a word stays as it is."""
    assert words(template) == found
    assert fill(template, {'name': '{version}', 'version': '1.2'}) == filled


@pytest.mark.parametrize(
    'template', ['{', '}', '{name', 'name}', '{}', '{0}', '{a.b}', '{a!r}', '{a:>9}', '{A}', '{ a }', '{a[0]}']
)
def test_what_is_no_word_is_an_error(template: str) -> None:
    """Attributes, formats, positions and lone braces."""
    for action in (words, lambda text: fill(text, {'a': '1', 'name': '2'})):
        with pytest.raises(ReleaseKitError) as caught:
            action(template)
        assert caught.value.code is Code.SPEC_INVALID


def test_a_word_without_a_value_is_an_error() -> None:
    """The hint says which words there are."""
    with pytest.raises(ReleaseKitError) as caught:
        fill('{nam}', {'name': 'x'})
    assert (caught.value.code, caught.value.problems[0].hint) == (Code.SPEC_NAME, 'What can stand here: `{name}`.')


# In pieces, so that no scanner takes these for real.
SECRETS = [
    ('pypi-' + 'AgEIcHlwaS5vcmcCJDAw', 'a PyPI token'),
    ('pypi-' + 'AgENdGVzdC5weXBpLm9y', 'a PyPI token'),
    ('ghp_' + 'a1' * 18, 'a GitHub token'),
    ('github_' + 'pat_' + 'a1' * 20, 'a GitHub token'),
    ('glpat-' + 'a1_-' * 5, 'a GitLab token'),
    ('npm_' + 'a1' * 18, 'an npm token'),
    ('xoxb-' + '1234567890-abc', 'a Slack token'),
    ('AKIA' + 'IOSFODNN7EXAMPLE', 'an AWS access key'),
    ('-----BEGIN ' + 'RSA PRIVATE KEY-----', 'a private key'),
]


@pytest.mark.parametrize(('secret', 'name'), SECRETS)
@pytest.mark.parametrize(
    'template', ['tag: "{}"', '# {}', 'x-mine: ["{}"]', '{}: 1', 'tag: "{}', 'manifest: [{{"a {}": 1}}]']
)
def test_a_secret_is_refused_wherever_it_stands_and_never_shown(template: str, secret: str, name: str) -> None:
    """In values, keys, comments and the user's own keys; also where something else is wrong in its line."""
    text = 'version: 1\nworkspaces: {py: {ecosystem: python}}\n' + template.format(secret) + '\n'
    with pytest.raises(ReleaseKitError) as caught:
        load(text, 'release.yaml', KNOWN)
    found = [problem for problem in caught.value.problems if problem.code is Code.SPEC_SECRET]
    assert [problem.message for problem in found] == [f'This is {name}; the file is no place for secrets.']
    place = found[0].place
    assert place is not None
    assert (place.line, place.column, place.length) == (3, template.format('\0').index('\0') + 1, len(secret))
    assert not any(secret in render(problem) or secret in problem.message for problem in caught.value.problems)
    assert secret not in str(caught.value)


@pytest.mark.parametrize('key', ['url', 'index'])
def test_a_password_in_an_address_is_refused(key: str) -> None:
    """The place is the password's own."""
    text = f'version: 1\nworkspaces: {{}}\ntargets: {{a: {{type: pypi, {key}: "https://me:hunter2@example.org/x"}}}}\n'
    with pytest.raises(ReleaseKitError) as caught:
        load(text, 'release.yaml', KNOWN)
    found = next(problem for problem in caught.value.problems if problem.code is Code.SPEC_SECRET)
    assert found.place is not None
    assert found.place.column == text.splitlines()[2].index('hunter2') + 1
    assert 'hunter2' not in ''.join(render(problem) for problem in caught.value.problems)


@pytest.mark.parametrize(
    'text',
    [
        'https://me@example.org/',
        'https://example.org:8080/a@b',
        'npm_config_registry_of_the_whole_company',
        'pypi-AgE',
        'AKIA',
    ],
)
def test_what_only_looks_like_a_secret_is_none(text: str) -> None:
    """Names of variables, ports and users."""
    loaded = load(
        f'version: 1\nworkspaces: {{py: {{ecosystem: python, exclude: ["{text}"]}}}}\n', 'release.yaml', KNOWN
    )
    assert loaded.spec.workspaces['py'].exclude == (text,)


@pytest.mark.parametrize(
    ('host', 'here'),
    [
        ('localhost', True),
        ('a.localhost', True),
        ('127.0.0.1', True),
        ('127.9.9.9', True),
        ('::1', True),
        ('10.0.0.1', False),
        ('192.168.0.1', False),
        ('localhost.example.org', False),
        ('notlocalhost', False),
    ],
)
def test_only_this_machine_is_reached_by_plain_http(host: str, here: bool) -> None:
    """Names and addresses of the loopback interface."""
    assert is_loopback(host) is here


def test_the_nearest_name_is_suggested() -> None:
    """And none where none is near, or where a word is longer than any name."""
    assert did_you_mean('ecosytem', ['ecosystem', 'root']) == 'did you mean `ecosystem`?'
    assert did_you_mean('firstParent', ['first_parent']) == did_you_mean('FIRST-PARENT', ['first_parent']) != ''
    assert did_you_mean('zzz', ['ecosystem']) == ''
    assert did_you_mean('e' * 100_000, ['e' * 99_999]) == ''


def test_the_built_in_tasks_are_made_of_built_in_steps() -> None:
    """The packaged file, its names and the names that release.yaml may use are one."""
    tasks = builtin_tasks(files('releasekit.spec').joinpath(TASKS_FILE).read_text(encoding='utf-8'))
    assert frozenset(tasks) == TASKS
    used = [step.use for task in tasks.values() for step in task.steps if isinstance(step, UseStep)]
    assert frozenset(used) == STEPS
    assert all(task.help for task in tasks.values())
    release = [
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
    ]
    assert tasks['release'].steps == tuple(UseStep(name) for name in release)


def test_a_broken_file_of_built_in_tasks_is_an_error() -> None:
    """Only a broken installation has one."""
    with pytest.raises(ReleaseKitError):
        builtin_tasks('a: *b\n')
