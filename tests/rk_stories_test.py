# SPDX-License-Identifier: Apache-2.0
"""What users see, story by story: `tests/cases/NAME` has the beginning, what happens, and what is seen and left.

`story.yaml` has the packages, what release.yaml says beyond `stage.QUICK` (with `smoke`, beyond `stage.SPEC`, whose
release installs every package), and the events; `in/` has more files.
`stdout.txt` is the transcript, `dry-run.txt` the dry run of the last command, `out/` what that released.
UPDATE_STORIES=1 writes these three anew.
"""

from __future__ import annotations

import dataclasses
import functools
import io
import os
import re
import shlex
import shutil
import zipfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from releasekit.testing.indexes import start_pypiserver
from releasekit.testing.stage import ADDRESS, QUICK, SPEC, Member, Stage, members, module, set_stage
from releasekit.testing.workspace import Sandbox, bare_refs, refuse_pushes

CASES = Path(__file__).parent / 'cases'
STORIES = sorted(path.parent.name for path in CASES.glob('*/story.yaml'))
_YAML = YAML(typ='safe')
UPDATE = 'UPDATE_STORIES' in os.environ

# Whole hashes and digests, and the lengths to which we and git shorten them.
_HASH = re.compile(r'(?<![\w.])(?:[0-9a-f]{64}|[0-9a-f]{40}|[0-9a-f]{12}|[0-9a-f]{7,9})(?![\w.]|-py)')

# Where checkouts of a release are, outside the repository.
_SCRATCH = re.compile(r'[^\s`]*/releasekit-\w+(?=/)')


@pytest.mark.slow
@pytest.mark.everywhere
@pytest.mark.parametrize('name', STORIES)
def test_a_story_goes_as_it_is_told(name: str, tmp_path: Path) -> None:
    """The same output, the same files, the same refs and uploads: to the letter, but for hashes and folders."""
    told = CASES / name
    seen = play(Story.read(told / 'story.yaml'), tmp_path)
    if UPDATE:
        seen.write(told)
    expected = Seen.read(told)
    assert seen.transcript == expected.transcript
    assert seen.rehearsal == expected.rehearsal
    assert seen.released == expected.released


def test_every_folder_is_a_story() -> None:
    """None is left out, and each has its transcript."""
    assert sorted(path.name for path in CASES.iterdir()) == STORIES
    assert [name for name in STORIES if not (CASES / name / 'stdout.txt').is_file()] == []


def test_merge_squash_and_rebase_lead_to_the_same_versions() -> None:
    """However a branch came in, its commits ask for the same."""
    told = [(CASES / f'{way}-history' / 'stdout.txt').read_text() for way in ('merge', 'squash', 'rebase')]
    tables = {text.partition('$ releasekit version\n')[2].partition('[exit 0]')[0] for text in told}
    assert len(tables) == 1
    assert 'py:ant   1.0.0     1.1.0' in tables.pop()


@dataclasses.dataclass(frozen=True)
class Story:
    """A story as it is told: the files at its beginning, the first commit's message, and the events."""

    files: Mapping[str, str]
    begin: str
    events: tuple[Mapping[str, Any], ...]
    hide: tuple[str, ...]

    @classmethod
    def read(cls, path: Path) -> Story:
        told = _YAML.load(path)
        packages = {name: _member(facts) for name, facts in told.get('packages', {}).items()}
        folder = path.parent / 'in'
        more = {file.relative_to(folder).as_posix(): file.read_text() for file in _files(folder)}
        generated = members(packages) if packages else {}
        spec = _merged(_YAML.load(SPEC if told.get('smoke') else QUICK), told.get('spec', {}))
        files = {'release.yaml': _dumped(spec), **generated, **more}
        return cls(files, told.get('begin', 'feat: begin'), tuple(told['events']), tuple(told.get('hide', ())))


def _merged(spec: Any, more: Any) -> Any:
    if not isinstance(spec, dict) or not isinstance(more, dict):
        return more
    return {**spec, **{key: _merged(spec.get(key), value) for key, value in more.items()}}


def _dumped(spec: Mapping[str, Any]) -> str:
    out = io.StringIO()
    _YAML.dump(spec, out)
    return out.getvalue()


def _member(facts: str | Mapping[str, Any]) -> Member:
    return Member(facts) if isinstance(facts, str) else Member(facts['version'], tuple(facts.get('needs', ())))


@dataclasses.dataclass(frozen=True)
class Seen:
    """What was seen: the transcript, the dry run of the last command, and the files that it released."""

    transcript: str
    rehearsal: str
    released: Mapping[str, str]

    @classmethod
    def read(cls, told: Path) -> Seen:
        released = {path.relative_to(told / 'out').as_posix(): path.read_text() for path in _files(told / 'out')}
        return cls(_text(told / 'stdout.txt'), _text(told / 'dry-run.txt'), released)

    def write(self, told: Path) -> None:
        shutil.rmtree(told / 'out', ignore_errors=True)
        texts = {'stdout.txt': self.transcript, 'dry-run.txt': self.rehearsal}
        for path, text in {**texts, **{f'out/{path}': text for path, text in self.released.items()}}.items():
            (told / path).parent.mkdir(parents=True, exist_ok=True)
            (told / path).write_text(text)


def play(story: Story, folder: Path) -> Seen:
    """Let the events of a story happen for real, one after the other."""
    stage = set_stage(folder, story.files, story.begin)
    actors = Actors(stage)
    *before, last = story.events
    try:
        transcript = [_told(actors, event) for event in before]
        base = _tip(stage)
        rehearsal = _ran(actors, last, '--dry-run') if last.get('rehearsed', True) else ''
        transcript.append(_told(actors, last))
        released = {path: _at(stage, path) for path in _changed(stage, base)}
    finally:
        actors.index.stop()
    tidy = functools.partial(_tidy, _names(stage), story.hide)
    return Seen(
        tidy(''.join(transcript).lstrip()),
        tidy(rehearsal.lstrip()),
        {path: tidy(text) for path, text in released.items()},
    )


class Actors:
    """Who makes events happen: the user, another clone, the remote and the index. One method for each kind."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.index = stage.index
        self._hook: Path | None = None
        self._clone: Sandbox | None = None

    def commit(self, message: str, event: Mapping[str, Any]) -> None:
        """Commit `files`, or a change of the code of the packages in `touch`; `body` follows the subject."""
        where = self._elsewhere() if event.get('elsewhere') else self.stage.repository
        where.commit('\n\n'.join([message, *event.get('body', ())]), _changes(where, event))

    def write(self, _: str, event: Mapping[str, Any]) -> None:
        """Change files without a commit."""
        self.stage.repository.write(_changes(self.stage.repository, event))

    def git(self, arguments: str, event: Mapping[str, Any]) -> None:
        """Run git, at the next minute."""
        where = self._elsewhere() if event.get('elsewhere') else self.stage.repository
        where.git(*shlex.split(arguments), timestamp=next(where.clock))

    def index_is(self, state: str, _: Mapping[str, Any]) -> None:
        """The index is taken down, or comes up again."""
        if state == 'down':
            self.index.stop()
        else:
            port = int(self.index.url.rpartition(':')[2].strip('/'))
            self.index = start_pypiserver(self.stage.folder / 'index', port)

    def remote(self, state: str, _: Mapping[str, Any]) -> None:
        """The remote refuses pushes, or accepts them again."""
        if state == 'refuses':
            self._hook = refuse_pushes(self.stage.remote)
        elif self._hook is not None:
            self._hook.unlink()

    def _elsewhere(self) -> Sandbox:
        self._clone = self._clone or self.stage.clone('elsewhere')
        return self._clone


_KINDS = ('commit', 'write', 'git', 'index', 'remote', 'run')


def _told(actors: Actors, event: Mapping[str, Any]) -> str:
    """Let an event happen, and tell it: a command with its output and what the world is like then."""
    kind = next(kind for kind in _KINDS if kind in event)
    if kind == 'run':
        told = _ran(actors, event)
        assert told.endswith(f'[exit {event.get("exit", 0)}]\n'), told
        return told + _world(actors.stage)
    does: Mapping[str, Callable[[str, Mapping[str, Any]], None]] = {
        'commit': actors.commit,
        'write': actors.write,
        'git': actors.git,
        'index': actors.index_is,
        'remote': actors.remote,
    }
    does[kind](event[kind], event)
    return f'# {"elsewhere, " if event.get("elsewhere") else ""}{kind}: {event[kind]}\n'


def _ran(actors: Actors, event: Mapping[str, Any], *flags: str) -> str:
    """A command with what it wrote, its log left out, and its exit status."""
    done = actors.stage.run(*shlex.split(event['run']), *flags, **event.get('environment', {}))
    complaints = [line for line in done.stderr.splitlines() if not line.startswith('{')]
    said = ''.join(f'{line.rstrip()}\n' for line in [*done.stdout.splitlines(), *complaints])
    return f'\n$ releasekit {" ".join([event["run"], *flags])}\n{said}[exit {done.returncode}]\n'


def _changes(where: Sandbox, event: Mapping[str, Any]) -> dict[str, str | bytes | None]:
    changed = {path: where.root.joinpath(path).read_text() + f'# {event["commit"]}\n' for path in _touched(event)}
    return {**changed, **event.get('files', {})}


def _touched(event: Mapping[str, Any]) -> list[str]:
    return [module(name) for name in event.get('touch', ())]


def _world(stage: Stage) -> str:
    """What the remote, the index and the user's clone have."""
    refs = [f'  {ref} {commit}' for ref, commit in sorted(bare_refs(stage.remote).items())]
    files = [f'  {line}' for name, content in stage.published().items() for line in _lines(name, content, stage)]
    git = stage.repository.git
    local = [git('branch', '--show-current') or 'detached', git('rev-parse', 'HEAD')]
    status = [f'  {line}' for line in git('status', '--porcelain').splitlines()]
    leftovers = [f'  worktree {line}' for line in git('worktree', 'list').splitlines()[1:]]
    tags = [f'  {tag}' for tag in stage.repository.tags()]
    lines = ['the remote:', *refs, 'the index:', *files, f'here: {" ".join(local)}', *status, *tags, *leftovers]
    return '\n'.join(['', *lines, ''])


def _lines(name: str, content: bytes, stage: Stage) -> Iterator[str]:
    yield name
    if name.endswith('.whl'):
        with zipfile.ZipFile(stage.folder / 'index' / 'packages' / name) as wheel:
            metadata = next(member for member in wheel.namelist() if member.endswith('/METADATA'))
            lines = wheel.read(metadata).decode().splitlines()
        yield from (f'  {line}' for line in lines if line.startswith('Requires-Dist:'))


def _tip(stage: Stage) -> str:
    return bare_refs(stage.remote)['refs/heads/main']


def _changed(stage: Stage, base: str) -> list[str]:
    stage.repository.git('fetch', '--quiet', '--no-tags', 'origin', 'main')
    return stage.repository.git('diff', '--name-only', '--diff-filter=d', base, 'FETCH_HEAD').splitlines()


def _at(stage: Stage, path: str) -> str:
    return stage.repository.git('show', f'FETCH_HEAD:{path}') + '\n'


def _names(stage: Stage) -> Mapping[str, str]:
    """What stands for what differs from run to run: commits by their number, folders and the index by name."""
    commits = stage.repository.git('rev-list', '--all', '--reverse', '--topo-order', '--date-order', 'FETCH_HEAD')
    named = {commit: f'<commit {number}>' for number, commit in enumerate(commits.splitlines(), start=1)}
    return {stage.index.url: ADDRESS, str(stage.folder): '<folder>', **named}


def _tidy(names: Mapping[str, str], hide: tuple[str, ...], text: str) -> str:
    for known, name in names.items():
        text = text.replace(known, name)
    for pattern in hide:
        text = re.sub(pattern, '<...>', text)
    text = _SCRATCH.sub('<scratch>', text)
    text = re.sub(r'("tool": )"[^"]+"', r'\1"<version>"', text)
    text = re.sub(r'(?m)^(looked at tool \w+: ).*$', r'\1<version>', text)
    return _HASH.sub(lambda found: _name(found[0], names), text)


def _name(short: str, names: Mapping[str, str]) -> str:
    # A number is a hash only where a commit begins with it, which one in thirty does.
    unknown = short if short.isdigit() else '<hash>'
    return next((name for known, name in names.items() if known.startswith(short)), unknown)


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob('*') if path.is_file())


def _text(path: Path) -> str:
    return path.read_text() if path.is_file() else ''
