# SPDX-License-Identifier: Apache-2.0
"""Logs: structured, to the given stream, and nothing secret in them."""

from __future__ import annotations

import base64
import dataclasses
import io
import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from urllib.parse import quote, quote_plus

import pytest

from releasekit import log

SECRET = 's3cr/t word'
ENVIRONMENT = {
    'UV_PUBLISH_PASSWORD': SECRET,
    'UV_PUBLISH_USERNAME': 'rel',
    'SLACK_WEBHOOK': 'https://hooks.example/x',
    'PROXY': 'http://me:prox1e@proxy.example',
    'CI_TOKEN_ENABLED': 'true',
    'PWD': '/work/tree',
    'A_KEY': 'abc',
}


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    yield io.StringIO()
    # What the environment taught is forgotten, for the tests that come after.
    log.configure({}, io.StringIO(), level='error')


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def _lines(stream: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_line_is_an_object_with_name_run_and_fields(stream: io.StringIO) -> None:
    """Where there is no terminal, each event is one JSON object that carries the id of the run."""
    run = log.configure({}, stream, level='info')
    log.get('releasekit.run').info('upload.done', package='py:core', files=2, key='upload:py:core@1.0')
    (line,) = _lines(stream)
    assert line.pop('time')
    assert line == {
        'event': 'upload.done',
        'level': 'info',
        'logger': 'releasekit.run',
        'run': run,
        'package': 'py:core',
        'files': 2,
        'key': 'upload:py:core@1.0',
    }


@pytest.mark.parametrize(
    ('level', 'seen'),
    [('debug', ['d', 'i', 'w', 'e']), ('info', ['i', 'w', 'e']), ('warning', ['w', 'e']), ('error', ['e'])],
)
def test_a_level_hides_what_is_below(stream: io.StringIO, level: log.Level, seen: list[str]) -> None:
    """Events below the level are not written."""
    log.configure({}, stream, level=level)
    logger = log.get('x')
    logger.debug('d')
    logger.info('i')
    logger.warning('w')
    logger.error('e')
    assert [line['event'] for line in _lines(stream)] == seen


@pytest.mark.parametrize(
    ('terminal', 'json_', 'is_json'), [(True, None, False), (True, True, True), (False, False, False)]
)
def test_a_terminal_gets_text(*, terminal: bool, json_: bool | None, is_json: bool) -> None:
    """People get text, unless they ask for JSON; machines may ask for text."""
    out = _Terminal() if terminal else io.StringIO()
    log.configure({'NO_COLOR': '1'}, out, level='info', json=json_)
    log.get('x').info('upload.done', package='py:core')
    assert out.getvalue().startswith('{') is is_json
    assert 'upload.done' in out.getvalue()
    assert '\x1b' not in out.getvalue()


@pytest.mark.parametrize(
    'text',
    [
        SECRET,
        quote(SECRET, safe=''),
        base64.b64encode(SECRET.encode()).decode(),
        base64.b64encode(f'rel:{SECRET}'.encode()).decode(),
        base64.b64encode(f'__token__:{SECRET}'.encode()).decode().rstrip('='),
        'prox1e',
        quote(SECRET, safe='').replace('%2F', '%2f'),
        quote_plus(SECRET),
        SECRET.encode().hex(),
        base64.urlsafe_b64encode(SECRET.encode()).decode(),
    ],
)
def test_values_of_the_environment_are_masked(stream: io.StringIO, text: str) -> None:
    """A credential of the environment is masked in every form in which it travels."""
    log.configure(ENVIRONMENT, stream, level='info')
    assert log.mask(f'<{text}>') == '<***>'


@pytest.mark.parametrize(
    'text',
    [
        'learned-hunter2',
        quote('learned hunter/3', safe=''),
        base64.b64encode(b'releaser:learned-hunter2').decode(),
        base64.b64encode(b'__token__:learned-hunter2').decode(),
    ],
)
def test_what_is_learned_later_is_masked_by_all(stream: io.StringIO, text: str) -> None:
    """A credential whose variable does not look like one, or that an index has just given out."""
    log.configure({}, stream, level='info')
    before = log.Redactor({})
    log.add_secrets(['learned-hunter2\n', 'learned hunter/3', '', 'ab'], ['releaser'], ['UPLOADS'])
    assert [mask(f'<{text}>') for mask in (log.mask, before.mask, log.Redactor({}).mask)] == ['<***>'] * 3
    assert (log.mask('releaser ab'), log.is_credential('UPLOADS'), log.is_credential('UPLOAD')) == (
        'releaser ab',
        True,
        False,
    )


@pytest.mark.parametrize('before', ['', 'a', 'ab', 'abc', 'user:'])
@pytest.mark.parametrize('after', ['', 'z', 'zz'])
def test_base64_of_more_than_the_secret_is_masked(before: str, after: str) -> None:
    """Wherever it stands in what was encoded: as a part of a JSON document, for one."""
    encoded = base64.b64encode(f'{before}long-secret-word-1{after}'.encode()).decode()
    masked = log.Redactor({'A_TOKEN': 'long-secret-word-1'}).mask(encoded)
    assert '***' in masked
    assert len(masked) < 16


def test_every_line_of_a_secret_is_one() -> None:
    """A key is shown line by line, indented, and a list of headers has many."""
    redactor = log.Redactor({'A_KEY': 'first-line-1\nsecond-line-2', 'OTEL_EXPORTER_OTLP_HEADERS': 'a=header-one,b=x'})
    assert redactor.mask('  first-line-1\n    second-line-2') == '  ***\n    ***'
    assert redactor.mask('header-one') == '***'


@pytest.mark.parametrize(
    ('text', 'found'),
    [
        ('url = https://me:word1@h/x', {'word1'}),
        ('url = https://me:wo%2Frd@h/x', {'wo%2Frd', 'wo/rd'}),
        ('url = https://0123456789abcdefghij@h/x', {'0123456789abcdefghij'}),
        ('url = ssh://git@h/x', set()),
        ('extraheader = AUTHORIZATION: basic ' + base64.b64encode(b'x:word1').decode(), {'word1', 'eDp3b3JkMQ=='}),
    ],
)
def test_git_s_configuration_gives_its_credentials_away(text: str, found: set[str]) -> None:
    """As CI systems write them there."""
    assert log.credentials_in(text) == found


@pytest.mark.parametrize(
    ('environment', 'terminal', 'colours'),
    [
        ({'TERM': 'xterm'}, True, True),
        ({'TERM': 'xterm'}, False, False),
        ({'TERM': 'dumb'}, True, False),
        ({}, True, False),
        ({'FORCE_COLOR': '1'}, False, True),
        ({'CLICOLOR_FORCE': '0'}, False, False),
        ({'TERM': 'xterm', 'FORCE_COLOR': '1', 'NO_COLOR': '1'}, True, False),
    ],
)
def test_colours_are_had_refused_or_forced(environment: dict[str, str], *, terminal: bool, colours: bool) -> None:
    """A refusal outranks all."""
    assert log.colored(environment, terminal=terminal) is colours


@pytest.mark.parametrize(('given', 'taken'), [('build-77', True), ('', False), ('a b', False), ('x' * 65, False)])
def test_the_id_of_a_run_can_be_given(stream: io.StringIO, given: str, *, taken: bool) -> None:
    """Where it is a word; else there is a new one."""
    run = log.configure({'RELEASEKIT_RUN_ID': given}, stream)
    assert (run == given) is taken
    assert run


def test_a_value_is_masked_without_the_space_around_it() -> None:
    """As it is used."""
    assert log.Redactor({'A_TOKEN': ' open-sesame\n'}).mask('<open-sesame>') == '<***>'


@pytest.mark.parametrize('text', ['true', '/work/tree', 'abc', 'rel', 'https://hooks.example/y'])
def test_what_is_no_secret_is_left(stream: io.StringIO, text: str) -> None:
    """Switches, folders, short values and user names can be read."""
    log.configure(ENVIRONMENT, stream, level='info')
    assert log.mask(text) == text


@pytest.mark.parametrize(
    'token',
    [
        'pypi-' + 'AgEIcHlwaS5vcmc' * 3,
        'ghp_' + 'a1B2' * 9,
        'ghs_' + 'a1B2' * 9,
        'github_pat_' + '11ABC_' * 5,
        'glpat-' + 'x1Y2' * 5,
        'npm_' + 'a1B2' * 9,
        'AKIA' + 'ABCD1234' * 2,
        'xoxb-' + '1234-' * 4,
        'eyJhbGciOiJSUzI1NiJ9' + '.eyJzdWIiOiJ4In0xx' + '.c2ln',
        'cio' + 'a1B2' * 8,
        'dckr_pat_' + 'a1B2' * 6,
        'AIza' + 'a1B2C' * 7,
        'ya29.' + 'a1B2' * 6,
        'sntrys_' + 'a1B2' * 6,
        'xapp-' + '1-A2-' * 4,
        'ATATT3' + 'a1B2' * 8,
        'hooks.slack.com/' + 'services/T0/B0/abcDEF123456',
        'AGE-SECRET-KEY-1' + 'A1B2C' * 11,
        '-----BEGIN PGP ' + 'PRIVATE KEY BLOCK-----\nlQ\n-----END PGP ' + 'PRIVATE KEY BLOCK-----',
        '-----BEGIN RSA ' + 'PRIVATE KEY-----\nMIIE\n-----END RSA ' + 'PRIVATE KEY-----',
    ],
    ids=lambda token: token[:7],
)
def test_tokens_are_known_by_their_shape(token: str) -> None:
    """What has the form of an issuer's token is masked wherever it comes from."""
    assert log.mask(f'before {token} after') == 'before *** after'


@pytest.mark.parametrize(
    ('text', 'masked'),
    [
        ('https://user:word@index.example/simple', 'https://***@index.example/simple'),
        ('git+https://ghtoken@host/x.git', 'git+https://***@host/x.git'),
        ('https://index.example/@scope/name', 'https://index.example/@scope/name'),
        ('Authorization: Basic dXNlcjpwYXNz', 'Authorization: Basic ***'),
        ('authorization: bearer abc.def-ghi', 'authorization: bearer ***'),
        ('Authorization: token ' + 'a1b2c3d4e5', 'Authorization: ***'),
        ('{"private-token": "' + 'a1b2c3d4e5"}', '{"private-token": "***"}'),
        ('https://user:p@ss@host/x', 'https://***@host/x'),
        ('GET /x?X-Amz-Signature=abc&y=1', 'GET /x?X-Amz-Signature=***&y=1'),
        ('//npm.example/:_authToken=' + 'abcdef', '//npm.example/:_authToken=***'),
        ('//npm.example/:_authToken=${NPM_TOKEN}', '//npm.example/:_authToken=${NPM_TOKEN}'),
        ('machine h login me password wo-rd', 'machine h login me password ***'),
        ('the Authorization: header is missing', 'the Authorization: header is missing'),
    ],
)
def test_addresses_and_headers_lose_their_credentials(text: str, masked: str) -> None:
    """Userinfo of a URL and the value of an authorization are masked, the rest stays."""
    assert log.mask(text) == masked


@dataclasses.dataclass(frozen=True)
class _Holder:
    value: str


@pytest.mark.parametrize(
    'field',
    [
        SECRET,
        SECRET.encode(),
        [SECRET],
        (1, {'deep': {SECRET}}),
        {'deep': [{'deeper': SECRET}]},
        {SECRET: 1},
        _Holder(SECRET),
        ValueError(SECRET),
    ],
    ids=str,
)
def test_no_field_is_too_deep(stream: io.StringIO, field: object) -> None:
    """Nested data, keys, objects and exceptions are masked too."""
    log.configure(ENVIRONMENT, stream, level='info')
    log.get('x').info('event', field=field)
    assert SECRET not in json.dumps(_lines(stream), ensure_ascii=False)
    assert '***' in stream.getvalue()


@pytest.mark.parametrize('fields', [{'password': 'x1'}, {'nested': {'api_key': 'x1'}}, {'Authorization': 'x1'}])
def test_a_field_with_a_secret_name_is_masked_whatever_it_holds(
    stream: io.StringIO, fields: Mapping[str, object]
) -> None:
    """What is called a password is treated as one."""
    log.configure({}, stream, level='info')
    log.get('x').info('event', **fields)
    assert 'x1' not in stream.getvalue()


def test_a_traceback_is_masked(stream: io.StringIO) -> None:
    """An exception is logged with its traceback, without what it says in confidence."""
    log.configure(ENVIRONMENT, stream, level='info')
    with pytest.raises(RuntimeError) as caught:
        raise RuntimeError(f'bad password {SECRET}')
    log.get('x').error('event', exc_info=caught.value)
    (line,) = _lines(stream)
    assert 'RuntimeError: bad password ***' in str(line['exception'])


def test_a_redactor_does_not_show_what_it_knows() -> None:
    """The object that knows all secrets tells none."""
    assert SECRET not in repr(log.Redactor(ENVIRONMENT))


_SILENT = """
import sys
from releasekit import log
log.get('x').error('event')
sys.exit('structlog' in sys.modules)
"""


def test_a_library_does_not_log_unasked() -> None:
    """Before `configure` nothing is written, and structlog is not imported."""
    done = subprocess.run([sys.executable, '-c', _SILENT], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, '', '')
