# SPDX-License-Identifier: Apache-2.0
"""The JSON Schemas that are shipped: in the wheel they lie in the package, in a checkout beside the source."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

_PACKAGE = Path(__file__).parents[1]
_PLACES = (_PACKAGE / 'schema', _PACKAGE.parents[1] / 'schema')


def load(name: str) -> dict[str, Any]:
    """The schema of a document, such as `release` or `plan`."""
    paths = (place / f'{name}.schema.json' for place in _PLACES)
    return json.loads(next(path for path in paths if path.is_file()).read_bytes())
