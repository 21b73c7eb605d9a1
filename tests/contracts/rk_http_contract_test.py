# SPDX-License-Identifier: Apache-2.0
"""The port `Http`: a real client over real sockets and a scripted one keep the same promises."""

from __future__ import annotations

import base64
import contextlib
import dataclasses
import json
import ssl
import subprocess
import sys
import threading
from collections.abc import AsyncGenerator, Callable, Mapping
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from releasekit.backends.http import HttpClient
from releasekit.errors import Code, ReleaseKitError
from releasekit.ports import Http, HttpFailure, Request, Response, TooLarge, Upload
from releasekit.testing.http import ScriptedHttp, no_network
from releasekit.testing.servers import QuietHandler, QuietServer, serving

pytestmark = pytest.mark.anyio

AUTH = ('rel', 'open sesame')


@dataclasses.dataclass(frozen=True)
class Site:
    """A client, the address of what answers, and that of another origin that answers alike."""

    http: Http
    url: str
    other: str


def _answer(path: str, seen: Mapping[str, object], other: str) -> Response | None:
    """What the site says: None is no answer at all."""
    match path.split('/'):
        case ['', 'status', status]:
            return Response(int(status), {'X-Sort': 'Mixed'}, b'body')
        case ['', 'moved', status]:
            return Response(int(status), {'Location': '/seen'}, b'')
        case ['', 'away']:
            return Response(302, {'Location': f'{other}/seen'}, b'')
        case ['', 'nowhere']:
            return Response(302, {'Location': 'http://['}, b'')
        case ['', 'round']:
            return Response(302, {'Location': '/round'}, b'')
        case ['', 'insecure']:
            return Response(302, {'Location': 'http://index.example/simple/'}, b'')
        case ['', 'seen']:
            return Response(200, {}, json.dumps(seen).encode())
    return None


def _site(other: Callable[[], str]) -> type[QuietHandler]:
    class Handler(QuietHandler):
        def do_GET(self) -> None:  # noqa: N802 - named by the base class
            body = self.read_body()
            auth = self.headers.get('Authorization')
            seen = {
                'method': self.command,
                'auth': auth and base64.b64decode(auth.removeprefix('Basic ')).decode(),
                'cookie': self.headers.get('Cookie'),
                'type': self.headers.get('Content-Type', '').partition(';')[0],
                'body': body.decode('latin-1'),
            }
            if (response := _answer(self.path, seen, other())) is None:
                self.close_connection = True
            else:
                self.answer(response.status, list(response.headers.items()), response.body)

        do_HEAD = do_POST = do_GET  # noqa: N815 - named by the base class

    return Handler


def _scripted(other: str) -> Callable[[Request], Response]:
    def answer(request: Request) -> Response:
        seen = {
            'method': request.method,
            'auth': request.auth and ':'.join(request.auth),
            'cookie': {name.lower(): value for name, value in request.headers.items()}.get('cookie'),
        }
        if (response := _answer(urlsplit(request.url).path, seen, other)) is None:
            raise HttpFailure('no answer')
        return response if request.method != 'HEAD' else dataclasses.replace(response, body=b'')

    return answer


@pytest.fixture(params=['client', 'scripted'])
async def site(request: pytest.FixtureRequest) -> AsyncGenerator[Site, None]:
    if request.param == 'scripted':
        other = 'https://other.example'
        yield Site(ScriptedHttp(_scripted(other)), 'https://index.example', other)
        return
    other = ''
    with serving(_site(lambda: other)) as url, serving(_site(lambda: '')) as other:
        async with HttpClient(5.0) as http:
            yield Site(http, url, other)


@pytest.mark.parametrize('status', [200, 204, 400, 404, 409, 429, 500, 503])
async def test_any_status_is_an_answer(site: Site, status: int) -> None:
    """An answer is an answer, with header names in lower case."""
    response = await site.http.send(Request('GET', f'{site.url}/status/{status}'))
    assert (response.status, response.headers['x-sort']) == (status, 'Mixed')


async def test_no_answer_is_a_failure(site: Site) -> None:
    """A connection that closes without an answer is no status; nothing private is in the text."""
    with pytest.raises(HttpFailure) as caught:
        await site.http.send(Request('POST', f'{site.url}/dropped', auth=AUTH))
    assert AUTH[1] not in str(caught.value)


@pytest.mark.parametrize('status', [301, 302, 303, 307, 308])
async def test_redirects_of_get_are_followed(site: Site, status: int) -> None:
    """The answer is that of the place where they end, which `url` names; the same origin gets the credential."""
    response = await site.http.send(Request('GET', f'{site.url}/moved/{status}', auth=AUTH))
    assert (response.status, response.url) == (200, f'{site.url}/seen')
    assert json.loads(response.body)['auth'] == ':'.join(AUTH)


async def test_redirects_of_post_are_answers(site: Site) -> None:
    """An upload is not sent anywhere else."""
    assert (await site.http.send(Request('POST', f'{site.url}/moved/307'))).status == 307


async def test_credentials_stay_with_their_origin(site: Site) -> None:
    """Another host gets neither the password nor cookies."""
    request = Request('GET', f'{site.url}/away', auth=AUTH, headers={'Cookie': 'session=1'})
    response = await site.http.send(request)
    seen = json.loads(response.body)
    assert (response.url, seen['auth'], seen['cookie']) == (f'{site.other}/seen', None, None)


async def test_redirects_end(site: Site) -> None:
    """Going round in circles is a failure."""
    with pytest.raises(HttpFailure, match='redirects'):
        await site.http.send(Request('GET', f'{site.url}/round'))


async def test_redirects_lead_somewhere(site: Site) -> None:
    """One to what is no address is a failure."""
    with pytest.raises(HttpFailure, match='no address'):
        await site.http.send(Request('GET', f'{site.url}/nowhere'))


@pytest.mark.parametrize(
    'path', ['/insecure', 'http://index.example/', 'http://10.0.0.1/', 'ftp://127.0.0.1/', 'file:///x']
)
async def test_plain_http_goes_to_this_machine_only(site: Site, path: str) -> None:
    """Another host over plain http is refused before anything is sent, also where a redirect leads there."""
    url = f'{site.url}{path}' if path.startswith('/') else path
    with pytest.raises(ReleaseKitError) as caught:
        await site.http.send(Request('GET', url, auth=AUTH))
    assert caught.value.code is Code.REGISTRY_INSECURE


@pytest.mark.parametrize('host', ['localhost:1', '127.0.0.1:1', '127.9.9.9:1', '[::1]:1', 'index.example'])
async def test_this_machine_and_allowed_hosts_may_be_plain(host: str) -> None:
    """They are asked; that nobody is there is another matter."""
    with pytest.raises(HttpFailure, match='no network'):
        await ScriptedHttp(no_network, ['index.example']).send(Request('GET', f'http://{host}/'))


async def test_a_file_is_sent_as_a_form(site: Site) -> None:
    """An upload is multipart, its fields first, with its credential."""
    if isinstance(site.http, ScriptedHttp):
        await site.http.send(Request('POST', f'{site.url}/seen', form=[('a', '1')], upload=Upload('c', 'f.whl', b'x')))
        assert site.http.requests[0].upload == Upload('c', 'f.whl', b'x')
        return
    upload = Upload('content', 'f-1.0.whl', b'\x00zip')
    form = [(':action', 'file_upload'), ('classifiers', 'one'), ('classifiers', 'two')]
    response = await site.http.send(Request('POST', f'{site.url}/seen', form=form, upload=upload, auth=AUTH))
    seen = json.loads(response.body)
    assert (seen['type'], seen['auth']) == ('multipart/form-data', ':'.join(AUTH))
    wanted = ['name=":action"', 'one', 'two', 'name="content"; filename="f-1.0.whl"', '\x00zip']
    places = [seen['body'].index(part) for part in wanted]
    assert places == sorted(places)


@pytest.fixture
async def client() -> AsyncGenerator[HttpClient, None]:
    async with HttpClient(5.0, body_limit=1000) as http:
        yield http


async def test_json_is_sent_as_json(client: HttpClient) -> None:
    """A `json` body has its content type."""
    with serving(_site(str)) as url:
        seen = json.loads((await client.send(Request('POST', f'{url}/seen', json={'a': [1]}))).body)
    assert (seen['type'], json.loads(seen['body'])) == ('application/json', {'a': [1]})


class _Long(QuietHandler):
    def do_GET(self) -> None:  # noqa: N802 - named by the base class
        self.answer(200, [], b'x' * int(self.path.removeprefix('/')))


async def test_an_answer_has_a_largest_size(client: HttpClient) -> None:
    """More than the limit is a failure; the limit itself is not."""
    with serving(_Long) as url:
        assert len((await client.send(Request('GET', f'{url}/1000'))).body) == 1000
        with pytest.raises(HttpFailure, match='larger than 1000 bytes'):
            await client.send(Request('GET', f'{url}/1001'))


async def test_a_request_names_a_smaller_size(client: HttpClient) -> None:
    """What is asked for has its own limit, below the client's."""
    with serving(_Long) as url:
        assert len((await client.send(Request('GET', f'{url}/10', limit=10))).body) == 10
        with pytest.raises(TooLarge, match='larger than 10 bytes'):
            await client.send(Request('GET', f'{url}/11', limit=10))
        with pytest.raises(TooLarge, match='larger than 1000 bytes'):
            await client.send(Request('GET', f'{url}/1001', limit=2000))


async def test_an_address_that_cannot_be_written_down_is_a_failure(client: HttpClient) -> None:
    """JSON may hold halves of characters; nothing is sent for them."""
    with pytest.raises(HttpFailure) as caught:
        await client.send(Request('GET', 'http://127.0.0.1:9/\ud800'))
    assert not caught.value.sent


class _Silent(QuietHandler):
    over = threading.Event()

    def do_GET(self) -> None:  # noqa: N802 - named by the base class
        self.over.wait(30)


async def test_silence_is_a_failure() -> None:
    """A server that does not answer in time gave no answer, but it may have heard the question."""
    async with HttpClient(0.2) as http:
        with serving(_Silent) as url, pytest.raises(HttpFailure, match='ReadTimeout') as caught:
            await http.send(Request('GET', url))
    assert caught.value.sent
    _Silent.over.set()


async def test_what_a_failure_says_has_no_credential(client: HttpClient) -> None:
    """Neither userinfo of the URL nor a proxy's is shown; and where nobody listens, nothing was sent."""
    with pytest.raises(HttpFailure) as caught:
        await client.send(Request('GET', 'http://user:open-sesame@127.0.0.1:9/'))
    assert not caught.value.sent
    assert '127.0.0.1:9' in str(caught.value)
    assert 'sesame' not in str(caught.value)


_FETCH = """
import sys, anyio
from releasekit.backends.http import HttpClient
from releasekit.ports import HttpFailure, Request
async def main():
    async with HttpClient(5.0) as http:
        try:
            sys.stdout.write(str((await http.send(Request('GET', sys.argv[1]))).status))
        except HttpFailure as failure:
            sys.stdout.write(str(failure))
anyio.run(main)
"""


@pytest.mark.parametrize('trusted', [False, True], ids=['unknown', 'trusted'])
async def test_certificates_are_verified(tmp_path: Path, *, trusted: bool) -> None:
    """A certificate that nobody vouches for is refused; `SSL_CERT_FILE` vouches."""
    certificate, key = tmp_path / 'cert.pem', tmp_path / 'key.pem'
    subject = ['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1']
    files = ['-keyout', str(key), '-out', str(certificate)]
    new = [
        'openssl',
        'req',
        '-x509',
        '-newkey',
        'ec',
        '-pkeyopt',
        'ec_paramgen_curve:prime256v1',
        '-nodes',
        '-days',
        '1',
    ]
    subprocess.run([*new, *files, *subject], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    with QuietServer(('127.0.0.1', 0), _Long) as server, contextlib.ExitStack() as stack:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever, kwargs={'poll_interval': 0.02})
        thread.start()
        stack.callback(thread.join)
        stack.callback(server.shutdown)
        url = f'https://127.0.0.1:{server.server_address[1]}/5'
        environment = {'SSL_CERT_FILE': str(certificate)} if trusted else {}
        done = subprocess.run(
            [sys.executable, '-c', _FETCH, url], env=environment, capture_output=True, text=True, check=True
        )
    assert (done.stdout == '200') is trusted
    assert ('CERTIFICATE_VERIFY_FAILED' in done.stdout) is not trusted
