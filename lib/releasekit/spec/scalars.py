# SPDX-License-Identifier: Apache-2.0
"""What an unquoted YAML scalar means: the core schema of YAML 1.2 (https://yaml.org/spec/1.2.2/#103-core-schema).

Dates are told apart, since other readers of YAML make dates of them; `.inf` and `.nan` are plain text.
"""

from __future__ import annotations

import dataclasses
import re

_INTEGER = re.compile(r'[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+')
_FLOAT = re.compile(r'[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?')
_DATE = re.compile(r'[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}([Tt\s].*)?')
_WORDS = {
    **dict.fromkeys(('', '~', 'null', 'Null', 'NULL'), None),
    **dict.fromkeys(('true', 'True', 'TRUE'), True),
    **dict.fromkeys(('false', 'False', 'FALSE'), False),
}
# No key takes a number of more digits, and Python refuses to read thousands: all of them are this one.
_DIGITS = 18
_LARGE = 10**_DIGITS

Scalar = str | int | float | bool | None


@dataclasses.dataclass(frozen=True, slots=True)
class Date:
    """An unquoted date or time: no value of release.yaml."""

    text: str


def resolve(text: str) -> Scalar | Date:
    """The value of an unquoted scalar."""
    if text in _WORDS:
        return _WORDS[text]
    if text[0] not in '+-.0123456789':
        return text
    if _INTEGER.fullmatch(text):
        return int(text, 0 if text[:2] in {'0o', '0x'} else 10) if len(text) <= _DIGITS else _LARGE
    if _FLOAT.fullmatch(text):
        number = float(text)
        # 3.0 is a whole number for JSON Schema (draft-07, 6.1.1), and so for editors.
        return int(number) if number.is_integer() else number
    return Date(text) if _DATE.fullmatch(text) else text
