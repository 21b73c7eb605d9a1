# SPDX-License-Identifier: Apache-2.0
"""Messages in any encoding are read, and what is only this clone's view of history changes nothing."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import anyio
import pytest

from releasekit.backends.shell import LocalShell
from releasekit.core.commits import RawCommit, parse
from releasekit.testing.workspace import Sandbox, isolated, make_repository
from releasekit.vcs.git.command import Git
from releasekit.vcs.git.read import GitReader


def log(sandbox: Sandbox) -> list[RawCommit]:
    async def main() -> list[RawCommit]:
        found = GitReader(Git(LocalShell(isolated(os.environ)), sandbox.root))
        return [commit async for commit in found.log('HEAD', [])]

    return anyio.run(main)


@pytest.fixture
def sandbox(tmp_path: Path) -> Sandbox:
    return make_repository(tmp_path / 'user', {'a.txt': 'a\n'})


def write_commit(sandbox: Sandbox, message: bytes, encoding: str | None) -> None:
    """A commit object as it is: git's own command would mend its message."""
    lines = [
        b'tree ' + sandbox.git('rev-parse', 'HEAD^{tree}').encode(),
        b'parent ' + sandbox.head.encode(),
        b'author A <a> 1 +0000',
        b'committer A <a> 1 +0000',
        *([b'encoding ' + encoding.encode()] if encoding else []),
    ]
    (sandbox.root / 'object').write_bytes(b'\n'.join(lines) + b'\n\n' + message)
    sandbox.git('reset', '--quiet', sandbox.git('hash-object', '-t', 'commit', '-w', 'object'))


@pytest.mark.parametrize(
    ('text', 'encoding'),
    [
        ('feat(größe): ändern\n\nBREAKING CHANGE: über', 'ISO-8859-1'),
        ('feat(größe): ändern\n\nBREAKING CHANGE: über', 'windows-1252'),
        ('feat(ключ): новый\n\nBREAKING CHANGE: всё', 'KOI8-R'),
        ('feat(鍵): 追加\n\nBREAKING CHANGE: 全部', 'Shift_JIS'),
        ('feat(鍵): 追加\n\nBREAKING CHANGE: 全部', 'EUC-JP'),
        ('feat(钥): 新\n\nBREAKING CHANGE: 全部', 'GB18030'),
        ('feat(größe): ändern\n\nBREAKING CHANGE: über', 'UTF-8'),
    ],
)
def test_a_message_is_read_in_the_encoding_that_its_commit_names(sandbox: Sandbox, text: str, encoding: str) -> None:
    """As `i18n.commitEncoding` has git note it down; see the page of git-commit."""
    write_commit(sandbox, text.encode(encoding), encoding)
    commit = log(sandbox)[0]
    assert commit.message == text
    change = parse(commit, {}).changes[0]
    assert [change.type, change.scope, change.breaking] == [
        'feat',
        text[5:].partition(')')[0],
        text.rpartition(': ')[2],
    ]


@pytest.mark.parametrize('encoding', [None, 'UTF-8', 'ISO-8859-99'], ids=['none', 'a wrong one', 'one that is not'])
def test_bytes_of_no_encoding_have_replacement_characters(sandbox: Sandbox, encoding: str | None) -> None:
    """What can be read around them counts."""
    write_commit(sandbox, b'feat(core): br\xffken\n\nBREAKING CHANGE: \xfe gone\n', encoding)
    change = parse(log(sandbox)[0], {}).changes[0]
    assert (change.type, change.scope, change.subject) == ('feat', 'core', 'br\ufffdken')
    assert change.breaking == '\ufffd gone'


def test_replacements_are_not_looked_at(sandbox: Sandbox) -> None:
    """A clone does not have them, so that with them two machines would plan different releases."""
    first = sandbox.commit('fix: a', {'a.txt': '1'})
    sandbox.commit('fix: b', {'a.txt': '2'})
    expected = log(sandbox)
    sandbox.git('checkout', '--quiet', '--detach', first)
    sandbox.git('commit', '--quiet', '--amend', '-m', 'feat!: another')
    sandbox.git('replace', first, sandbox.head)
    sandbox.git('checkout', '--quiet', 'main')
    assert 'feat!: another' in sandbox.git('log', '--format=%s')
    assert log(sandbox) == expected


@pytest.mark.parametrize('how', ['replace --graft', 'info/grafts'])
def test_grafts_are_not_looked_at(sandbox: Sandbox, how: str) -> None:
    """History is what the commits themselves say, not what this clone has it be."""
    for number in range(3):
        sandbox.commit(f'fix: {number}', {'a.txt': str(number)})
    expected = log(sandbox)
    if how == 'info/grafts':
        grafts = sandbox.root / '.git' / 'info' / 'grafts'
        grafts.parent.mkdir(exist_ok=True)
        grafts.write_text(f'{sandbox.head}\n')
    else:
        sandbox.git('replace', '--graft', sandbox.head)
    assert sandbox.git('rev-list', '--count', 'HEAD') == '1'
    assert log(sandbox) == expected
    assert len(expected) == 4


@pytest.mark.parametrize('count', [1, 20], ids=['one', 'many'])
def test_what_is_reached_is_so_whatever_the_clocks_said(tmp_path: Path, count: int) -> None:
    """Git's own short cut goes by dates: where parents are younger than what came of them, it stops too early."""
    sandbox = make_repository(tmp_path / 'user', {})
    dates = [2000] * count + [1000 - number for number in range(40)]
    orders = [
        f'commit refs/heads/drawn\nmark :{mark}\ncommitter A <a@b> {date} +0000\ndata 1\nx\n'
        + (f'from :{mark - 1}\n' if mark > 1 else '')
        for mark, date in enumerate(dates, start=1)
    ]
    argv = ['git', 'fast-import', '--quiet']
    subprocess.run(argv, cwd=sandbox.root, input=''.join(orders).encode(), env=isolated(os.environ), check=True)
    old = sandbox.git('rev-list', '--reverse', 'drawn').split('\n')[:count]
    assert sandbox.git('rev-list', *old, '^drawn') != ''

    async def main() -> frozenset[str]:
        reader = GitReader(Git(LocalShell(isolated(os.environ)), sandbox.root))
        return await reader.reached('drawn', {*old, sandbox.head})

    assert anyio.run(main) == frozenset(old)
