# SPDX-License-Identifier: Apache-2.0
"""The bytes of release.yaml to text: UTF-8 of a sane size, with or without a byte order mark."""

from __future__ import annotations

import codecs
import re

from releasekit.errors import Code, ReleaseKitError, fail
from releasekit.spec import characters, secrets
from releasekit.spec.places import Places, Span, split

# A spec of this size takes the parser about a second; the largest that people write have a tenth of it.
MAX_BYTES = 1 << 17
_SAVE = 'Save the file as UTF-8.'
# The longer marks first: the one of UTF-16 begins the one of UTF-32. Without a mark, YAML begins with an ASCII
# character, and where its zero bytes are tells the encoding: https://yaml.org/spec/1.2.2/#52-character-encodings.
_OTHERS = (
    ('UTF-32', re.compile(rb'\xff\xfe\0\0|\0\0\xfe\xff|\0\0\0[^\0]|[^\0]\0\0\0', re.DOTALL)),
    ('UTF-16', re.compile(rb'\xff\xfe|\xfe\xff|\0[^\0]|[^\0]\0', re.DOTALL)),
)


def decode(data: bytes, path: str) -> str:
    """The text of a file, without the byte order mark that some editors put before UTF-8.

    Raises:
        ReleaseKitError: `RK-SPEC-SYNTAX`: it is larger than `MAX_BYTES`, has a NUL, or is not UTF-8.
    """
    if len(data) > MAX_BYTES:
        hint = 'Describe many packages by one workspace and name globs.'
        raise _refused(f'The file is larger than {MAX_BYTES} bytes.', hint, b'', path)
    for name, beginning in _OTHERS:
        if beginning.match(data):
            raise _refused(f'The file is {name}; only UTF-8 is read.', _SAVE, b'', path)
    data = data.removeprefix(codecs.BOM_UTF8)
    if 0 in data:
        hint = 'Remove it; if the file is no text at all, name another one.'
        raise _refused('A NUL byte stands here.', hint, data, path, data.index(0))
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        message = f'The byte {data[error.start]:#04x} that stands here is not UTF-8.'
        raise _refused(message, _SAVE, data, path, error.start) from error


def _refused(message: str, hint: str, data: bytes, path: str, offset: int = 0) -> ReleaseKitError:
    """The error at a byte of the data, which is shown with a mark in place of what cannot be."""
    above = split(data[:offset].decode(errors='replace'))
    lines = split(secrets.blot(characters.shown(data.decode(errors='replace'))))
    place = Places(path, lines).place(Span(len(above), len(above[-1]) + 1, 1))
    return fail(Code.SPEC_SYNTAX, message, hint, place)
