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
from urllib.parse import quote

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
