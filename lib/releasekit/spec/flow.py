# SPDX-License-Identifier: Apache-2.0
"""Values as people write them in one line of YAML, for hints and the reference."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable

from releasekit.spec import scalars

# What needs no quotes, wherever it stands.
_BARE = re.compile(r'[A-Za-z0-9_./][A-Za-z0-9_./@+-]*(?: [A-Za-z0-9_./@+-]+)*|https?://[A-Za-z0-9_./:@+-]+')


def flow(value: object) -> str:
    """A value of JSON as YAML."""
    if isinstance(value, dict):
        return f'{{{", ".join(f"{flow(key)}: {flow(item)}" for key, item in value.items())}}}'
    if isinstance(value, (list, tuple)):
        return f'[{", ".join(flow(item) for item in value)}]'
    if isinstance(value, str) and _BARE.fullmatch(value) and scalars.resolve(value) == value:
        return value
    if isinstance(value, str) and '"' in value and not {*"'\\\n"} & {*value}:
        return f"'{value}'"
    return json.dumps(value, ensure_ascii=False)


def either(values: Iterable[object]) -> str:
    """Several values in a sentence: `a`, `b` or `c`."""
    *first, last = [f'`{flow(value)}`' for value in values]
    return f'{", ".join(first)} or {last}' if first else last
