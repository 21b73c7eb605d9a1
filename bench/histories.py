# SPDX-License-Identifier: Apache-2.0
"""Histories of any size, written with `git fast-import`: a workspace of Python packages, with merges and releases."""

from __future__ import annotations

import dataclasses
import random
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path

# How often every package was released before the last tenth.
RELEASES = 9

_KINDS = ('feat: add {}', 'fix: mend {}', 'fix(core): mend {}', 'docs: explain {}', 'chore: tidy {}', 'tidy {}')
_BODY = '\n\nThis is what the change does, and why it was needed.\n\nRefs: #{}\n'
_MERGE_EVERY = 20
_PROJECT = """[project]
name = "{name}"
version = "{version}"
requires-python = ">=3.10"
dependencies = [{needs}]
{sources}
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"
"""
_ROOT = """[project]
name = "bench"
version = "1.0.0"

[tool.uv]
package = false

[tool.uv.workspace]
members = ["packages/*"]
"""
_SPEC = """version: 1
project: {branch: main}
workspaces:
  py:
    ecosystem: python
    packages:
      bench: {release: false}
"""


@dataclasses.dataclass(frozen=True)
class Size:
    """How big the generated workspace is."""

    packages: int
    commits: int

    @classmethod
    def read(cls, text: str) -> Size:
        """Read `PACKAGESxCOMMITS`."""
        packages, commits = text.split('x')
        return cls(int(packages), int(commits))


def tag(package: str, release: int) -> str:
    return f'{package}-v1.{release}.0'


def generate(folder: Path, size: Size, *, released: bool) -> None:
    """Write a repository with `git fast-import` and check its last commit out."""
    subprocess.run(['git', 'init', '--quiet', '--initial-branch=main', str(folder)], check=True)
    stream = b''.join(commits(size, released=released))
    subprocess.run(['git', 'fast-import', '--quiet'], cwd=folder, input=stream, check=True)
    subprocess.run(['git', 'reset', '--quiet', '--hard'], cwd=folder, check=True)
    # As a clone has them.
    subprocess.run(['git', 'pack-refs', '--all'], cwd=folder, check=True)


def commits(size: Size, *, released: bool) -> Iterator[bytes]:
    choose = random.Random(size.packages)
    names = [f'pkg-{number:04}' for number in range(size.packages)]
    every = size.commits * 9 // 10 // RELEASES
    yield commit(1, 'chore: begin', first_files(names, choose, f'1.{RELEASES if released else 0}.0'))
    for number in range(2, size.commits + 1):
        package = choose.choice(names)
        message = choose.choice(_KINDS).format(f'thing {number}') + (_BODY.format(number) if number % 3 == 0 else '')
        files = {f'packages/{package}/src/module_{choose.randrange(20)}.py': f'value = {number}\n'}
        if number % 7 == 0:
            files[f'packages/{choose.choice(names)}/README.md'] = f'Text {number}.\n'
        merges = number % _MERGE_EVERY == 0
        yield commit(number, f'Merge {number}' if merges else message, {} if merges else files, merges=merges)
        if released and number % every == 0 and number // every <= RELEASES:
            yield from (reset(f'refs/tags/{tag(name, number // every)}', number) for name in names)


def first_files(names: Sequence[str], choose: random.Random, version: str) -> dict[str, str]:
    files = {'pyproject.toml': _ROOT, 'release.yaml': _SPEC}
    for index, name in enumerate(names):
        needed = sorted(choose.sample(names[max(0, index - 20) : index], min(index, 2)))
        needs = ', '.join(f'"{other}>=1.0"' for other in needed)
        sources = '[tool.uv.sources]\n' + '\n'.join(f'{other} = {{ workspace = true }}' for other in needed)
        text = _PROJECT.format(name=name, version=version, needs=needs, sources=f'\n{sources}\n' if needed else '')
        files[f'packages/{name}/pyproject.toml'] = text
    return files


def commit(number: int, message: str, files: dict[str, str], *, merges: bool = False) -> bytes:
    """One commit of a fast-import stream; a merge has the commit before the last one as its second parent."""
    text = message.encode()
    lines = [
        b'commit refs/heads/main\nmark :%d\n' % number,
        b'committer Someone <someone@example.org> %d +0000\n' % (1_600_000_000 + number * 60),
        b'data %d\n%s\n' % (len(text), text),
    ]
    if number > 1:
        lines.append(b'from :%d\n' % (number - 1))
    if merges:
        lines.append(b'merge :%d\n' % (number - 2))
    for path, content in files.items():
        data = content.encode()
        lines.append(b'M 100644 inline %s\ndata %d\n%s\n' % (path.encode(), len(data), data))
    return b''.join(lines)


def reset(ref: str, number: int) -> bytes:
    return b'reset %s\nfrom :%d\n\n' % (ref.encode(), number)
