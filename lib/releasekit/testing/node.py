# SPDX-License-Identifier: Apache-2.0
"""Packages of npm that tests drive: installed once, with npm, into a cache folder; npm and Node must be there."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

PROGRAMS = ('node', 'npm')
_INSTALL = ('npm', 'install', '--no-audit', '--no-fund', '--loglevel=error', '--ignore-scripts')


def install(manifest: Mapping[str, object], cache: Path | None = None) -> Path:
    """Install what a package.json asks for unless it is there; returns the folder of its programs.

    The default of `cache` is `releasekit/testing` below the user's cache folder. Several processes may do it at once:
    each installs beside the place, and the first to be ready is the one that is used.

    Raises:
        RuntimeError: npm cannot install them; the text is what it said.
    """
    text = json.dumps(manifest, indent=2)
    key = hashlib.sha256(text.encode()).hexdigest()[:16]
    base = cache or Path(os.environ.get('XDG_CACHE_HOME') or Path.home() / '.cache') / 'releasekit' / 'testing'
    ready = base / f'node-{key}'
    if not ready.is_dir():
        base.mkdir(parents=True, exist_ok=True)
        made = Path(tempfile.mkdtemp(prefix=f'node-{key}-', dir=base))
        try:
            (made / 'package.json').write_text(text)
            _run(_INSTALL, made)
            # A folder that has contents is not replaced: whoever comes second uses the first one's.
            with contextlib.suppress(OSError):
                made.rename(ready)
        finally:
            shutil.rmtree(made, ignore_errors=True)
    return ready / 'node_modules' / '.bin'


def _run(argv: Sequence[str], folder: Path) -> None:
    done = subprocess.run(argv, cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(done.stderr.decode(errors='replace'))
