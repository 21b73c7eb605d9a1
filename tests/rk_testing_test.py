# SPDX-License-Identifier: Apache-2.0
"""The servers and builders of `releasekit.testing` do what tests rely on."""

from __future__ import annotations

import http.client
import os
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from releasekit.testing.faults import Fault, serve_faults
from releasekit.testing.git_http import serve_git
from releasekit.testing.servers import QuietHandler, serving
from releasekit.testing.workspace import START, Sandbox, bare_refs, isolated, make_repository, refuse_pushes

TOKEN = 'open-sesame'


class _Index(QuietHandler):
    """Takes uploads and counts them."""

    taken = 0

    def do_POST(self) -> None:  # noqa: N802 - named by the base class
        self.read_body()
        type(self).taken += 1
        self.answer(200, [('X-Index', 'real')], f'{self.path} at {self.headers["Host"]}'.encode())

    do_GET = do_HEAD = do_POST  # noqa: N815 - named by the base class


@pytest.fixture
def upstream() -> Iterator[str]:
    _Index.taken = 0
    with serving(_Index) as url:
        yield url


_FORM = b'--b\r\nContent-Disposition: form-data; name="content"; filename="%s"\r\n\r\nx\r\n--b--\r\n'


def _upload(url: str, filename: str) -> tuple[int, str]:
    request = urllib.request.Request(f'{url}/legacy/', _FORM % filename.encode())
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.headers.get('Retry-After', '')


def test_without_faults_a_proxy_is_not_noticed(upstream: str) -> None:
    """Requests go through, with the host that the client asked for, and are remembered."""
    with serve_faults(f'{upstream}/rel/prod/') as index:
        assert _upload(index.url, 'a.whl') == (200, f'/rel/prod/legacy/ at {index.url.removeprefix("http://")}')
    (exchange,) = index.exchanges
    assert (exchange.method, exchange.path, exchange.filename, exchange.status) == ('POST', '/legacy/', 'a.whl', 200)


@pytest.mark.parametrize(('drop', 'taken', 'status'), [('answer', 1, 200), ('request', 0, None)])
def test_a_dropped_answer_was_work_done_and_a_dropped_request_was_not(
    upstream: str, drop: str, taken: int, status: int | None
) -> None:
    """Either way the client hears nothing; the record knows what the index did."""
    fault = Fault('POST', drop='answer' if drop == 'answer' else 'request')
    with serve_faults(upstream, [fault]) as index:
        with pytest.raises((urllib.error.URLError, http.client.RemoteDisconnected, ConnectionError)):
            _upload(index.url, 'a.whl')
        assert (_Index.taken, index.exchanges[0].status, index.exchanges[0].fault) == (taken, status, fault)
        assert _upload(index.url, 'a.whl')[0] == 200
        assert index.accepted() == ['a.whl'] * (taken + 1)


def test_a_status_comes_in_place_of_the_index(upstream: str) -> None:
    """As often as the fault says, for what it matches, with the time to wait."""
    with serve_faults(upstream, [Fault(r'POST .*b\.whl', times=2, status=503, retry_after='7')]) as index:
        assert _upload(index.url, 'a.whl')[0] == 200
        assert [_upload(index.url, 'b.whl') for _ in range(2)] == [(503, '7')] * 2
        assert _upload(index.url, 'b.whl')[0] == 200
    assert (_Index.taken, index.accepted()) == (2, ['a.whl', 'b.whl'])


def test_a_fault_without_a_number_never_ends(upstream: str) -> None:
    """`times=None` is for an index that is down, or far away."""
    with serve_faults(upstream, [Fault('POST', times=None, status=500, delay=0.001)]) as index:
        assert {_upload(index.url, 'a.whl')[0] for _ in range(4)} == {500}


def _heads(folder: Path) -> tuple[str, str]:
    sandbox = make_repository(folder, {'a.txt': 'one\n', 'b/c.txt': b'\x00'})
    sandbox.tag('v1')
    return sandbox.commit('feat: two', {'a.txt': 'two\n', 'b/c.txt': None}), sandbox.git('rev-parse', 'v1')


def test_the_same_steps_make_the_same_repository(tmp_path: Path) -> None:
    """Hashes depend on the contents alone, not on place, time or configuration."""
    assert _heads(tmp_path / 'one') == _heads(tmp_path / 'two')


def test_every_commit_has_a_date_of_its_own(tmp_path: Path) -> None:
    """Dates begin at START and go on in clones."""
    sandbox = make_repository(tmp_path / 'one', {})
    sandbox.add_remote(tmp_path / 'one.git')
    other = sandbox.clone(tmp_path / 'two')
    other.commit('fix: there')
    sandbox.git('checkout', '--quiet', '-b', 'side')
    sandbox.commit('fix: here')
    sandbox.git('checkout', '--quiet', 'main')
    sandbox.merge('side')
    dates = sorted({*sandbox.git('log', '--format=%ct').split(), *other.git('log', '--format=%ct').split()})
    assert dates == [str(START + 60 * number) for number in range(4)]


def test_a_remote_can_refuse(tmp_path: Path) -> None:
    """A refused push leaves nothing; without the hook it is accepted."""
    sandbox = make_repository(tmp_path / 'one', {})
    remote = sandbox.add_remote(tmp_path / 'one.git')
    before = bare_refs(remote)
    hook = refuse_pushes(remote, 'not today')
    commit = sandbox.commit('fix: it')
    with pytest.raises(AssertionError, match='not today'):
        sandbox.git('push', 'origin', 'main')
    assert bare_refs(remote) == before
    hook.unlink()
    sandbox.git('push', '--quiet', 'origin', 'main')
    assert bare_refs(remote) == {'refs/heads/main': commit}


def test_git_is_served_to_who_has_the_token(tmp_path: Path) -> None:
    """Cloning and pushing need it, and a push arrives."""
    sandbox = make_repository(tmp_path / 'one', {'big': os.urandom(2_000_000)})
    remote = sandbox.add_remote(tmp_path / 'served' / 'one.git')
    with serve_git(remote.parent, TOKEN) as server:
        without = ['git', 'ls-remote', server.address('one.git', with_token=False)]
        refused = subprocess.run(without, env=isolated(os.environ), capture_output=True, check=False)
        assert refused.returncode != 0
        clone: Sandbox = sandbox.clone(tmp_path / 'two', server.address('one.git'))
        commit = clone.commit('fix: it', {'other': os.urandom(2_000_000)})
        clone.tag('v2')
        clone.git('push', '--quiet', '--atomic', 'origin', 'main', 'v2')
    assert bare_refs(remote) == {'refs/heads/main': commit, 'refs/tags/v2': commit}
