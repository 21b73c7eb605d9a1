# SPDX-License-Identifier: Apache-2.0
"""Secrets are planted wherever they can be; then every byte that any command printed, logged, kept or sent is searched.

The forms that are searched for are made here, not by the code that masks.
"""

from __future__ import annotations

import base64
import dataclasses
import json
import os
import subprocess
import sys
from collections.abc import Generator, Iterator, Mapping
from pathlib import Path
from urllib.parse import quote, quote_plus

import pytest

from releasekit.tasks.table import BUILTIN
from releasekit.testing.collector import Collector, collecting
from releasekit.testing.git_http import serve_git
from releasekit.testing.servers import QuietHandler, serving
from releasekit.testing.stage import QUICK, Member, Stage, members, set_stage
from releasekit.testing.workspace import refuse_pushes

pytestmark = pytest.mark.slow

_KEY = '\n'.join(
    [
        '-----BEGIN OPENSSH ' + 'PRIVATE KEY-----',
        'b3BlbnNzaC1rZXktY2FuYXJ5' * 2,
        '-----END OPENSSH ' + 'PRIVATE KEY-----',
    ]
)
# By the variable that holds each: no two have a part in common.
VARIABLES = {
    'GITHUB_TOKEN': 'gh' + 'p_' + 'CanaryGithub0123456789abcdefghijklm',
    'ACME_DEPLOY_TOKEN': 'canary deploy/+token:"77" & more',
    'AWS_SECRET_ACCESS_KEY': 'wJalrCanary/K7MDENG+bPxRfiCYEXAMPLE',
    'ACTIONS_ID_TOKEN_REQUEST_TOKEN': 'canary-request-token-4711',
    'DATABASE_PASSWORD': 'pässwörd-canary-31',
    'SLACK_WEBHOOK_URL': 'https://hooks.example.invalid/canary-hook-99',
    'DEPLOY_KEY': _KEY,
    'TWINE_PASSWORD': 'canary-twine-password',
    'NODE_AUTH_TOKEN': 'canary-node-auth-token',
    'CARGO_REGISTRY_TOKEN': 'canary-cargo-registry-token',
}
IN_ADDRESSES = {'PIP_INDEX_URL': 'canary-pip-index-word', 'HTTPS_PROXY_OF_OURS': 'canary-proxy%2Fword'}
IN_HEADERS = 'canary-otlp-header-5'
IN_REMOTE = 'canary-git-remote-token-8'
# Of files that git and other tools read: releasekit knows them by their shape alone.
NETRC, NPMRC, PYPIRC, HELPER = (
    'canary-netrc-word',
    'canary-npmrc-auth-token',
    'pypi-' + 'AgEIcanarypypirc0123456789',
    'canary-helper-word',
)
IN_QUERY = 'canary-signed-query-1'
IN_SPEC = 'glpat-' + 'CanaryOfTheSpec0123456789'
SECRETS = {
    *VARIABLES.values(),
    *IN_ADDRESSES.values(),
    IN_HEADERS,
    IN_REMOTE,
    NETRC,
    NPMRC,
    PYPIRC,
    HELPER,
    IN_QUERY,
    IN_SPEC,
}
HOME = {
    '.netrc': f'machine index.example.invalid login releaser password {NETRC}\n',
    '.npmrc': f'//registry.example.invalid/:_authToken={NPMRC}\n',
    '.pypirc': f'[pypi]\nusername = __token__\npassword = {PYPIRC}\n',
    '.git-credentials': f'https://releaser:{HELPER}@git.example.invalid\n',
}

# A program of the user's that has got hold of everything, and prints it in every form.
_LEAK = """\
import base64, json, os, pathlib, sys
from urllib.parse import quote
here = pathlib.Path(__file__).parent
home = ''.join(path.read_text() for path in sorted((here / 'home').glob('.*')))
known = json.loads((here / 'secrets.json').read_text())
for secret in known:
    data = secret.encode()
    forms = [secret, quote(secret, safe=''), json.dumps(secret), repr(secret), data.hex()]
    forms += [base64.b64encode(extra + data).decode() for extra in (b'', b'u', b'us', b'user:', b'__token__:')]
    forms += [base64.urlsafe_b64encode(data).decode()]
    print('\\n'.join(forms), file=sys.stderr)
print(home, f'curl -H "Authorization: Bearer {known[0]}" https://me:{known[1]}@host/?token=' + 'QUERY', file=sys.stderr)
raise RuntimeError(f'cannot go on with {known}')
"""
# A build backend that fails of what it should not say.
_BACKEND = """\
import runpy
def build_sdist(*arguments, **more):
    runpy.run_path(LEAK)
build_wheel = build_sdist
"""


def forms(secret: str) -> set[bytes]:
    """A secret as it may be written: clear, quoted, JSON, Python, hex, and base64 at each place of its groups."""
    data = secret.encode()
    texts = {secret, quote(secret, safe=''), quote(secret), quote_plus(secret), repr(secret)[1:-1], data.hex()}
    texts |= {json.dumps(secret, ensure_ascii=ascii_)[1:-1] for ascii_ in (True, False)}
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        for before in range(3):
            whole = encode(b'x' * before + data).decode()
            texts.add(whole[-(-before * 8 // 6) : (before + len(data)) * 8 // 6])
    lines = secret.split('\n')
    texts |= {line for line in lines[1:-1] if len(lines) > 1}
    return {text.encode() for text in texts}


FORMS = {form: secret for secret in SECRETS for form in forms(secret)}


@dataclasses.dataclass(frozen=True)
class Ground:
    """A place for a release that is mined: its stage, the server that says everything, and who collects spans."""

    stage: Stage
    echo: str
    collector: Collector
    variables: Mapping[str, str] = dataclasses.field(repr=False)

    @property
    def leak(self) -> str:
        """The program that prints everything and fails."""
        return str(self.stage.folder / 'leak.py')

    def spec(self, text: str = '', **replaced: str) -> None:
        """Commit and push a release.yaml with more in it."""
        spec = (self.stage.repository.root / 'release.yaml').read_text()
        for old, new in replaced.items():
            spec = spec.replace(old, new)
        self.stage.repository.commit('chore: another spec', {'release.yaml': spec + text})
        self.stage.repository.git('push', '--quiet')

    def run(self, *arguments: str, status: int | None = None) -> str:
        """Run a command three ways, search what it printed, and return all of it."""
        printed = ''
        for more in ((), ('--debug',)):
            done = self.stage.run(*arguments, *more, **self.variables)
            assert status is None or done.returncode == status, done.stdout + done.stderr
            assert_clean(f'{arguments} {more}', (done.stdout + done.stderr).encode())
            printed += done.stdout + done.stderr
        return printed

    def assert_nothing_kept(self) -> None:
        """No file that was written has a secret, nor an object of either repository, nor a span."""
        root = self.stage.repository.root
        planted = {root / '.git' / 'config'}
        folders = (root, self.stage.remote, *(self.stage.folder / name for name in ('cache', 'tmp', 'index')))
        for folder in folders:
            for path in (path for path in folder.rglob('*') if path.is_file() and path not in planted):
                assert_clean(str(path), path.read_bytes())
        for repository in (root, self.stage.remote):
            command = ['git', 'cat-file', '--batch-all-objects', '--batch']
            objects = subprocess.run(command, cwd=repository, capture_output=True, check=True).stdout
            assert_clean(f'objects of {repository}', objects)
        for body in self.collector.bodies:
            assert_clean('spans', body)


def assert_clean(where: str, data: bytes) -> None:
    """No secret is in there in any form; where one is, the message shows what stands before it."""
    for form, secret in FORMS.items():
        at = data.find(form)
        assert at < 0, f'{where}: {secret!r} after {data[max(0, at - 300) : at]!r}'


class _Echo(QuietHandler):
    """Answers with everything that it was told, and refuses it."""

    def do_GET(self) -> None:  # noqa: N802 - named by the base class
        body = self.read_body()
        told = {**self.headers, 'token': IN_QUERY, 'said': body.decode('utf-8', 'replace')[:2000]}
        if self.path.startswith('/redirect'):
            where = f'http://127.0.0.1:9/?X-Amz-Signature={IN_QUERY}'
            self.answer(302, [('Location', where)], b'')
            return
        text = json.dumps({'message': f'refused: {told} see {self.path}?token={IN_QUERY}'}).encode()
        self.answer(403, [('X-Echo', f'https://u:{IN_REMOTE}@h/'), ('Content-Type', 'application/json')], text)

    do_POST = do_PUT = do_GET  # noqa: N815 - named by the base class


@pytest.fixture
def ground(tmp_path: Path) -> Generator[Ground]:
    """Everything that can hold a secret holds one."""
    stage = set_stage(tmp_path, {**members({'ant': Member('1.0.0')}), 'release.yaml': QUICK})
    known = sorted({*VARIABLES.values(), *IN_ADDRESSES.values(), stage.index.password, IN_REMOTE})
    for name, text in HOME.items():
        (tmp_path / 'home').mkdir(exist_ok=True)
        (tmp_path / 'home' / name).write_text(text)
    (tmp_path / 'secrets.json').write_text(json.dumps(known))
    (tmp_path / 'leak.py').write_text(_LEAK.replace('QUERY', IN_QUERY))
    (tmp_path / 'tmp').mkdir()
    with stage.index, serve_git(tmp_path, IN_REMOTE) as git, serving(_Echo) as echo, collecting() as collector:
        stage.repository.git('remote', 'set-url', 'origin', git.address('remote.git'))
        variables = {
            **VARIABLES,
            **{name: f'https://me:{word}@host.example.invalid/simple' for name, word in IN_ADDRESSES.items()},
            'HOME': str(tmp_path / 'home'),
            'TMPDIR': str(tmp_path / 'tmp'),
            'RELEASEKIT_LOG': 'debug',
            'NO_PROXY': '*',
            'OTEL_EXPORTER_OTLP_ENDPOINT': collector.url,
            'OTEL_EXPORTER_OTLP_HEADERS': f'api-key={IN_HEADERS}',
            'GITHUB_STEP_SUMMARY': str(tmp_path / 'tmp' / 'summary.md'),
        }
        yield Ground(stage, echo, collector, variables)
        assert_clean('the end', b'')


LOOKS = [entry for entry in BUILTIN if not entry.arguments and entry.module != 'work']
_CHECK = 'checks:\n  - {name: leaky, severity: SEVERITY, run: [PYTHON, LEAK]}\n'


def _check(ground: Ground, severity: str) -> str:
    return _CHECK.replace('SEVERITY', severity).replace('PYTHON', sys.executable).replace('LEAK', ground.leak)


def test_the_search_finds_every_form() -> None:
    """A search that finds nothing must be able to find something."""
    for form in FORMS:
        with pytest.raises(AssertionError, match='after'):
            assert_clean('here', b'<' + form + b'>')


@pytest.mark.parametrize('format_', ['table', 'json'])
def test_looking_shows_no_secret(ground: Ground, format_: str) -> None:
    """Every task that only looks, in every format."""
    for entry in LOOKS:
        # One that begins something is not among those that look.
        if entry.name == 'init' or (format_ == 'json' and format_ not in entry.formats):
            continue
        given = ('--format', format_) if 'format' in entry.flags and format_ in entry.formats else ()
        done = ground.stage.run(entry.name, *given, **ground.variables)
        assert_clean(entry.name, (done.stdout + done.stderr).encode())
    ground.run('why', 'ant')
    ground.assert_nothing_kept()


@pytest.mark.parametrize('format_', ['table', 'json'])
def test_a_check_that_says_everything_is_masked(ground: Ground, format_: str) -> None:
    """What it prints is shown in the error, without what is secret."""
    ground.spec(_check(ground, 'error'))
    printed = ground.run('check', '--format', format_, status=3)
    assert 'RuntimeError: cannot go on with' in printed
    assert '***' in printed
    ground.assert_nothing_kept()


def test_a_release_shows_and_keeps_no_secret(ground: Ground) -> None:
    """With a check that warns of everything; what is released is searched too."""
    ground.spec(_check(ground, 'warning'))
    ground.run('release', '--yes', status=0)
    assert sorted(ground.stage.published()) == ['ant-1.0.0-py3-none-any.whl', 'ant-1.0.0.tar.gz']
    ground.run('status', '--format', 'json', status=0)
    assert any(span.attributes.get('releasekit.result') == 'warned' for span in ground.collector.spans())
    ground.assert_nothing_kept()


def test_a_build_that_fails_of_a_secret_is_masked(ground: Ground) -> None:
    """Its traceback is shown, and journalled."""
    manifest = (ground.stage.repository.root / 'packages/ant/pyproject.toml').read_text()
    manifest = manifest.replace('requires = ["uv_build>=0.8,<1"]', 'requires = []\nbackend-path = ["."]')
    files = {'packages/ant/pyproject.toml': manifest.replace('"uv_build"', '"backend"')}
    backend = _BACKEND.replace('LEAK', repr(ground.leak))
    ground.stage.repository.commit('fix: build', {**files, 'packages/ant/backend.py': backend})
    ground.stage.repository.git('push', '--quiet')
    printed = ground.run('release', '--yes', status=1)
    assert 'does not build' in printed
    ground.assert_nothing_kept()


def test_a_remote_that_refuses_with_a_secret_is_masked(ground: Ground) -> None:
    """The words of its hook, and the address with the token."""
    refuse_pushes(ground.stage.remote, f'no {VARIABLES["AWS_SECRET_ACCESS_KEY"]} for $0 {IN_REMOTE}')
    hook = ground.stage.remote / 'hooks' / 'pre-receive'
    ground.run('release', '--yes')
    hook.unlink()
    ground.assert_nothing_kept()


def test_a_remote_that_is_gone_is_named_without_its_token(ground: Ground) -> None:
    """As git itself says it, with the whole address."""
    ground.stage.repository.git('remote', 'set-url', 'origin', f'http://x:{IN_REMOTE}@127.0.0.1:9/gone.git')
    printed = ground.run('release', '--yes')
    assert '127.0.0.1:9' in printed
    ground.assert_nothing_kept()


@pytest.mark.parametrize('where', ['upload', 'index', 'redirect'])
def test_a_registry_that_echoes_what_it_is_told_is_masked(ground: Ground, where: str) -> None:
    """In the body of its refusal, in a header, and in the address that it sends us to; then once more to go on."""
    url = ground.stage.index.url
    spec = (ground.stage.repository.root / 'release.yaml').read_text()
    path = '/redirect' if where == 'redirect' else ''
    old, new = (
        (f'    url: {url}', f'    url: {ground.echo}/')
        if where == 'upload'
        else (
            f'index: {url}simple/',
            f'index: {ground.echo}{path}/simple/',
        )
    )
    assert old in spec
    ground.spec(**{old: new})
    ground.run('release', '--yes')
    ground.run('publish', '--yes', '--format', 'json')
    ground.run('status')
    ground.assert_nothing_kept()


def test_an_identity_that_is_refused_is_masked(ground: Ground) -> None:
    """The token that a CI job asks for its identity with, sent back by who was asked."""
    spec = (ground.stage.repository.root / 'release.yaml').read_text()
    (auth,) = [line.strip() for line in spec.splitlines() if 'auth:' in line]
    ground.spec(**{auth: 'auth: trusted'})
    asked = dataclasses.replace(
        ground, variables={**ground.variables, 'ACTIONS_ID_TOKEN_REQUEST_URL': f'{ground.echo}/?token={IN_QUERY}'}
    )
    printed = asked.run('release', '--yes')
    assert 'Trusted publishing failed' in printed
    ground.assert_nothing_kept()


def test_a_hook_and_a_task_that_say_everything_are_masked(ground: Ground) -> None:
    """What a task prints goes through us, for nobody looks at a terminal."""
    spec = (ground.stage.repository.root / 'release.yaml').read_text()
    run = f'steps: [{{run: [{sys.executable}, {ground.leak}]}}]'
    tasks = f'  leaky: {{{run}}}\nhooks: {{before-tag: [leaky]}}\n'
    assert spec.endswith('\n')
    ground.spec(tasks)
    printed = ground.run('leaky', status=1)
    assert 'RuntimeError: cannot go on with' in printed
    ground.run('leaky', '--format', 'json', status=1)
    ground.run('release', '--yes')
    ground.assert_nothing_kept()


@pytest.mark.parametrize('argv', [('plan',), ('plan', '--format', 'json'), ('--list',), ('check', '--debug')], ids=str)
def test_a_secret_in_the_spec_is_refused_and_not_repeated(ground: Ground, argv: tuple[str, ...]) -> None:
    """Neither in the message nor in the line that is shown with it."""
    spec = (ground.stage.repository.root / 'release.yaml').read_text()
    (auth,) = [line.strip() for line in spec.splitlines() if 'auth:' in line]
    ground.stage.repository.write({'release.yaml': spec.replace(auth, f'auth: {{token: {IN_SPEC}}}')})
    done = ground.stage.run(*argv, **ground.variables)
    assert done.returncode == (0 if argv == ('--list',) else 2)
    assert 'RK-SPEC' in done.stdout + done.stderr
    assert_clean(str(argv), (done.stdout + done.stderr).encode())


@pytest.fixture(autouse=True)
def _isolated(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv('GIT_TERMINAL_PROMPT', '0')
    yield
    assert 'DEPLOY_KEY' not in os.environ
