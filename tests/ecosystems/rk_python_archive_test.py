# SPDX-License-Identifier: Apache-2.0
"""What built files say they are, whether two hold the same, and what a distribution brings to import."""

from __future__ import annotations

import gzip
import io
import tarfile
import zipfile

import pytest

from releasekit.ecosystems.python import PYTHON, archive
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
    with tarfile.open(fileobj=out, mode='w') as opened:
        for each in members:
            opened.addfile(each, io.BytesIO(b'x' * each.size))
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


def bomb(size: int) -> bytes:
    """A wheel with a member of so many zeros."""
    out = io.BytesIO()
    with (
        zipfile.ZipFile(out, 'w', zipfile.ZIP_DEFLATED) as zipped,
        zipped.open('a.py', 'w', force_zip64=True) as opened,
    ):
        for _ in range(size // 2**20):
            opened.write(bytes(2**20))
    return out.getvalue()


def crowd(count: int) -> bytes:
    """An sdist of so many empty members."""
    header = member('a').tobuf()
    return gzip.compress(header * count + bytes(1024), 1, mtime=0)


@pytest.mark.parametrize(
    'case',
    [
        *(pytest.param(case, marks=pytest.mark.slow) for case in ('a bomb', 'a bomb of an sdist', 'a crowd')),
        'a sparse file',
        'no limit',
        'encrypted',
    ],
)
def test_what_unpacks_without_end_is_other_contents(case: str) -> None:
    """Two files that differ in bytes alone would be the same, had they members that can be looked at."""
    sparse = member('a', type=tarfile.GNUTYPE_SPARSE)
    both = {
        'a bomb': lambda: ('x.whl', bomb(archive.UNPACKED_LIMIT + 2**20)),
        'a bomb of an sdist': lambda: ('x.tar.gz', gzip.compress(bytes(archive.UNPACKED_LIMIT + 512), 1, mtime=0)),
        'a crowd': lambda: ('x.tar.gz', crowd(archive.MEMBER_LIMIT + 1)),
        'a sparse file': lambda: ('x.tar.gz', sized(tarred([sparse]), 2**40)),
        'no limit': lambda: ('x.whl', compressed(zipfile.ZIP_LZMA)),
        'encrypted': lambda: ('x.whl', encrypted(WHEEL.content)),
    }
    filename, theirs = both[case]()
    assert (
        PYTHON.tool.same(filename, theirs, theirs + b'\0' if filename.endswith('.gz') else rewrapped(theirs)) is False
    )


def rewrapped(content: bytes) -> bytes:
    """The same zip file with bytes before it."""
    return b'#!' + content


def compressed(kind: int) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, 'w', kind) as zipped:
        zipped.writestr(zipfile.ZipInfo('a.py', (2000, 1, 1, 0, 0, 0)), b'a', kind)
    return out.getvalue()


def encrypted(content: bytes) -> bytes:
    """The zip file with the flag of encryption on each member (APPNOTE.TXT, 4.4.4)."""
    for header, place in ((b'PK\x03\x04', 6), (b'PK\x01\x02', 8)):
        parts = content.split(header)
        content = header.join(
            [parts[0], *(p[: place - 4] + bytes([p[place - 4] | 1]) + p[place - 3 :] for p in parts[1:])]
        )
    return content


def sized(content: bytes, size: int) -> bytes:
    """The tar with the real size of its one sparse member, in base 256, at its place in a GNU header."""
    block = bytearray(gzip.decompress(content))
    block[483:495] = b'\x80' + size.to_bytes(11, 'big')
    block[148:156] = b' ' * 8
    block[148:156] = b'%06o\0 ' % sum(block[:512])
    return gzip.compress(bytes(block), mtime=0)
