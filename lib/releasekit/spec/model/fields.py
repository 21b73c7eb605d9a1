# SPDX-License-Identifier: Apache-2.0
"""How a field of release.yaml is declared: its description, its default, and what its value may look like."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any, Literal

Per = Literal['repository', 'workspace', 'package']
Bump = Literal['major', 'minor', 'patch']


def doc(text: str, default: Any = dataclasses.MISSING, **more: Any) -> Any:  # noqa: ANN401 - stands for a field
    """A dataclass field with its description; `factory` for a fresh default, other words go into the schema.

    `schema.json_schema` says what the words `shorthand`, `rest` and `forms` mean. `patternErrorMessage` is what editors
    and our own diagnostics say in place of the pattern; of `examples`, the first is what diagnostics propose.
    """
    factory = more.pop('factory', dataclasses.MISSING)
    metadata = {'doc': text, 'schema': more}
    if factory is not dataclasses.MISSING:
        return dataclasses.field(default_factory=factory, metadata=metadata)
    return dataclasses.field(default=default, metadata=metadata)


WORD: Mapping[str, Any] = {'type': 'string', 'minLength': 1}
GLOBS: Mapping[str, Any] = {'items': WORD}
# A command is a list, or a string that is split as a shell would.
COMMAND: Mapping[str, Any] = {'type': ['array', 'string'], 'items': WORD, 'minItems': 1, 'minLength': 1}
TIMEOUT: Mapping[str, Any] = {
    'type': ['number', 'string', 'null'],
    'exclusiveMinimum': 0,
    'maximum': 604800,
    'pattern': '^[1-9][0-9]{0,5}[smh]?$',
    'patternErrorMessage': 'a duration such as 600, 600s, 10m or 1h',
}
LABEL: Mapping[str, Any] = {
    'pattern': '^[a-z][a-z0-9-]*$',
    'patternErrorMessage': 'a name of lower-case letters, digits and hyphens that begins with a letter',
}
NO_OPTION: Mapping[str, Any] = {
    'pattern': r'^[^-\s]\S*$',
    'patternErrorMessage': 'a name without spaces that does not begin with a hyphen',
}
ENV_NAME = '^[A-Za-z_][A-Za-z0-9_]*$'
ENV: Mapping[str, Any] = {
    'propertyNames': {'pattern': ENV_NAME, 'patternErrorMessage': 'the name of an environment variable'}
}
HASH: Mapping[str, Any] = {
    'pattern': '^([0-9a-f]{40}|[0-9a-f]{64})$',
    'patternErrorMessage': 'the full hash of a commit',
}
