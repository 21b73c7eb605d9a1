# SPDX-License-Identifier: Apache-2.0
"""Writes the three files that a proxy would serve of a module, out of a checkout; runs as a program of its own.

What is in a checkout beside the commit does not get in, and a go.sum of the release commit that names another hash for
this module is found here, before anybody can see it. Without a release commit, files are packed as they stand.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
import json
import posixpath
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from releasekit.core.paths import join
from releasekit.ecosystems.go import gomod, gosum, modpath, names, zips

TRACKED = 'tracked'
WORK = 'work'

_REGULAR = frozenset({'100644', '100755'})
# The first version of Go that knows go.work, and the one from which its `go` line must not be below its modules'.
_OLDEST = '1.18'


@dataclasses.dataclass(frozen=True, slots=True)
class Job:
    """What to pack: `released` are the names of modules whose sources stand for their next versions."""

    root: str
    path: str
    out: str
    workspace: str
    version: str
    timestamp: int
    commit: str
    tag: str
    released: tuple[str, ...]


def main() -> None:
    """Do the job on standard input."""
    write(Job(**json.load(sys.stdin)))


def write(job: Job) -> None:
    """Write the files of a job, and a workspace file to compile the module with.

    Raises:
        SystemExit: The checkout is not that of a commit which can be released so; the text says why.
    """
    root, out = Path(job.root), Path(job.out)
    tracked = dict(listed((out / TRACKED).read_bytes()))
    module = gomod.parse((root / job.path / gomod.MANIFEST).read_text('utf-8'), join(job.path, gomod.MANIFEST))
    version = f'v{job.version}'
    if modpath.with_major(module.path, job.version) != module.path:
        raise SystemExit(f'{module.path} cannot be released as {version}: its path is for another major version.')
    members = zips.members(sorted(tracked), job.path, module.go)
    files = {name: _content(root, path, tracked[path] if job.commit else '') for name, path in members.items()}
    if job.commit:
        _compare(job, tracked, module.path, files)
    info = json.dumps(_info(job, version)).encode()
    contents = {'info': info, 'mod': files[gomod.MANIFEST], 'zip': zips.packed(module.path, version, files)}
    for kind, content in contents.items():
        _write(out / str(names.Name(module.path, version, kind)), content)
    _write(out / WORK / gomod.WORK, _workspace(job, root, tracked).encode())
    sums = root / job.workspace / 'go.work.sum'
    if sums.is_file():
        _write(out / WORK / 'go.work.sum', sums.read_bytes())


def listed(raw: bytes) -> Iterator[tuple[str, str]]:
    """The regular files in the output of `git diff-tree --raw -z`, each with the hash of its blob."""
    entries = raw.decode('utf-8', 'surrogateescape').split('\0')
    for facts, path in zip(entries[::2], entries[1::2], strict=False):
        _, mode, _, blob, _ = facts.split(' ')
        if mode in _REGULAR:
            yield path, blob


def _content(root: Path, path: str, blob: str) -> bytes:
    """What the checkout has of a file, which must be `blob` if any; git archive converts line ends as a checkout."""
    content = (root / path).read_bytes()
    if blob and blob not in {_blob(content, blob), _blob(content.replace(b'\r\n', b'\n'), blob)}:
        raise SystemExit(f'{path} is not what the commit has: something has changed it since.')
    return content


def _blob(content: bytes, like: str) -> str:
    algorithm = 'sha1' if len(like) == 40 else 'sha256'
    return hashlib.new(algorithm, b'blob %d\0' % len(content) + content).hexdigest()


def _compare(job: Job, tracked: Mapping[str, str], path: str, files: Mapping[str, bytes]) -> None:
    version = f'v{job.version}'
    right = {False: zips.sum_of(path, version, files), True: zips.digest({'go.mod': files[gomod.MANIFEST]})}
    for place in tracked:
        if posixpath.basename(place) != 'go.sum':
            continue
        text = (Path(job.root) / place).read_text('utf-8', 'replace')
        for each in gosum.of(gosum.parse(text), path, version):
            if each.hash != right[each.of_mod]:
                raise SystemExit(
                    f'{place} has {each.hash} for {path} {version}, but it is {right[each.of_mod]}. A link, or a file '
                    'that .gitattributes makes git convert, is among its files: take that out of the module.'
                )


def _info(job: Job, version: str) -> Mapping[str, object]:
    time = dt.datetime.fromtimestamp(job.timestamp, tz=dt.timezone.utc).strftime('%Y-%m-%dT%H:%M:%SZ')
    said: dict[str, object] = {'Version': version, 'Time': time}
    if job.commit:
        origin = {'VCS': 'git', 'Hash': job.commit, 'Ref': f'refs/tags/{job.tag}'}
        said['Origin'] = origin if job.path == '.' else {**origin, 'Subdir': job.path}
    return said


def _workspace(job: Job, root: Path, tracked: Mapping[str, str]) -> str:
    """A go.work of the module and its released siblings, which nobody can fetch yet."""
    found = {job.path: gomod.parse((root / job.path / gomod.MANIFEST).read_text('utf-8'), gomod.MANIFEST)}
    wanted, below = frozenset(job.released), '' if job.workspace == '.' else job.workspace + '/'
    for place in tracked:
        folder = posixpath.dirname(place) or '.'
        if posixpath.basename(place) != gomod.MANIFEST or folder == job.path or not place.startswith(below):
            continue
        text = (root / place).read_text('utf-8', 'replace')
        if (
            any(name in text for name in wanted)
            and (module := _module(text))
            and modpath.name_of(module.path) in wanted
        ):
            found[folder] = module
    go = max([_OLDEST, *(module.go for module in found.values())], key=modpath.go_key)
    uses = ''.join(f'\t{json.dumps((root / folder).resolve().as_posix())}\n' for folder in sorted(found))
    return f'go {go}\n\nuse (\n{uses})\n'


def _module(text: str) -> gomod.Module | None:
    """A go.mod; None for one in some test's folder that is none."""
    try:
        lines = tuple(gomod.scan(text))
    except ValueError:
        return None
    path = next((line.texts[0] for line in lines if line.verb == 'module'), None)
    return None if path is None else gomod.parse(text, gomod.MANIFEST)


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(exist_ok=True)
    with path.open('xb') as file:
        file.write(content)
