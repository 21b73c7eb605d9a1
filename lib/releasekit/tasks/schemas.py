# SPDX-License-Identifier: Apache-2.0
"""The JSON Schemas that are shipped: in the wheel they lie in the package, in a checkout beside the source.

The one of release.yaml can be filled in with the names that a repository's own file defines, for editors to complete.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from releasekit.spec.model import Spec
from releasekit.spec.names import HOOKED_TASKS, TASKS

_PACKAGE = Path(__file__).parents[1]
_PLACES = (_PACKAGE / 'schema', _PACKAGE.parents[1] / 'schema')


def load(name: str) -> dict[str, Any]:
    """The schema of a document, such as `release` or `plan`."""
    paths = (place / f'{name}.schema.json' for place in _PLACES)
    return json.loads(next(path for path in paths if path.is_file()).read_bytes())


def filled(schema: dict[str, Any], steps: Iterable[str], spec: Spec | None) -> dict[str, Any]:
    """The schema of release.yaml with the steps that there are and, where a spec is given, its targets and tasks."""
    known = sorted(steps)
    definitions = dict(schema['definitions'])
    definitions['UseStep'] = _with(definitions['UseStep'], 'use', {'enum': known})
    definitions['UseStep']['anyOf'] = [{'type': 'object'}, {'enum': known}]
    points = [f'{when}-{name}' for when in ('before', 'after') for name in sorted({*known, *HOOKED_TASKS})]
    hooks = {**schema['properties']['hooks'], 'propertyNames': {'enum': points}}
    if spec is not None:
        tasks = sorted({*TASKS, *spec.tasks})
        definitions['TaskStep'] = _with(definitions['TaskStep'], 'task', {'enum': tasks})
        for name in ('WorkspaceSpec', 'PackageOverride') if spec.targets else ():
            definitions[name] = _with(definitions[name], 'targets', {'items': {'enum': sorted(spec.targets)}})
        hooks['additionalProperties'] = {'type': 'array', 'items': {'enum': tasks}}
    return {**schema, 'properties': {**schema['properties'], 'hooks': hooks}, 'definitions': definitions}


def _with(definition: dict[str, Any], name: str, more: dict[str, Any]) -> dict[str, Any]:
    """A definition with more said of one of its properties."""
    properties = definition['properties']
    return {**definition, 'properties': {**properties, name: {**properties[name], **more}}}
