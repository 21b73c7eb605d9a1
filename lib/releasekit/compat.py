# SPDX-License-Identifier: Apache-2.0
"""What Python 3.10 lacks, under one name for every version."""

import enum
import sys
from typing import TYPE_CHECKING

from releasekit import lazy

if TYPE_CHECKING:
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib
else:
    tomllib = lazy.module('tomllib' if sys.version_info >= (3, 11) else 'tomli')

if sys.version_info >= (3, 11):
    from enum import StrEnum
    from typing import Self, assert_never
else:
    from typing_extensions import Self, assert_never

    class StrEnum(str, enum.Enum):
        """A string enum whose `str()` is its value, as in Python 3.11."""

        __str__ = str.__str__


__all__ = ['Self', 'StrEnum', 'assert_never', 'tomllib']
