# SPDX-License-Identifier: Apache-2.0
"""What every test gets: asyncio, and an environment in which git reads no configuration
of the machine and tools are those beside this Python."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from releasekit import log
from releasekit.testing import toolchains
from releasekit.testing.workspace import isolated

# Set before any test, so that children of tests have them too, whatever the worker.
_KEPT = isolated(os.environ)
for _name in set(os.environ) - set(_KEPT):
    del os.environ[_name]
os.environ.update({name: value for name, value in _KEPT.items() if name.startswith('GIT_')})
# uv and releasekit are those of the environment that the tests run in, and so is what the machine lacks.
os.environ.update(toolchains.environment(os.environ))


@pytest.fixture(scope='session')
def anyio_backend() -> str:
    """Async tests run on asyncio."""
    return 'asyncio'


@pytest.fixture(autouse=True)
def _forgets() -> Iterator[None]:
    """What one test learned to be secret masks nothing in the next one of the same process."""
    with log.forgetting():
        yield
