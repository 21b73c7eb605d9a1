# SPDX-License-Identifier: Apache-2.0
"""Release examples/polyglot for real: four ecosystems, to a git remote and four registries of this machine.

What this machine has no toolchain for, and no package index brings, is left out, and said so.
"""

from __future__ import annotations

import argparse
import asyncio
import importlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bootstrap import ROOT, choose, ensure, folder_for

if TYPE_CHECKING:
    from releasekit.testing.scene import Scene

EXAMPLE = ROOT / 'examples' / 'polyglot'


def main() -> int:
    """Make the environment, then do the rest in it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--keep', action='store_true', help='leave the folder with the repositories and registries')
    arguments = parser.parse_args()
    version, python = choose(None)
    folder = folder_for(version)
    if Path(sys.prefix).resolve() != folder.resolve():
        interpreter = ensure(folder, python)
        return subprocess.run([str(interpreter), __file__, *sys.argv[1:]], check=False).returncode
    work = Path(tempfile.mkdtemp(prefix='releasekit-demo-'))
    try:
        return _release(work)
    finally:
        if arguments.keep:
            print(f'\nEverything is in {work}: work (your clone), remote.git, and a folder for each registry.')
        else:
            shutil.rmtree(work)


def _release(work: Path) -> int:
    # Imported here: they are only there in the environment that was made above.
    stages = importlib.import_module('releasekit.testing.polyglot')
    toolchains = importlib.import_module('releasekit.testing.toolchains')
    os.environ.update(toolchains.environment(os.environ))
    cast = stages.cast(EXAMPLE / 'release.yaml')
    for label, why in cast.missing.items():
        print(f'left out: {label}, for {why}')
    print(f'starting a registry for each of {", ".join(cast.sites)}', flush=True)
    with stages.polyglot(work, EXAMPLE, cast) as scene:
        print(f'$ cd {scene.repository.root}\n$ releasekit release --yes', flush=True)
        done = subprocess.run(
            [str(Path(sys.executable).with_name('releasekit')), 'release', '--yes'],
            cwd=scene.repository.root,
            env=scene.environment,
            stdin=subprocess.DEVNULL,
            check=False,
        )
        if done.returncode == 0:
            print('\nThe registries say that they have:')
            asyncio.run(_show(scene))
        print('\nThe remote has the refs:')
        print('\n'.join(f'  {commit[:12]} {ref}' for ref, commit in scene.refs().items()), flush=True)
    return done.returncode


async def _show(scene: Scene) -> None:
    """Ask each registry for what was released there, without a credential."""
    ecosystems = importlib.import_module('releasekit.ecosystems')
    base = importlib.import_module('releasekit.ecosystems.base')
    http = importlib.import_module('releasekit.backends.http')
    shell = importlib.import_module('releasekit.backends.shell')
    manifest: dict[str, Any] = json.loads((scene.repository.root / 'release-manifest.json').read_text())
    async with http.HttpClient(30.0) as client:
        for package in manifest['packages']:
            label = package['id'].partition(':')[0]
            target = scene.served[label].target
            part = next(
                each.registries[target.type]
                for each in ecosystems.ECOSYSTEMS.values()
                if target.type in each.registries
            )
            registry = part.connect(target, base.Outside(client, shell.LocalShell(scene.tools)), None)
            for name in sorted(await registry.files(package['name'], package['version'])):
                print(f'  {target.type:6}  {name}')


if __name__ == '__main__':
    sys.exit(main())
