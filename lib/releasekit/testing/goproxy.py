# SPDX-License-Identifier: Apache-2.0
"""A Go repository on this machine, and a module proxy for it that fetches a version when it is first asked for one.

The real go command does the fetching, as it does for public proxies: https://go.dev/ref/mod#goproxy-protocol.
"""

from __future__ import annotations

import base64
import contextlib
import dataclasses
import json
import os
import shutil
import subprocess
import threading
import time
import urllib.parse
from collections.abc import Generator, Mapping, Sequence
from pathlib import Path

from releasekit.ecosystems.base import Tree
from releasekit.ecosystems.go import GO
from releasekit.spec.model import WorkspaceSpec
from releasekit.testing.files import MemoryFiles
from releasekit.testing.servers import QuietHandler, serving

# A path with `.git` in it is fetched without asking its host where the repository is: https://go.dev/ref/mod#vcs-find.
HOST = 'example.test/mono.git'

_USER = '[user]\n\tname = Ann\n\temail = ann@example.test\n'


@dataclasses.dataclass(frozen=True)
class GoRepository:
    """A git repository that the go command fetches for the modules below `HOST`, in a folder of its own.

    `origin` is one that is elsewhere, and may come later.
    """

    folder: Path
    origin: Path | None = None

    @property
    def root(self) -> Path:
        """The repository, with its working tree if it is our own."""
        return self.origin or self.folder / 'repository'

    @property
    def environment(self) -> Mapping[str, str]:
        """What a child needs to fetch from here and from nowhere else; caches of modules are in the folder."""
        found = {
            'PATH': os.environ.get('PATH', os.defpath),
            'HOME': str(self.folder / 'home'),
            'GOCACHE': os.environ.get('GOCACHE') or str(Path.home() / '.cache' / 'go-build'),
            'GOPATH': str(self.folder / 'gopath'),
            'GOMODCACHE': str(self.folder / 'modules'),
            'GOENV': 'off',
            'GOFLAGS': '-modcacherw',
            'GOPROXY': 'direct',
            'GOSUMDB': 'off',
            'GOTOOLCHAIN': 'local',
        }
        kept = {name: os.environ[name] for name in ('GOROOT', 'TMPDIR') if name in os.environ}
        return {**kept, **found}

    def create(self) -> GoRepository:
        """Make what the go command reads of it, and the repository, empty, if it is our own."""
        home = self.folder / 'home'
        home.mkdir(parents=True)
        rule = f'[url "{self.root.as_uri()}"]\n\tinsteadOf = https://{HOST.removesuffix(".git")}\n'
        (home / '.gitconfig').write_text(f'{_USER}{rule}[safe]\n\tdirectory = *\n[protocol "file"]\n\tallow = always\n')
        if self.origin is None:
            self.root.mkdir()
            self.run('git', 'init', '--quiet', '--initial-branch=main')
        return self

    def write(self, files: Mapping[str, str | bytes]) -> None:
        """Write files."""
        for path, content in files.items():
            place = self.root / path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(content if isinstance(content, bytes) else content.encode())

    def commit(self, tags: Sequence[str] = ()) -> str:
        """Commit all files and tag the commit; returns its hash."""
        self.run('git', 'add', '--all')
        self.run('git', 'commit', '--quiet', '--allow-empty', '--message=release')
        for tag in tags:
            self.run('git', 'tag', tag)
        return self.run('git', 'rev-parse', 'HEAD').strip()

    def files(self) -> Mapping[str, bytes]:
        """The files of the last commit."""
        paths = self.run('git', 'ls-tree', '-r', '-z', '--name-only', 'HEAD').split('\0')
        return {path: (self.root / path).read_bytes() for path in paths if path}

    def run(self, *argv: str, folder: Path | None = None, env: Mapping[str, str] | None = None) -> str:
        """Run a program in the repository, or in another folder, and return what it writes.

        Raises:
            RuntimeError: It fails; the text is what it says.
        """
        done = subprocess.run(
            list(argv),
            cwd=folder or self.root,
            env={**self.environment, **(env or {})},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            raise RuntimeError(f'{" ".join(argv)}: {done.returncode}\n{done.stdout}{done.stderr}')
        return done.stdout

    def forget(self) -> None:
        """Empty the cache of modules, so that everything is fetched again."""
        shutil.rmtree(self.folder / 'modules', ignore_errors=True)


async def following(
    files: Mapping[str, bytes], versions: Mapping[str, str], late: Sequence[str] = ()
) -> Mapping[str, bytes]:
    """The files as a release of modules leaves them; `versions` are the next ones by folder.

    Raises:
        ReleaseKitError: As the parts of the ecosystem do.
    """
    found = await GO.workspace.discover(MemoryFiles(files), 'go', WorkspaceSpec('go'))
    next_ = {each.id: versions[each.path] for each in found.packages if each.path in versions}
    after = dict(files)
    for part in (GO.sources, GO.lock):
        tree = Tree('go', '.', found.lock, found.packages, next_, tuple(after), late=tuple(late))
        wanted = part.reads(tree) if part is not None else ()
        tree = dataclasses.replace(tree, files={path: after[path] for path in wanted})
        edits = part.edits(tree) if part is not None else {}
        after |= {path: text.encode() for path, text in edits.items()}
    return after


@dataclasses.dataclass
class Manners:
    """How a proxy behaves, to be changed while it runs.

    `down` answers 503, `slow` is seconds before each answer, `lag` the number of times that a version which is there
    is not found yet, `password` what it asks for as user `ann`. `asked` are the paths so far.
    """

    down: bool = False
    slow: float = 0.0
    lag: int = 0
    password: str = ''
    asked: list[str] = dataclasses.field(default_factory=list)


@contextlib.contextmanager
def go_proxy(repository: GoRepository, folder: Path, manners: Manners | None = None) -> Generator[str, None, None]:
    """Serve the modules of a repository, kept in a folder once they are fetched; yields the URL."""
    rules = manners or Manners()
    lock = threading.Lock()

    class Proxy(QuietHandler):
        def do_GET(self) -> None:  # noqa: N802 - named by the base class
            rules.asked.append(self.path)
            time.sleep(rules.slow)
            if rules.down:
                self.answer(503, [('Retry-After', '0')], b'busy')
            elif rules.password and self.headers.get('Authorization') != _basic(rules.password):
                self.answer(401, [], b'who are you?')
            else:
                self.answer(*self.found())

        def found(self) -> tuple[int, list[tuple[str, str]], bytes]:
            module, _, name = urllib.parse.unquote(self.path).lstrip('/').partition('/@v/')
            with lock:
                place = folder / 'cache' / 'download' / module / '@v' / name
                if not place.is_file() and 'Disable-Module-Fetch' not in self.headers and name != 'list':
                    if rules.lag > 0:
                        rules.lag -= 1
                        return 404, [], b'not found: not yet'
                    fetch(repository, folder, module, name.rpartition('.')[0])
                if name == 'list' and place.parent.is_dir():
                    versions = sorted(each.stem for each in place.parent.glob('*.info'))
                    return 200, [('Content-Type', 'text/plain')], '\n'.join(versions).encode()
                if not place.is_file():
                    return 404, [], f'not found: {module}@{name}'.encode()
                return 200, [('Content-Type', 'application/octet-stream')], place.read_bytes()

    with serving(Proxy) as url:
        yield url


def fetch(repository: GoRepository, folder: Path, module: str, version: str) -> bool:
    """Fetch one version into a cache as a proxy does; whether it is there. Module and version may be escaped."""
    argv = ['go', 'mod', 'download', '-json', f'{_unescaped(module)}@{_unescaped(version)}']
    done = subprocess.run(
        argv,
        cwd=folder,
        env={**repository.environment, 'GOMODCACHE': str(folder), 'GOFLAGS': '-modcacherw', 'GOWORK': 'off'},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
    )
    return done.returncode == 0 and 'Error' not in json.loads(done.stdout or b'{}')


def _unescaped(text: str) -> str:
    parts = text.split('!')
    return parts[0] + ''.join(part[:1].upper() + part[1:] for part in parts[1:])


def _basic(password: str) -> str:
    return 'Basic ' + base64.b64encode(f'ann:{password}'.encode()).decode()
