# SPDX-License-Identifier: Apache-2.0
"""This machine: the interpreter, CI, space, and the folders that are written to."""

from __future__ import annotations

import os
import platform
import shutil
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

from releasekit.backends.cache import folder as cache_folder
from releasekit.run.doctor.examination import Examination
from releasekit.run.doctor.findings import Finding, error, passed, warning
from releasekit.run.planning import version

_MEBIBYTE = 1024 * 1024
# Less than this is none for a checkout; less than that is soon too little for builds.
_NONE, _LITTLE = 64 * _MEBIBYTE, 1024 * _MEBIBYTE
_STATE = '.releasekit'


async def program(examination: Examination) -> AsyncIterator[Finding]:
    """What runs here."""
    del examination
    yield passed(f'releasekit {version()} on {platform.python_implementation()} {platform.python_version()}')


async def ci(examination: Examination) -> AsyncIterator[Finding]:
    """Where it runs, and on what kind of terminal."""
    terminal = examination.environment.get('TERM') or 'none'
    yield passed(f'{examination.ci or "no CI service"}, terminal {terminal}')


async def space(examination: Examination) -> AsyncIterator[Finding]:
    """There is room for checkouts, builds and the records of runs."""
    try:
        places = {examination.root: 'the records of runs', Path(tempfile.gettempdir()): 'checkouts and builds'}
    except OSError as caught:
        hint = 'Free space there, or set TMPDIR to a folder that has some.'
        yield error(f'No folder for temporary files can be written: {caught.strerror}.', hint)
        return
    for place, what in places.items():
        free = shutil.disk_usage(place).free
        if free < _LITTLE:
            message = f'{place} has {free // _MEBIBYTE} MiB left for {what}.'
            hint = f'Free space there; `df -h {place}` shows how much there is.'
            yield error(message, hint) if free < _NONE else warning(message, hint)


async def state(examination: Examination) -> AsyncIterator[Finding]:
    """The records of runs can be written, and nobody commits them."""
    root = examination.root
    folder = root / _STATE
    if not os.access(folder if folder.exists() else root, os.W_OK):
        yield error(f'{folder} cannot be written.', f'Give yourself the right to: see `ls -ld {root}`.')
    committed = await examination.project.repository.files(examination.head.commit).paths()
    if any(path.startswith(f'{_STATE}/') for path in committed):
        message = f'Files of {_STATE} are committed: the records of runs belong to one clone.'
        yield warning(message, f'Run `git rm -r --cached {_STATE}`, and commit that.')
    if folder.exists() and not (folder / '.gitignore').exists():
        message = f'{_STATE} does not ignore itself: its `.gitignore` is gone.'
        yield warning(message, f'Run `echo "*" > {_STATE}/.gitignore`.')


async def cache(examination: Examination) -> AsyncIterator[Finding]:
    """The cache can be written; without it everything works, but takes longer."""
    place = cache_folder(examination.environment)
    if place is None:
        yield warning('There is no place for a cache: neither HOME nor XDG_CACHE_HOME is set.', 'Set one of them.')
        return
    there = next(path for path in (place, *place.parents) if path.exists())
    if not os.access(there, os.W_OK):
        hint = f'See `ls -ld {there}`, or set XDG_CACHE_HOME to a folder of yours.'
        yield warning(f'The cache {place} cannot be written: every start takes longer.', hint)
