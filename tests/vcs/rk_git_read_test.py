# SPDX-License-Identifier: Apache-2.0
"""What git's own program knows of a repository is read whole, whatever names, messages and configuration it has."""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import TypeVar

import anyio
import pytest

from releasekit.backends.shell import LocalShell
from releasekit.core.commits import RawCommit, TagRef
from releasekit.errors import Code, ReleaseKitError
from releasekit.ports import Command
from releasekit.testing.workspace import Sandbox, isolated, make_repository
from releasekit.vcs.git.command import Git
from releasekit.vcs.git.read import GitReader

T = TypeVar('T')
ZERO = '0' * 40


def run(work: Callable[[], Awaitable[T]]) -> T:
    async def main() -> T:
        return await work()

    return anyio.run(main)


def reader(root: Path, **environment: str) -> GitReader:
    return GitReader(Git(LocalShell({**isolated(os.environ), **environment}), root))


def log(found: GitReader, tip: str, *exclude: str, first_parent: bool = False) -> list[RawCommit]:
    async def main() -> list[RawCommit]:
        return [commit async for commit in found.log(tip, exclude, first_parent=first_parent)]

    return anyio.run(main)


@pytest.fixture
def sandbox(tmp_path: Path) -> Sandbox:
    return make_repository(tmp_path / 'user', {'a.txt': 'a\n'})


def test_head_is_what_is_checked_out(sandbox: Sandbox) -> None:
    """With its branch and the committer's time; detached it has no branch."""
    found = reader(sandbox.root)
    head = run(found.head)
    assert (head.commit, head.branch) == (sandbox.head, 'main')
    assert head.timestamp == int(sandbox.git('log', '-1', '--format=%ct')) == run(lambda: found.timestamp(head.commit))
    sandbox.git('checkout', '--quiet', '--detach')
    assert run(found.head).branch is None


def test_without_a_commit_there_is_nothing_to_release(tmp_path: Path) -> None:
    """Neither in a folder nor in a repository that has just begun."""
    for folder in ('plain', 'empty'):
        (tmp_path / folder).mkdir()
    Sandbox(tmp_path / 'empty').git('init', '--quiet')
    for folder in ('plain', 'empty'):
        with pytest.raises(ReleaseKitError) as caught:
            run(reader(tmp_path / folder, GIT_CEILING_DIRECTORIES=str(tmp_path)).head)
        assert caught.value.code is Code.GIT_NONE


def test_a_repository_of_somebody_else_says_what_git_asks_for(sandbox: Sandbox) -> None:
    """Git refuses to read it; its own words name the setting."""
    stranger = GitReader(_Stranger(LocalShell(isolated(os.environ)), sandbox.root))
    with pytest.raises(ReleaseKitError) as caught:
        run(stranger.head)
    assert caught.value.code is Code.GIT_FAILED
    assert 'safe.directory' in caught.value.problems[0].hint


class _Stranger(Git):
    """Git as another user would run it; the variable is git's own, for its tests."""

    def command(self, *arguments: str, stdin: bytes = b'', env: Mapping[str, str] | None = None) -> Command:
        return super().command(*arguments, stdin=stdin, env={'GIT_TEST_ASSUME_DIFFERENT_OWNER': '1', **(env or {})})


@pytest.mark.parametrize('revision', ['HEAD', 'main', 'annotated', 'HEAD^{tree}', '--all', 'nothing', ZERO])
def test_a_revision_is_resolved_to_a_commit_or_to_nothing(sandbox: Sandbox, revision: str) -> None:
    """Never to a tree or an option."""
    sandbox.git('tag', '--annotate', '-m', 'x', 'annotated')
    expected = sandbox.head if revision in {'HEAD', 'main', 'annotated'} else None
    assert run(lambda: reader(sandbox.root).resolve(revision)) == expected


ODD = [
    'a b.txt',
    'ä/ö.txt',
    '-x',
    ' lead',
    'trail ',
    "quo'te",
    'do"uble',
    'tab\there',
    'new\nline',
    'a\\b',
    '\x01x',
    'x/é\n/y',
]


def test_files_of_a_commit_are_read_whatever_they_are_called(sandbox: Sandbox) -> None:
    """Empty, binary and large ones too, and none that is only in the tree."""
    contents = {name: os.fsencode(name) * index for index, name in enumerate(ODD)}
    contents |= {'binary': bytes(range(256)) * 8, 'large': b'line\n' * 100_000}
    sandbox.write(contents)
    commit = sandbox.commit('odd')
    sandbox.write({'later.txt': 'x'})
    files = reader(sandbox.root).files(commit)
    assert run(files.paths) == sorted([*contents, 'a.txt'])
    assert run(lambda: files.read([*contents, 'later.txt', 'none', *contents])) == contents
    assert run(lambda: files.read([])) == {}
    assert run(lambda: reader(sandbox.root).files(f'{commit}^').read(['a.txt', 'large'])) == {'a.txt': b'a\n'}


def test_submodules_are_no_files(sandbox: Sandbox) -> None:
    """Links are: they are read as what they point to."""
    (sandbox.root / 'link').symlink_to('a.txt')
    sandbox.git('update-index', '--add', '--cacheinfo', f'160000,{sandbox.head},sub')
    sandbox.git('add', 'link')
    sandbox.git('commit', '--quiet', '-m', 'x')
    files = reader(sandbox.root).files('HEAD')
    assert run(files.paths) == ['a.txt', 'link']
    assert run(lambda: files.read(['link', 'sub'])) == {'link': b'a.txt'}


def test_changes_are_what_differs_from_head(sandbox: Sandbox) -> None:
    """Changed, staged, moved, removed and untracked files; ignored ones are not."""
    sandbox.commit('more', {'gone.txt': 'x', 'move me.txt': 'x' * 100, '.gitignore': 'ignored\n'})
    assert run(reader(sandbox.root).changes) == []
    sandbox.write({'a.txt': 'b', 'gone.txt': None, 'new/ü 1.txt': 'x', 'ignored': 'x', 'staged': 'x'})
    sandbox.git('add', 'staged')
    sandbox.git('mv', 'move me.txt', 'moved.txt')
    expected = ['a.txt', 'gone.txt', 'move me.txt', 'moved.txt', 'new/ü 1.txt', 'staged']
    assert run(reader(sandbox.root).changes) == expected


def test_tags_stand_for_commits_and_know_whether_they_are_merged(sandbox: Sandbox) -> None:
    """Light, annotated and nested ones; a tag of a file stands for none."""
    first = sandbox.head
    sandbox.git('tag', 'light')
    sandbox.git('tag', '--annotate', '-m', 'x', 'annotated')
    sandbox.git('tag', '--annotate', '-m', 'x', 'nested/ü', 'annotated')
    sandbox.git('tag', 'blob', 'HEAD:a.txt')
    sandbox.git('tag', '--annotate', '-m', 'x', 'tree', 'HEAD^{tree}')
    sandbox.git('checkout', '--quiet', '-b', 'side')
    side = sandbox.commit('side', {'b.txt': 'b'})
    sandbox.git('tag', 'elsewhere')
    found = reader(sandbox.root)
    names = [('annotated', first), ('elsewhere', side), ('light', first), ('nested/ü', first)]
    assert run(lambda: found.tags('main')) == [TagRef(name, commit, commit == first) for name, commit in names]
    assert run(found.tags) == [TagRef(name, commit, merged=False) for name, commit in names]
    assert run(lambda: found.branches(first)) == ['main', 'side']
    assert run(lambda: found.branches(side)) == ['side']
    assert run(lambda: found.reached('main', {first, side, ZERO, 'annotated'})) == {first}
    assert run(lambda: found.reached('main', {ZERO})) == frozenset()


def test_branches_of_remotes_are_named_without_their_head(sandbox: Sandbox, tmp_path: Path) -> None:
    """So that an error can say where a tag is."""
    sandbox.add_remote(tmp_path / 'remote.git')
    clone = sandbox.clone(tmp_path / 'clone')
    assert run(lambda: reader(clone.root).branches(clone.head)) == ['main', 'origin/main']


@pytest.fixture
def merged(sandbox: Sandbox) -> dict[str, str]:
    """A line, a branch merged into it by a commit with a change of its own, and a commit with none."""
    commits = {'root': sandbox.head}
    sandbox.git('checkout', '--quiet', '-b', 'side')
    commits['side'] = sandbox.commit('feat: side\n\nbody\n\nwith: lines', {'side/s p.txt': 's', 'side/ü.txt': 's'})
    sandbox.git('checkout', '--quiet', 'main')
    commits['line'] = sandbox.commit('line', {'a.txt': 'line', 'new\nline': 'x'})
    commits['merge'] = sandbox.merge('side')
    sandbox.git('commit', '--quiet', '--allow-empty', '-m', 'chore: nothing\n\nRelease-As: 2.0.0')
    commits['empty'] = sandbox.head
    return commits


def test_the_log_has_every_commit_with_what_its_own_change_touches(sandbox: Sandbox, merged: dict[str, str]) -> None:
    """Children before parents; a merge touches nothing by itself, the first commit everything in it."""
    found = log(reader(sandbox.root), 'main')
    by_hash = {commit.hash: commit for commit in found}
    assert by_hash.keys() == set(merged.values())
    assert by_hash[merged['side']].paths == ('side/s p.txt', 'side/ü.txt')
    assert by_hash[merged['side']].message == 'feat: side\n\nbody\n\nwith: lines'
    assert by_hash[merged['line']].paths == ('a.txt', 'new\nline')
    assert by_hash[merged['empty']].message == 'chore: nothing\n\nRelease-As: 2.0.0'
    assert (by_hash[merged['empty']].paths, by_hash[merged['merge']].paths) == ((), ())
    assert by_hash[merged['merge']].parents == (merged['line'], merged['side'])
    assert (by_hash[merged['root']].parents, by_hash[merged['root']].paths) == ((), ('a.txt',))
    assert all(by_hash[merged['root']].author.endswith(end) for end in ('>', sandbox.git('config', 'user.email') + '>'))
    seen: set[str] = set()
    for commit in found:
        assert not seen & set(commit.parents)
        seen.add(commit.hash)


def test_the_log_leaves_out_what_is_excluded(sandbox: Sandbox, merged: dict[str, str]) -> None:
    """With all that it reaches."""
    found = reader(sandbox.root)
    assert {commit.hash for commit in log(found, 'main', merged['line'])} == {
        merged[n] for n in ('empty', 'merge', 'side')
    }
    assert log(found, 'main', 'main') == []


def test_along_first_parents_a_merge_has_the_change_of_its_branch(sandbox: Sandbox, merged: dict[str, str]) -> None:
    """And the commits of the branch are not told."""
    found = {commit.hash: commit.paths for commit in log(reader(sandbox.root), 'main', first_parent=True)}
    assert found.keys() == set(merged.values()) - {merged['side']}
    assert found[merged['merge']] == ('side/s p.txt', 'side/ü.txt')


def test_messages_may_be_anything(sandbox: Sandbox) -> None:
    """Other encodings are converted, broken ones have replacement characters, slashes and markers are text."""
    latin = sandbox.root / 'message'
    latin.write_bytes('fix: größer'.encode('latin-1'))
    sandbox.git('-c', 'i18n.commitEncoding=ISO-8859-1', 'commit', '--quiet', '--allow-empty', '-F', 'message')
    # Git itself mends what it is given; other programs write what they like.
    raw = b'tree %s\nparent %s\nauthor A <a> 1 +0000\ncommitter A <a> 1 +0000\n\nfix: br\xffken'
    latin.write_bytes(raw % (sandbox.git('rev-parse', 'HEAD^{tree}').encode(), sandbox.head.encode()))
    sandbox.git('reset', '--quiet', sandbox.git('hash-object', '-t', 'commit', '-w', 'message'))
    sandbox.git('commit', '--quiet', '--allow-empty', '--author=/bin/sh <x@y>', '-m', f'/{ZERO}')
    sandbox.git('commit', '--quiet', '--allow-empty', '--allow-empty-message', '-m', '')
    found = log(reader(sandbox.root), 'main')
    assert [commit.message for commit in found[:4]] == ['', f'/{ZERO}', 'fix: br\ufffdken', 'fix: größer']
    assert found[1].author == '/bin/sh <x@y>'


HOSTILE = {
    'log.showRoot': 'false',
    'log.showSignature': 'true',
    'log.decorate': 'full',
    'log.follow': 'true',
    'diff.renames': 'copies',
    'diff.relative': 'true',
    'diff.orderFile': '/nowhere',
    'color.ui': 'always',
    'core.quotePath': 'true',
    'format.pretty': 'oneline',
    'format.notes': '*',
    'i18n.logOutputEncoding': 'UTF-16',
    'status.relativePaths': 'true',
    'status.showUntrackedFiles': 'no',
    'status.short': 'true',
    'status.branch': 'true',
    'tag.sort': '-version:refname',
    'column.ui': 'always',
    'branch.sort': '-committerdate',
}


def test_the_configuration_of_a_user_changes_nothing(sandbox: Sandbox, merged: dict[str, str]) -> None:
    """Neither what is told nor how it is read; replacements do not either."""
    sandbox.git('tag', 'v1')
    sandbox.git('tag', 'v2')
    sandbox.write({'ü': 'x'})
    sandbox.git('mv', 'a.txt', 'b.txt')

    def everything() -> object:
        found = reader(sandbox.root)
        commits = log(found, 'main')
        rest = run(found.changes), run(lambda: found.tags('main')), run(lambda: found.branches(merged['root']))
        return commits, rest, run(found.head), run(found.files('HEAD').paths)

    expected = everything()
    sandbox.git('replace', merged['line'], merged['root'])
    for key, value in HOSTILE.items():
        sandbox.git('config', key, value)
    (sandbox.root / '.git' / 'hooks').mkdir(exist_ok=True)
    assert everything() == expected


def test_the_last_change_of_a_path_is_found(sandbox: Sandbox, merged: dict[str, str]) -> None:
    """A path is no pattern."""
    found = reader(sandbox.root)
    assert run(lambda: found.last_change('main', 'a.txt')) == merged['line']
    assert run(lambda: found.last_change('main', 'side/ü.txt')) == merged['side']
    assert run(lambda: found.last_change('main', '*.txt')) is None


def test_one_file_is_read_at_many_commits(sandbox: Sandbox, merged: dict[str, str]) -> None:
    """Those that lack it are left out, and so are folders of that name."""
    found = reader(sandbox.root)
    wanted = [*merged.values(), ZERO]
    contents = run(lambda: found.contents('side/s p.txt', wanted))
    assert contents == {merged[name]: b's' for name in ('side', 'merge', 'empty')}
    assert run(lambda: found.contents('side', wanted)) == {}
    assert run(lambda: found.contents('side', [])) == {}


def test_a_common_ancestor_is_reached_by_all(sandbox: Sandbox, merged: dict[str, str]) -> None:
    """Commits that are not there are left out; unrelated ones have none."""
    found = reader(sandbox.root)
    cases = {
        ('side', 'line'): 'root',
        ('side', 'line', 'merge'): 'root',
        ('merge', 'empty', 'line'): 'line',
        ('side',): 'side',
    }
    for names, expected in cases.items():
        commits = [merged[name] for name in names]
        assert run(lambda: found.common_ancestor([*commits, ZERO])) == merged[expected]  # noqa: B023
    assert run(lambda: found.common_ancestor([])) is None
    sandbox.git('checkout', '--quiet', '--orphan', 'other')
    other = sandbox.commit('other')
    assert run(lambda: found.common_ancestor([other, merged['side']])) is None
    assert run(lambda: found.is_ancestor(merged['side'], merged['empty']))
    assert run(lambda: found.is_ancestor(other, other))
    assert not run(lambda: found.is_ancestor(merged['empty'], merged['side']))
    assert not run(lambda: found.is_ancestor(ZERO, merged['side']))


def test_a_clone_knows_whether_it_is_shallow(sandbox: Sandbox, tmp_path: Path) -> None:
    """A limit of depth cuts history off."""
    sandbox.commit('two', {'a.txt': 'b'})
    sandbox.git('clone', '--quiet', '--depth=1', f'file://{sandbox.root}', str(tmp_path / 'clone'))
    assert run(reader(tmp_path / 'clone').shallow)
    assert not run(reader(sandbox.root).shallow)


def test_what_git_complains_of_is_told(sandbox: Sandbox) -> None:
    """Both where it runs to its end and where its output is read as it comes."""
    found = reader(sandbox.root)
    for work in (lambda: found.timestamp('nothing'), found.files('nothing').paths):
        with pytest.raises(ReleaseKitError) as caught:
            run(work)
        assert caught.value.code is Code.GIT_FAILED
    with pytest.raises(ReleaseKitError) as caught:
        log(found, 'nothing')
    assert caught.value.code is Code.GIT_FAILED
    assert 'nothing' in str(caught.value)


def test_no_program_is_no_fault_of_git(tmp_path: Path) -> None:
    """The hint is to install it."""
    with pytest.raises(ReleaseKitError) as caught:
        log(GitReader(Git(LocalShell({'PATH': str(tmp_path)}), tmp_path)), 'HEAD')
    assert caught.value.code is Code.TOOL_MISSING
