# SPDX-License-Identifier: Apache-2.0
"""Reading an index: pages of the simple repository API, and what is sent to whom."""

from __future__ import annotations

import json
from collections.abc import Callable

import anyio
import pytest

from releasekit.backends.shell import LocalShell
from releasekit.ecosystems.base import Outside
from releasekit.ecosystems.python import PYTHON
from releasekit.errors import Code, ReleaseKitError
from releasekit.ports import (
    Credential,
    HttpFailure,
    PublishedFile,
    Registry,
    RegistryDownError,
    Request,
    Response,
    TooLarge,
)
from releasekit.spec.model import Target
from releasekit.testing.http import ScriptedHttp

INDEX = 'https://index.example.invalid/simple'
PAGE = f'{INDEX}/acme-core/'
SECRET = Credential('__token__', 'secret')
A, B = 'aa' * 32, 'bb' * 32

HTML = f"""<!DOCTYPE html><html><head><meta name="pypi:repository-version" content="1.3"></head><body>
<a href="../../f/acme_core-1.0.tar.gz#sha256={A.upper()}">acme_core-1.0.tar.gz</a><br>
<a href="https://files.example.invalid/acme_core-1.0-py3-none-any.whl#md5=99" data-yanked="broken">
acme_core-1.0-py3-none-any.whl</a> text
<a href="/f/acme_core-1.0-py2-none-any.whl"></a>
<a href="/f/acme_core-1.0.0.post1.tar.gz">acme_core-1.0.0.post1.tar.gz</a>
<a href="/f/acme_core_x-1.0.tar.gz">acme_core_x-1.0.tar.gz</a>
<a href="/f/acme_core-1.0.exe">acme_core-1.0.exe</a>
<a>nothing</a></body></html>""".encode()

FILES = [
    {'filename': 'acme_core-1.0.tar.gz', 'url': '../../f/a.tar.gz', 'hashes': {'sha256': A.upper()}, 'yanked': False},
    {'filename': 'acme_core-1.0-py3-none-any.whl', 'url': 'https://f.example.invalid/a', 'hashes': {}, 'yanked': ''},
    {'filename': 'acme_core-1.0-py2-none-any.whl', 'url': f'/w#sha256={B}', 'hashes': {'md5': 'x'}},
    {'filename': 'acme_core-2.0.tar.gz', 'url': '/x', 'hashes': {}},
]


def page(files: object = FILES, api: str = '1.1') -> Response:
    body = json.dumps({'meta': {'api-version': api}, 'name': 'acme-core', 'files': files}).encode()
    return Response(200, {'Content-Type': 'application/vnd.pypi.simple.v1+json'}, body)


def registry(http: ScriptedHttp, credential: Credential | None = None) -> Registry:
    target = Target('pypi', 'https://upload.example.invalid/legacy/', f'{INDEX}/', 'none')
    return PYTHON.registries['pypi'].connect(target, Outside(http, LocalShell({})), credential)


def files(response: Response, version: str = '1.0') -> dict[str, PublishedFile]:
    return dict(anyio.run(registry(ScriptedHttp(lambda _: response)).files, 'Acme.Core', version))


def test_html_is_read() -> None:
    """Only files of the version, with absolute addresses, digests and yanks; other hashes are no SHA-256."""
    response = Response(200, {'Content-Type': 'text/html'}, HTML)

    assert files(response) == {
        'acme_core-1.0.tar.gz': PublishedFile(
            'acme_core-1.0.tar.gz', A, 'https://index.example.invalid/f/acme_core-1.0.tar.gz'
        ),
        'acme_core-1.0-py3-none-any.whl': PublishedFile(
            'acme_core-1.0-py3-none-any.whl',
            None,
            'https://files.example.invalid/acme_core-1.0-py3-none-any.whl',
            yanked=True,
        ),
        'acme_core-1.0-py2-none-any.whl': PublishedFile(
            'acme_core-1.0-py2-none-any.whl', None, 'https://index.example.invalid/f/acme_core-1.0-py2-none-any.whl'
        ),
    }


def test_json_is_read() -> None:
    """The same from JSON; an empty reason still is a yank, and a digest may stand in the address."""
    assert files(page()) == {
        'acme_core-1.0.tar.gz': PublishedFile('acme_core-1.0.tar.gz', A, 'https://index.example.invalid/f/a.tar.gz'),
        'acme_core-1.0-py3-none-any.whl': PublishedFile(
            'acme_core-1.0-py3-none-any.whl', None, 'https://f.example.invalid/a', yanked=True
        ),
        'acme_core-1.0-py2-none-any.whl': PublishedFile(
            'acme_core-1.0-py2-none-any.whl', B, 'https://index.example.invalid/w'
        ),
    }
    assert list(files(page(), '2')) == ['acme_core-2.0.tar.gz']


def test_no_page_is_no_file() -> None:
    """404 means that nothing is there."""
    assert files(Response(404, {}, b'')) == {}


def test_a_page_of_another_host_is_not_this_target() -> None:
    """What a fallback serves from elsewhere is not published here."""

    def answer(request: Request) -> Response:
        if request.url == PAGE:
            return Response(302, {'Location': 'https://pypi.example.invalid/simple/acme-core/'}, b'')
        return page()

    assert anyio.run(registry(ScriptedHttp(answer)).files, 'acme-core', '1.0') == {}


def lost(_: Request) -> Response:
    raise HttpFailure('connection reset')


@pytest.mark.parametrize(
    'answer',
    [
        lost,
        lambda _: Response(500, {}, b''),
        lambda _: Response(403, {}, b''),
        lambda _: Response(200, {'content-type': 'application/vnd.pypi.simple.v1+json'}, b'{'),
        lambda _: Response(200, {'content-type': 'application/vnd.pypi.simple.v1+json'}, b'[]'),
        lambda _: Response(200, {'content-type': 'application/vnd.pypi.simple.v1+json'}, b'[' * 200_000),
        lambda _: page([{'filename': 'acme_core-1.0.tar.gz'}]),
        lambda _: page([{'filename': 5, 'url': '/a'}]),
        lambda _: page([{'filename': 'acme_core-1.0.tar.gz', 'url': 5}]),
        lambda _: Response(200, {'content-type': 'text/html'}, b'<![none[x]]>'),
        lambda _: Response(200, {'content-type': 'text/html'}, b'<base href="http://[x"><a href="a">a</a>'),
        lambda _: Response(302, {'location': 'http://[x'}, b''),
        lambda _: page(api='2.0'),
        lambda _: Response(200, {'content-type': 'text/html'}, HTML.replace(b'1.3', b'2.0')),
    ],
)
def test_what_cannot_be_read_is_never_nothing(answer: Callable[[Request], Response]) -> None:
    """An index that fails, or talks a later language, is an error: its files are not known."""
    with pytest.raises(ReleaseKitError) as caught:
        anyio.run(registry(ScriptedHttp(answer)).files, 'acme-core', '1.0')
    assert caught.value.code is Code.REGISTRY_DOWN


def test_a_credential_is_only_for_who_asks() -> None:
    """A private index gets it after a 401; an open one and other hosts never do."""
    asked: list[tuple[str, bool]] = []

    def answer(request: Request) -> Response:
        asked.append((request.url, request.auth is not None))
        return page() if request.auth else Response(401, {}, b'')

    private = registry(ScriptedHttp(answer), SECRET)
    assert len(anyio.run(private.files, 'acme-core', '1.0')) == 3
    with pytest.raises(ReleaseKitError):
        anyio.run(private.download, PublishedFile('x', None, 'https://f.example.invalid/x'))

    assert asked == [(PAGE, False), (PAGE, True), ('https://f.example.invalid/x', False)]


def test_json_is_preferred() -> None:
    """The page is asked for as JSON first, and not from a cache."""
    http = ScriptedHttp(lambda _: page())
    anyio.run(registry(http).files, 'acme-core', '1.0')

    assert http.requests[0].headers['Accept'].startswith('application/vnd.pypi.simple.v1+json,')
    assert http.requests[0].headers['Cache-Control'] == 'no-cache'


@pytest.mark.parametrize(
    'response',
    [
        Response(
            200, {'content-type': 'text/html'}, b'<a href="http://[x/acme_core-1.0.tar.gz">acme_core-1.0.tar.gz</a>'
        ),
        page([{'filename': 'acme_core-1.0.tar.gz', 'url': 'http://[x/acme_core-1.0.tar.gz'}]),
    ],
)
def test_a_link_that_leads_nowhere_is_no_file(response: Response) -> None:
    """Nothing can be had from an address that is none."""
    assert files(response) == {}


@pytest.mark.parametrize('told', ['AB', 5, ['a'], 'g' * 64, A + 'a', None])
def test_only_a_sha256_is_a_digest(told: object) -> None:
    """Anything else says nothing of the file."""
    (file,) = files(page([{'filename': 'acme_core-1.0.tar.gz', 'url': '/a', 'hashes': {'sha256': told}}])).values()
    assert file.digest is None


def test_pages_and_files_have_a_largest_size() -> None:
    """A page that never ends is not read to its end; a file larger than what may be ours is another one."""
    http = ScriptedHttp(lambda _: page())
    anyio.run(registry(http).files, 'acme-core', '1.0')
    anyio.run(registry(http).download, PublishedFile('x', None, f'{INDEX}/x'), 10)
    assert [request.limit for request in http.requests] == [64 * 1024 * 1024, 10]

    def large(_: Request) -> Response:
        raise TooLarge('too large')

    for code, question in (
        (Code.REGISTRY_DOWN, lambda: anyio.run(registry(ScriptedHttp(large)).files, 'acme-core', '1.0')),
        (
            Code.DRIFT_BYTES,
            lambda: anyio.run(registry(ScriptedHttp(large)).download, PublishedFile('x', None, PAGE), 10),
        ),
    ):
        with pytest.raises(ReleaseKitError) as caught:
            question()
        assert caught.value.code is code


@pytest.mark.parametrize(('asked', 'expected'), [('7', 7.0), ('86400', 3600.0), (None, None)])
def test_an_index_says_when_to_come_again(asked: str | None, expected: float | None) -> None:
    """What it names in Retry-After goes with the error, an hour at the most."""
    response = Response(503, {} if asked is None else {'Retry-After': asked}, b'')
    with pytest.raises(RegistryDownError) as caught:
        files(response)
    assert caught.value.retry_after == expected
