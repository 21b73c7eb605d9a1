# SPDX-License-Identifier: Apache-2.0
"""Release the six packages of examples/shop for real: to a git remote and a package index of this machine."""

from __future__ import annotations

import argparse
import importlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from bootstrap import ROOT, choose, ensure, folder_for, program

if TYPE_CHECKING:
    from releasekit.testing.indexes import IndexServer

EXAMPLE = ROOT / 'examples' / 'shop'
# What the example's release.yaml has in place of the address of an index.
PLACEHOLDER = 'http://127.0.0.1:3141/'

_LINK = re.compile(r'<a\b[^>]*href="([^"]+)"[^>]*>([^<]+)</a>')


def main() -> int:
    """Make the environment, then do the rest in it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--keep', action='store_true', help='leave the folder with the repositories and the index')
    arguments = parser.parse_args()
    version, python = choose(None)
    folder = folder_for(version)
    if Path(sys.prefix).resolve() != folder.resolve():
        interpreter = ensure(folder, python)
        return subprocess.run([str(interpreter), __file__, *sys.argv[1:]], check=False).returncode
    work = Path(tempfile.mkdtemp(prefix='releasekit-demo-'))
    try:
        return _release(work, program(folder, 'releasekit'))
    finally:
        if arguments.keep:
            print(f'\nEverything is in {work}: shop (your clone), shop.git (the remote), index/packages (the files).')
        else:
            shutil.rmtree(work)


def _release(work: Path, releasekit: Path) -> int:
    # Imported here: they are only there in the environment that was made above.
    indexes = importlib.import_module('releasekit.testing.indexes')
    workspace = importlib.import_module('releasekit.testing.workspace')
    with indexes.start_pypiserver(work / 'index') as index:
        shutil.copytree(EXAMPLE, work / 'shop', ignore=shutil.ignore_patterns('.venv', 'dist', '__pycache__'))
        spec = work / 'shop' / 'release.yaml'
        spec.write_text(spec.read_text().replace(PLACEHOLDER, index.url))
        shop = workspace.make_repository(work / 'shop', {}, 'feat: open the shop')
        remote = shop.add_remote(work / 'shop.git')
        print(f'$ cd {shop.root}\n$ releasekit release --yes', flush=True)
        environment = workspace.isolated(os.environ)
        environment |= {'SHOP_INDEX_USERNAME': index.username, 'SHOP_INDEX_PASSWORD': index.password}
        # uv is installed beside releasekit.
        environment['PATH'] = os.pathsep.join([str(releasekit.parent), os.environ.get('PATH', os.defpath)])
        done = subprocess.run(
            [str(releasekit), 'release', '--yes'],
            cwd=shop.root,
            env=environment,
            stdin=subprocess.DEVNULL,
            check=False,
        )
        print(f'\nThe index at {index.index} says that it has:')
        print('\n'.join(f'  {line}' for line in _files(index)) or '  nothing')
        print('\nThe remote has the refs:')
        print('\n'.join(f'  {commit[:12]} {ref}' for ref, commit in workspace.bare_refs(remote).items()), flush=True)
    return done.returncode


def _files(index: IndexServer) -> Iterator[str]:
    for project, _ in _links(index.index):
        for href, name in _links(f'{index.index}{project.strip("/").rpartition("/")[2]}/'):
            yield f'{name}  {href.rpartition("#")[2]}'


def _links(url: str) -> list[tuple[str, str]]:
    # A proxy of the environment is no way to this machine.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(url, timeout=30) as answer:
        return _LINK.findall(answer.read().decode())


if __name__ == '__main__':
    sys.exit(main())
