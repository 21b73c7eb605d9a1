# SPDX-License-Identifier: Apache-2.0
"""What built files say they are, whether two hold the same, and what a distribution brings to import."""

from __future__ import annotations

import gzip
import io
import tarfile
import zipfile

import pytest

from releasekit.ecosystems.python import PYTHON
from releasekit.ecosystems.python.load import modules
from releasekit.errors import Code, ReleaseKitError
from releasekit.testing.archives import make_sdist, make_wheel

WHEEL = make_wheel('acme_core', '1.0')
SDIST = make_sdist('acme_core', '1.0')


def rezipped(content: bytes, change: dict[str, bytes | None] | None = None, mode: int = 0o644) -> bytes:
    """The same members in another order and of another time, but for the changes; None leaves one out."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, 'w', zipfile.ZIP_DEFLATED) as new:
        for name in sorted(old.namelist(), reverse=True):
            data = (change or {}).get(name, old.read(name))
            if data is not None:
                info = zipfile.ZipInfo(name, (2000, 1, 1, 0, 0, 0))
                info.external_attr = mode << 16
                new.writestr(info, data)
    return out.getvalue()


def tarred(members: list[tarfile.TarInfo]) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode='w') as archive:
        for member in members:
            archive.addfile(member, io.BytesIO(b'x' * member.size))
    return gzip.compress(out.getvalue(), mtime=0)


def member(name: str, **attributes: object) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    for key, value in attributes.items():
        setattr(info, key, value)
    return info


@pytest.mark.parametrize(
    ('filename', 'content', 'expected'),
    [
        (WHEEL.filename, WHEEL.content, ('acme-core', '1.0')),
        (SDIST.filename, SDIST.content, ('acme-core', '1.0')),
        ('.gitignore', b'*', None),
        ('acme_core-1.0.tar.gz.asc', b'', None),
        ('acme_core-1.0.zip', b'', None),
    ],
)
def test_a_file_says_what_it_is(filename: str, content: bytes, expected: tuple[str, str] | None) -> None:
    """Name and version come from the metadata inside; other files are not to be uploaded."""
    assert PYTHON.tool.inspect(filename, content) == expected


@pytest.mark.parametrize(
    ('filename', 'content'),
    [
        ('a-1.0-py3-none-any.whl', b'no archive'),
        ('a-1.0.tar.gz', b'no archive'),
        ('a-1.0.tar.gz', SDIST.content[:-30]),
        ('a-1.0.tar.gz', tarred([member('a-1.0/README')])),
        ('a-1.0-py3-none-any.whl', rezipped(WHEEL.content, {'acme_core-1.0.dist-info/METADATA': None})),
        ('a-1.0-py3-none-any.whl', rezipped(WHEEL.content, {'acme_core-1.0.dist-info/METADATA': b'Name: a\n'})),
    ],
)
def test_a_broken_file_is_an_error(filename: str, content: bytes) -> None:
    """What ends as an archive but is none, or says nothing of itself, was built wrongly."""
    with pytest.raises(ReleaseKitError) as caught:
        PYTHON.tool.inspect(filename, content)
    assert caught.value.code is Code.BUILD_WRONG


RECORD = 'acme_core-1.0.dist-info/RECORD'
WITH_RECORD = rezipped(WHEEL.content, {RECORD: b'a,sha256=1,2\nb,"sha256=3",4\n'})

SAME = {
    'the same bytes': ('x.whl', b'no archive', b'no archive', True),
    'another order and time': ('x.whl', WHEEL.content, rezipped(WHEEL.content), True),
    'another member': ('x.whl', WHEEL.content, rezipped(WHEEL.content, {'acme_core.py': b'evil'}), False),
    'one member less': ('x.whl', WHEEL.content, rezipped(WHEEL.content, {'acme_core.py': None}), False),
    'a program': ('x.whl', WHEEL.content, rezipped(WHEEL.content, mode=0o755), False),
    'another umask': ('x.whl', WHEEL.content, rezipped(WHEEL.content, mode=0o664), True),
    'rows in another order': (
        'x.whl',
        WITH_RECORD,
        rezipped(WITH_RECORD, {RECORD: b'b,sha256=3,4\r\na,sha256=1,2\r\n'}),
        True,
    ),
    'other rows': ('x.whl', WITH_RECORD, rezipped(WITH_RECORD, {RECORD: b'a,sha256=1,2\n'}), False),
    'another time of an sdist': ('x.tar.gz', SDIST.content, make_sdist('acme_core', '1.0', mtime=9).content, True),
    'another sdist': ('x.tar.gz', SDIST.content, make_sdist('acme_core', '1.0', 'x = 1').content, False),
    'another owner': (
        'x.tar.gz',
        tarred([member('a', size=1, uid=1)]),
        tarred([member('a', size=1, uid=2, uname='root')]),
        True,
    ),
    'a link': (
        'x.tar.gz',
        tarred([member('a', type=tarfile.SYMTYPE, linkname='b')]),
        tarred([member('a', type=tarfile.SYMTYPE, linkname='/etc/passwd')]),
        False,
    ),
    'a member twice': (
        'x.tar.gz',
        tarred([member('a', size=1)]),
        tarred([member('a', size=1), member('a', size=2)]),
        False,
    ),
    'a broken one': ('x.whl', WHEEL.content, b'no archive', False),
    'a broken sdist': ('x.tar.gz', SDIST.content, SDIST.content[:-30], False),
    'no archive': ('x.txt', b'a', b'b', False),
}


@pytest.mark.parametrize('case', SAME)
def test_contents_are_compared(case: str) -> None:
    """Names, kinds and bytes count; order, times and owners do not."""
    filename, ours, theirs, expected = SAME[case]

    assert PYTHON.tool.same(filename, ours, theirs) is expected
    assert PYTHON.tool.same(filename, theirs, ours) is expected


@pytest.mark.parametrize(
    ('filenames', 'expected'),
    [
        (['a.tar.gz', 'a.whl'], True),
        (['a.tar.gz', 'a.whl', 'b.whl'], True),
        (['a.whl'], False),
        (['a.tar.gz'], False),
        ([], False),
    ],
)
def test_a_build_makes_sdist_and_wheel(filenames: list[str], expected: bool) -> None:
    """One alone is not all of it."""
    assert PYTHON.tool.complete(filenames) is expected


@pytest.mark.parametrize(
    ('files', 'expected'),
    [
        (['acme/__init__.py', 'acme/a.py', 'acme/sub/__init__.py'], ['acme']),
        (['acme/core/__init__.py', 'acme/core/x.py'], ['acme.core']),
        (['acme/ns/a.py', 'acme/ns/b.py'], ['acme.ns.a', 'acme.ns.b']),
        (['one.py', 'two.py', '../../bin/tool'], ['one', 'two']),
        (['fast.abi3.so', 'a-1.dist-info/RECORD', 'a.pth', 'acme/data.json'], ['fast']),
        (['acme/__main__.py', 'not-a-module.py', '__pycache__/x.cpython-310.pyc'], []),
    ],
)
def test_top_level_modules_are_found(files: list[str], expected: list[str]) -> None:
    """Packages without what is in them, single modules, and what stands in namespace packages."""
    assert modules([tuple(file.split('/')) for file in files]) == expected
