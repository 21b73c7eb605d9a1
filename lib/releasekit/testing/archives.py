# SPDX-License-Identifier: Apache-2.0
"""Small real wheels and sdists, made in memory, equal to the byte for equal arguments."""

from __future__ import annotations

import gzip
import hashlib
import io
import tarfile
import zipfile
from collections.abc import Sequence

from releasekit.ports import Artifact

_TIME = (2026, 1, 1, 0, 0, 0)
_METADATA = """\
Metadata-Version: 2.1
Name: {name}
Version: {version}
Summary: Made for a test
Keywords: one,two
Project-URL: Home, https://example.invalid/home
Classifier: Programming Language :: Python :: 3
Requires-Python: >=3.8
{requires}Description-Content-Type: text/markdown

# A description, ümlauts too
"""


def make_wheel(name: str, version: str, code: str = '', requires: Sequence[str] = ()) -> Artifact:
    """A pure wheel with one module that holds `code`; `name` is a valid module name."""
    info = f'{name}-{version}.dist-info'
    members = {
        f'{name}.py': code,
        f'{info}/METADATA': _metadata(name, version, requires),
        f'{info}/WHEEL': 'Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n',
    }
    members[f'{info}/RECORD'] = ''.join(f'{path},,\n' for path in [*members, f'{info}/RECORD'])
    out = io.BytesIO()
    with zipfile.ZipFile(out, 'w') as archive:
        for path, text in members.items():
            archive.writestr(zipfile.ZipInfo(path, _TIME), text)
    return _artifact(f'{name}-{version}-py3-none-any.whl', out.getvalue())


def make_sdist(name: str, version: str, code: str = '', mtime: int = 0) -> Artifact:
    """An sdist with one module that holds `code`; `mtime` in seconds is that of every member."""
    members = {'PKG-INFO': _metadata(name, version), f'{name}.py': code}
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode='w') as archive:
        for path, text in members.items():
            member = tarfile.TarInfo(f'{name}-{version}/{path}')
            member.size, member.mtime = len(text.encode()), mtime
            archive.addfile(member, io.BytesIO(text.encode()))
    return _artifact(f'{name}-{version}.tar.gz', gzip.compress(out.getvalue(), mtime=mtime))


def _metadata(name: str, version: str, requires: Sequence[str] = ()) -> str:
    lines = ''.join(f'Requires-Dist: {requirement}\n' for requirement in requires)
    return _METADATA.format(name=name, version=version, requires=lines)


def _artifact(filename: str, content: bytes) -> Artifact:
    return Artifact(filename, hashlib.sha256(content).hexdigest(), content)
