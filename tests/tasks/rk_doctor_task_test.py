# SPDX-License-Identifier: Apache-2.0
"""`doctor` as people run it: what it prints in each format, its exit status, and that it changes nothing."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Generator, Mapping
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from releasekit.testing.clinic import SPEC, Clinic, Visit, open_clinic
from releasekit.testing.forge import Grant, Hosted, serving_forge
from releasekit.testing.indexes import IndexServer, start_pypiserver
from releasekit.testing.stage import program

SCHEMA = json.loads((Path(__file__).parents[2] / 'schema' / 'findings.schema.json').read_text())
# In no file, no address and no other word that anybody prints.
SECRET = 'correct-horse-battery-staple'


def run(
    clinic: Clinic[Any], *arguments: str, cwd: Path | None = None, env: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run the task to its end with nothing to read."""
    return subprocess.run(
        [program(), 'doctor', *arguments],
        cwd=cwd or clinic.repository.root,
        env={**clinic.environment, **(env or {})},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        encoding='utf-8',
        check=False,
    )


def document(done: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    """The one document on standard output, as its schema has it."""
    found: dict[str, Any] = json.loads(done.stdout)
    jsonschema.validate(found, SCHEMA)
    return found


def nobody(visit: Visit) -> list[Any]:
    """Here the program examines."""
    raise AssertionError(visit)


@pytest.fixture(scope='module')
def index(tmp_path_factory: pytest.TempPathFactory) -> Generator[IndexServer, None, None]:
    """Nothing is uploaded to it, so that tests can share it."""
    with start_pypiserver(tmp_path_factory.mktemp('index')) as server:
        yield server


@pytest.fixture
def clinic(tmp_path: Path, index: IndexServer) -> Clinic[Any]:
    """A repository with all that a release needs."""
    auth = 'auth: {username: {env: SHOP_USER}, password: {env: SHOP_KEY}}'
    target = f'{{type: pypi, url: "{index.url}", index: "{index.index}", {auth}}}'
    spec = SPEC.replace('changelog: false', 'changelog: false, targets: [shop]') + f'targets: {{shop: {target}}}\n'
    return open_clinic(tmp_path, nobody, {'release.yaml': spec})


def credentials(index: IndexServer) -> Mapping[str, str]:
    return {'SHOP_USER': index.username, 'SHOP_KEY': index.password}


def test_a_healthy_repository_has_no_error_and_no_warning(clinic: Clinic[Any], index: IndexServer) -> None:
    """Exit status 0, also under --strict; what nobody can tell from here is counted as not checked."""
    before = clinic.world()
    done = run(clinic, '--strict', '--format', 'json', env=credentials(index))
    found = document(done)
    assert (done.returncode, done.stderr) == (0, '')
    assert {entry['check'] for entry in found['findings']} == {'forge.permissions', 'registries.shop.final'}
    assert all(entry['message'].startswith('Not checked: ') for entry in found['findings'])
    assert {**found['counts'], 'passed': 0} == {'passed': 0, 'failed': 0, 'warned': 0, 'waived': 0, 'not_checked': 2}
    assert found['counts']['passed'] > 30
    assert clinic.world() == before


def test_people_read_what_is_well_then_what_is_not(clinic: Clinic[Any], index: IndexServer) -> None:
    """The worst stands last, with its hint, and then the count."""
    clinic.repository.git('switch', '--quiet', '--create', 'topic')
    clinic.repository.write({'notes.txt': 'mine\n'})
    done = run(clinic, env=credentials(index))
    assert done.returncode == 3
    lines = done.stdout.splitlines()
    wrong = lines.index('error[git.branch]: topic is checked out, but releases are made from main.')
    assert lines[wrong + 1] == '  = hint: Run `git switch main`, or set `project.branch` in release.yaml.'
    odd = lines.index('warning[git.tree]: notes.txt differs from HEAD: none of it will be in a release.')
    unasked = next(at for at, line in enumerate(lines) if line.startswith('not checked[forge.permissions]: '))
    well = next(at for at, line in enumerate(lines) if line.startswith('tools.git '))
    assert well < unasked < odd < wrong
    assert lines[-1].startswith('1 error, 1 warning, 3 not checked, ')


@pytest.mark.parametrize(
    ('change', 'arguments', 'status'),
    [
        ({}, (), 0),
        ({'notes.txt': 'mine\n'}, (), 0),
        ({'notes.txt': 'mine\n'}, ('--strict',), 3),
        ({'notes.txt': 'mine\n'}, ('--strict', '--skip', 'git.tree'), 0),
        ({'release.yaml': 'version: 1\n'}, (), 2),
        ({'release.yaml': '['}, (), 2),
        ({'release.yaml': None}, (), 2),
        ({}, ('--only', 'nothing-such'), 2),
        ({}, ('--only', 'spec.valdi'), 2),
        ({}, ('--format', 'yaml'), 2),
    ],
)
def test_the_exit_status_says_what_is_wrong(
    clinic: Clinic[Any], index: IndexServer, change: dict[str, str | None], arguments: tuple[str, ...], status: int
) -> None:
    """0 nothing, 2 the spec or the call, 3 something else; never a traceback."""
    clinic.repository.write(change)
    done = run(clinic, *arguments, env=credentials(index))
    assert (done.returncode, 'Traceback' in done.stderr) == (status, False)


def test_outside_any_repository_it_says_so(clinic: Clinic[Any], tmp_path: Path) -> None:
    """And goes on with the machine."""
    folder = tmp_path / 'plain'
    folder.mkdir()
    done = run(clinic, '--format', 'json', cwd=folder)
    found = document(done)
    assert done.returncode == 3
    assert [entry['check'] for entry in found['findings'] if entry['severity'] == 'error'] == ['git.repository']
    assert found['counts']['passed'] >= 3


def test_problems_of_the_spec_have_their_places(clinic: Clinic[Any]) -> None:
    """In the document as in the text."""
    clinic.repository.write({'release.yaml': SPEC.replace('ecosystem', 'ecosytem')})
    (wrong,) = (e for e in document(run(clinic, '--format', 'json'))['findings'] if e['check'] == 'spec.valid')
    assert (wrong['path'], wrong['line'], wrong['severity']) == ('release.yaml', 4, 'error')
    shown = run(clinic).stdout
    assert ' --> release.yaml:4\n' in shown
    # Several questions about registries cannot be asked, and are named once.
    assert shown.count('registries') == 1


@pytest.mark.parametrize('format_', ['github', 'gitlab', 'sarif', 'markdown'])
def test_it_speaks_to_ci(clinic: Clinic[Any], format_: str) -> None:
    """Each of the formats that checks have."""
    clinic.repository.git('switch', '--quiet', '--create', 'topic')
    done = run(clinic, '--offline', '--format', format_, '--only', 'git.branch')
    assert done.returncode == 3
    assert 'git.branch' in done.stdout
    if format_ in {'gitlab', 'sarif'}:
        assert json.loads(done.stdout)


@pytest.mark.parametrize('format_', ['github', 'gitlab', 'sarif'])
def test_what_was_not_checked_is_no_remark_on_a_change(clinic: Clinic[Any], format_: str) -> None:
    """Else every change would get one about the forge."""
    done = run(clinic, '--format', format_, '--only', 'forge.permissions')
    assert (done.returncode, done.stdout.count('::warning'), done.stdout.count('Not checked:')) == (0, 0, 0)


@pytest.mark.parametrize(
    ('format_', 'right'),
    [('table', True), ('table', False), ('json', False), ('github', False), ('markdown', False)],
)
def test_no_secret_is_in_any_byte_that_it_prints_or_writes(
    clinic: Clinic[Any], index: IndexServer, format_: str, right: bool
) -> None:
    """Neither a credential of a target nor one in the address of the remote, whether they are right or not."""
    shop = {'SHOP_USER': index.username if right else f'"{SECRET}', 'SHOP_KEY': index.password if right else SECRET}
    others = {'PYPI_TOKEN': f'pypi-{SECRET}-{SECRET}', 'PLAIN': f'Bearer {SECRET}'}
    clinic.repository.git('remote', 'set-url', 'origin', f'http://me:{SECRET}@127.0.0.1:9/remote.git')
    done = run(clinic, '--format', format_, '--debug', env={**shop, **others})
    assert done.returncode == 3
    kept = b''.join(path.read_bytes() for path in (clinic.folder / 'cache').rglob('*') if path.is_file())
    for secret in (SECRET, index.password):
        assert secret not in done.stdout + done.stderr
        assert secret.encode() not in kept


@pytest.mark.parametrize(('grant', 'counted'), [(Grant(), 'passed'), (Grant(push=False), 'warned')])
def test_the_token_for_the_forge_is_used_and_not_shown(clinic: Clinic[Any], grant: Grant, counted: str) -> None:
    """Not even where everything is logged."""
    with serving_forge(Hosted('acme/kites'), {SECRET: grant}) as server:
        project = f'{{branch: main, forge: github, repository: acme/kites, api_url: "{server.api("github")}"}}'
        clinic.repository.write({'release.yaml': SPEC.replace('{branch: main}', project)})
        arguments = ('--only', 'forge.*', '--format', 'json', '--debug')
        done = run(clinic, *arguments, env={'GH_ENTERPRISE_TOKEN': SECRET, 'GH_TOKEN': 'another-token'})
    assert document(done)['counts'][counted] == 1
    assert server.asked == [('GET', '/api/v3/repos/acme/kites', SECRET)]
    assert SECRET not in done.stdout + done.stderr


def test_offline_is_quick_to_say_what_it_left_out(clinic: Clinic[Any], index: IndexServer) -> None:
    """With the index and the remote gone nothing is an error that was not asked."""
    text = (clinic.repository.root / 'release.yaml').read_text().replace(index.url, 'http://127.0.0.1:9/')
    clinic.repository.commit('chore: another address', {'release.yaml': text})
    clinic.repository.git('remote', 'set-url', 'origin', 'http://127.0.0.1:9/remote.git')
    done = run(clinic, '--offline', '--format', 'json', env=credentials(index))
    found = document(done)
    assert (done.returncode, found['counts']['failed']) == (0, 0)
    unasked = {entry['check'] for entry in found['findings']}
    assert {'git.reachable', 'git.push', 'tags.remote', 'registries.shop.answers'} <= unasked
    only = ('--only', 'git.reachable', '--only', 'git.push')
    told = run(clinic, '--offline', *only).stdout.splitlines()[:2]
    assert told[-1] == 'not checked[git.reachable, git.push]: It needs the network.'
