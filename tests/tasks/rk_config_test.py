# SPDX-License-Identifier: Apache-2.0
"""Settings: a flag outranks a variable, a variable release.yaml, and release.yaml the default; plans say so."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from ruamel.yaml import YAML

from releasekit import codec, log
from releasekit.ecosystems import KINDS
from releasekit.errors import Code, ReleaseKitError, Severity
from releasekit.spec import keys, overrides
from releasekit.spec.keys import Key
from releasekit.spec.kinds import Known
from releasekit.spec.load import Loaded, load, release_schema
from releasekit.spec.names import FLAG_VARIABLES, LATER
from releasekit.spec.overrides import Given
from releasekit.steps.base import steps
from releasekit.tasks import flags
from releasekit.testing.workspace import Sandbox, make_repository

RELEASEKIT = str(Path(sys.executable).parent / 'releasekit')
ROOT = Path(__file__).parents[2]
SPEC: dict[str, Any] = {
    'version': 1,
    'project': {},
    'commits': {},
    'git': {},
    'engine': {},
    'workspaces': {
        'my-py': {
            'ecosystem': 'python',
            'version': {},
            'changelog': {},
            'targets': ['py-pi'],
            'groups': {'sdk': {'packages': ['*'], 'versioning': 'fixed'}},
        }
    },
    'targets': {'py-pi': {'type': 'pypi'}},
}
KNOWN = keys.keys(release_schema(KINDS))
SETTABLE = [key for key in KNOWN if key.settable]
# A variable in a string of its own is one that is read or set.
_VARIABLE = re.compile(r"'(RELEASEKIT_[A-Z_]*[A-Z])'")
LABELS = {'workspaces': 'my-py', 'groups': 'sdk', 'targets': 'py-pi'}
# Two values of keys whose schema does not say what another value is, or that depend on others.
VALUES: dict[str, tuple[Any, Any]] = {
    'workspaces.*.root': ('one', 'two'),
    'workspaces.*.version.initial': ('1.0.0', '2.0.0'),
    'workspaces.*.tag': ('one-{name}-{version}', 'two-{name}-{version}'),
    'workspaces.*.umbrella_tag': ('one/{version}', 'two/{version}'),
    'project.api_url': ('https://one.example/api/v3', 'https://two.example/api/v3'),
    'commits.since': ('one', 'two'),
    'targets.*.url': ('https://one.example/', 'https://two.example/'),
    'targets.*.index': ('https://one.example/simple/', 'https://two.example/simple/'),
    'git.commit_message': ('one {summary}', 'two {summary}'),
    'git.tag_message': ('one {version}', 'two {version}'),
    'schedule.window': ('09:00-10:00', 'Mon 09:00-10:00 UTC'),
    'git.author': ('One <one@example.org>', 'Two <two@example.org>'),
}
# What only one value of can stand in this spec: another ecosystem has other tools, targets and schemes.
FIXED = {
    'workspaces.*.ecosystem',
    'workspaces.*.tool',
    'workspaces.*.version.format',
    'targets.*.type',
    'targets.*.provenance',
    'targets.*.staged',
}
# What has one value that is not for later.
ONLY = {'project.vcs', 'mode'}


def path_of(key: Key) -> tuple[str, ...]:
    """The path of a key in the spec of this file."""
    return tuple(LABELS[above] if part == '*' else part for above, part in zip(('', *key.path), key.path, strict=False))


def values_of(key: Key) -> tuple[Any, Any] | None:
    """Two values that a key can have, neither its default; None where there is only one."""
    if (named := VALUES.get(str(key))) is not None:
        return named
    default, schema = key.schema.get('default'), key.schema
    types = schema.get('type', [])
    if 'enum' in schema:
        later = LATER.get(str(key), ())
        others = [value for value in schema['enum'] if value not in (default, None, *later)]
        return (others[0], others[1] if len(others) > 1 else default) if others else None
    if 'boolean' in types:
        return not default, default
    if 'integer' in types or 'number' in types:
        return 2, 3
    return 'one', 'two'


def written(value: Any) -> str:
    """A value as a variable or a flag has it."""
    return value if isinstance(value, str) else json.dumps(value)


def with_value(path: tuple[str, ...], value: Any) -> dict[str, Any]:
    """The spec with a value at a path."""
    spec = json.loads(json.dumps(SPEC))
    below = spec
    for part in path[:-1]:
        below = below.setdefault(part, {})
    below[path[-1]] = value
    return spec


def loaded(spec: dict[str, Any], variables: dict[str, str] | None = None, config: tuple[str, ...] = ()) -> Loaded:
    """A spec with what is said beside it."""
    given = Given(overrides.flagged(config), variables or {})
    return load(json.dumps(spec), 'release.yaml', Known(KINDS, frozenset(steps())), given=given)


def found(path: tuple[str, ...], result: Loaded) -> Any:
    """The value at a path of what was loaded."""
    value = codec.encode(result.spec)
    for part in path:
        value = value.get(part)
    return value


VARIED = [key for key in SETTABLE if str(key) not in FIXED and values_of(key) is not None]


def test_few_keys_have_one_value_only() -> None:
    """What is left out below can only be what it is: for lack of other ecosystems in one spec, or of other values."""
    assert {str(key) for key in SETTABLE} - {str(key) for key in VARIED} - FIXED == ONLY


@pytest.mark.parametrize('key', VARIED, ids=str)
def test_a_flag_outranks_a_variable_that_outranks_the_file_that_outranks_the_default(key: Key) -> None:
    """For every key of the schema that a flag can set."""
    path, (one, two) = path_of(key), values_of(key) or (None, None)
    name, variable = '.'.join(path), keys.variable(path)
    assert found(path, loaded(SPEC)) != one
    assert found(path, loaded(with_value(path, one))) == one
    assert found(path, loaded(with_value(path, one), {variable: written(two)})) == two
    assert found(path, loaded(with_value(path, two), {variable: written(two)}, (f'{name}={written(one)}',))) == one


def test_every_key_is_named_by_one_variable_and_no_flag_has_the_same() -> None:
    """Labels with hyphens are written with underscores."""
    names = overrides.variables(SPEC, KNOWN)
    assert len(names) == len(SETTABLE)
    assert names['RELEASEKIT_TARGETS_PY_PI_URL'] == 'targets.py-pi.url'
    assert not names.keys() & FLAG_VARIABLES.keys()


@pytest.mark.parametrize(
    'part', ['checks', 'hooks', 'tasks', 'targets.*.auth', 'workspaces.*.build.setup', 'commits.types']
)
def test_commands_credentials_and_structures_are_for_the_file_alone(part: str) -> None:
    """No variable can bring a command into a release, nor a credential into a log."""
    assert not [key for key in SETTABLE if str(key) == part or str(key).startswith(f'{part}.')]


@pytest.mark.parametrize(
    ('config', 'code', 'said'),
    [
        ('engine.concurrency=many', Code.SPEC_INVALID, 'many'),
        ('engine.concurrency=0', Code.SPEC_INVALID, 'at least 1'),
        ('engine.concurency=2', Code.USAGE, 'engine.concurrency'),
        ('targets.pypi.url=https://x.example/', Code.USAGE, 'targets.py-pi.url'),
        ('checks=none', Code.USAGE, 'release.yaml'),
        ('engine.concurrency', Code.USAGE, 'no value'),
        ('targets.py-pi.url=http://x.example/', Code.REGISTRY_INSECURE, 'https'),
        ('targets.py-pi.url=https://ann:secret-word@x.example/', Code.SPEC_SECRET, 'environment'),
    ],
)
def test_what_is_wrong_with_a_flag_is_said_at_the_flag(config: str, code: Code, said: str) -> None:
    """By the same rules as the file, with the flag in place of the line; a credential is refused and not repeated."""
    with pytest.raises(ReleaseKitError) as caught:
        loaded(SPEC, config=(config,))
    problem = next(problem for problem in caught.value.problems if problem.code == code)
    assert said in f'{problem.message} {problem.hint}'
    assert 'secret-word' not in ' '.join(f'{each.message} {each.hint} {each.place}' for each in caught.value.problems)
    if problem.place is not None:
        assert problem.place.path.startswith('--config ')


def test_a_variable_that_sets_nothing_is_a_warning_with_the_nearest() -> None:
    """It can be meant for another program, but most often it is misspelt; credentials may be called so."""
    given = {'RELEASEKIT_ENGINE_CONCURENCY': '2', 'RELEASEKIT_MIRROR_TOKEN': 'x', 'RELEASEKIT_LOG': 'info', 'HOME': '/'}
    (warning,) = loaded(SPEC, given).warnings
    assert (warning.code, warning.severity) == (Code.USAGE, Severity.WARNING)
    assert 'RELEASEKIT_ENGINE_CONCURRENCY' in warning.hint
    assert log.looks_secret('RELEASEKIT_MIRROR_TOKEN')


def test_no_variable_that_the_program_reads_is_said_to_set_nothing() -> None:
    """Those for the log and for the id of a run too, which a run hands to the commands that it starts."""
    files = sorted((ROOT / 'lib').rglob('*.py'))
    named = {name for file in files for name in _VARIABLE.findall(file.read_text(encoding='utf-8'))}
    assert {'RELEASEKIT_LOG_FORMAT', log.RUN_ID} <= named <= FLAG_VARIABLES.keys()
    assert loaded(SPEC, dict.fromkeys(FLAG_VARIABLES, '1')).warnings == ()


@pytest.mark.parametrize('name', sorted({name for name in FLAG_VARIABLES.values() if name}))
def test_a_flag_of_a_task_outranks_its_variable(name: str) -> None:
    """Switches and values alike."""
    variable = next(key for key, value in FLAG_VARIABLES.items() if value == name)
    switch = flags.is_switch(name)
    formats = ('table', 'json', 'csv')
    default = getattr(flags.read({name: False if switch else ''}, formats, {}, dry=False), name)
    from_variable = flags.read(
        {name: False if switch else ''}, formats, {variable: '1' if switch else 'json'}, dry=False
    )
    from_both = flags.read({name: True if switch else 'csv'}, formats, {variable: '0' if switch else 'json'}, dry=False)
    assert (default, getattr(from_variable, name)) == ((False, True) if switch else (default, 'json'))
    assert getattr(from_both, name) == (True if switch else 'csv')
    assert from_both.given >= {name}


def test_a_switch_that_is_neither_true_nor_false_is_a_usage_error() -> None:
    """`maybe` could mean either."""
    with pytest.raises(ReleaseKitError, match='RELEASEKIT_STRICT'):
        flags.read({'strict': False}, ('table',), {'RELEASEKIT_STRICT': 'maybe'}, dry=False)


# In real repositories.

FILE = """\
version: 1
project: {branch: main}
workspaces:
  py: {ecosystem: python, changelog: false, targets: [pypi]}
targets:
  pypi: {type: pypi, auth: {token: {env: PYPI_WORD}}, url: "http://127.0.0.1:9/", index: "http://127.0.0.1:9/simple/"}
"""
PYPROJECT = '[project]\nname = "solo"\nversion = "0.1.0"\n'


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Sandbox:
    """A repository with one package."""
    monkeypatch.setenv('XDG_CACHE_HOME', str(tmp_path / 'cache'))
    return make_repository(tmp_path / 'repository', {'release.yaml': FILE, 'pyproject.toml': PYPROJECT}, 'feat: begin')


def run(where: Sandbox, *argv: str, **more: str) -> subprocess.CompletedProcess[str]:
    """Run releasekit with pipes."""
    environment = {**os.environ, **more}
    return subprocess.run(
        [RELEASEKIT, *argv], cwd=where.root, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True,
        check=False,
    )  # fmt: skip


def settings(where: Sandbox, *argv: str, **more: str) -> dict[str, dict[str, str]]:
    """What `config --format json` says, by key."""
    done = run(where, 'config', '--format', 'json', *argv, **more)
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    jsonschema.validate(document, json.loads((ROOT / 'schema' / 'settings.schema.json').read_text()))
    return {entry.pop('key'): entry for entry in document['settings']}


def test_config_says_where_each_value_comes_from(repository: Sandbox) -> None:
    """A flag, a variable, a line of the file, or nowhere."""
    more = {'RELEASEKIT_ENGINE_RETRIES': '7', 'RELEASEKIT_STRICT': '1', 'RELEASEKIT_LOG_FORMAT': 'json'}
    told = settings(repository, '--config', 'engine.concurrency=2', '--verbose', **more)
    assert told['engine.concurrency'] == {'value': '2', 'origin': 'flag', 'place': '--config engine.concurrency'}
    assert told['engine.retries'] == {'value': '7', 'origin': 'environment', 'place': 'RELEASEKIT_ENGINE_RETRIES'}
    assert told['project.branch'] == {'value': 'main', 'origin': 'file', 'place': 'release.yaml:2:11'}
    assert told['project.remote'] == {'value': 'origin', 'origin': 'default', 'place': None}
    assert told['--strict'] == {'value': 'true', 'origin': 'environment', 'place': 'RELEASEKIT_STRICT'}
    assert told['log-format'] == {'value': 'json', 'origin': 'environment', 'place': 'RELEASEKIT_LOG_FORMAT'}
    assert told['log'] == {'value': 'auto', 'origin': 'default', 'place': None}
    assert told['--verbose'] == {'value': 'true', 'origin': 'flag', 'place': '--verbose'}


def test_config_lists_every_setting_that_can_be_set(repository: Sandbox) -> None:
    """Nothing that a flag sets is missing from the list."""
    data = YAML(typ='safe', pure=True).load(FILE)
    told = settings(repository)
    # The changelog is off here, so that nothing of it is set.
    known = {key for key in overrides.variables(data, KNOWN).values() if not key.startswith('workspaces.py.changelog.')}
    assert known <= told.keys()


def test_config_shows_no_credential(repository: Sandbox) -> None:
    """Only the variable that holds one, and whether it is set."""
    shown = run(repository, 'config', '--show-origin', '--only', 'targets', PYPI_WORD='hush-hush')
    assert 'PYPI_WORD (set)' in shown.stdout
    assert 'hush-hush' not in shown.stdout
    assert 'PYPI_WORD (not set)' in run(repository, 'config').stdout


def test_config_takes_a_part_and_says_what_there_is_not(repository: Sandbox) -> None:
    """A path stands for all below it, a glob for what it fits."""
    assert set(settings(repository, '--only', 'engine')) == {key for key in settings(repository) if 'engine.' in key}
    wrong = run(repository, 'config', '--only', 'engine.concurency')
    assert wrong.returncode == 2
    assert 'engine.concurrency' in wrong.stderr


def test_a_plan_says_by_which_settings_it_was_made(repository: Sandbox) -> None:
    """Other settings are another plan; how actions are carried out changes none."""
    plain = json.loads(run(repository, 'plan', '--format', 'json').stdout)
    tagged = json.loads(run(repository, 'plan', '--format', 'json', RELEASEKIT_WORKSPACES_PY_TAG='v{version}').stdout)
    flagged = json.loads(run(repository, 'plan', '--format', 'json', '--config', 'workspaces.py.tag=v{version}').stdout)
    engine = json.loads(run(repository, 'plan', '--format', 'json', '--config', 'engine.concurrency=1').stdout)
    assert (plain['packages'][0]['tag'], tagged['packages'][0]['tag']) == ('solo-v0.1.0', 'v0.1.0')
    assert tagged['inputs']['config'] == {'workspaces.py.tag': 'v{version}'}
    assert plain['id'] != tagged['id'] == flagged['id']
    assert engine == plain
    jsonschema.validate(tagged, json.loads((ROOT / 'schema' / 'plan.schema.json').read_text()))


def test_a_saved_plan_is_applied_with_the_settings_that_it_was_made_by(repository: Sandbox) -> None:
    """Whatever is set when it is applied: the plan's own settings hold, so that it is the same plan."""
    repository.add_remote(repository.root.parent / 'remote.git')
    repository.git('push', '-q', 'origin', 'main')
    spec = FILE.replace('targets: [pypi]', 'targets: []').split('targets:\n')[0]
    repository.commit('fix: publish nowhere', {'release.yaml': spec})
    repository.git('push', '-q', 'origin', 'main')
    made = run(repository, 'plan', '--format', 'json', '--config', 'workspaces.py.tag=v{version}')
    (repository.root.parent / 'plan.json').write_text(made.stdout)
    done = run(repository, 'apply', '../plan.json', '--yes', RELEASEKIT_WORKSPACES_PY_TAG='other-{version}')
    assert done.returncode == 0, done.stderr
    assert repository.git('tag').split() == ['v0.1.0']
    manifest = json.loads(repository.git('show', 'v0.1.0:release-manifest.json'))
    assert manifest['inputs']['config'] == {'workspaces.py.tag': 'v{version}'}


def test_a_wrong_variable_is_told_where_it_is(repository: Sandbox) -> None:
    """With its name in place of a line of the file."""
    done = run(repository, 'discover', RELEASEKIT_ENGINE_CONCURRENCY='many')
    assert done.returncode == 2
    assert '--> RELEASEKIT_ENGINE_CONCURRENCY' in done.stderr
