# SPDX-License-Identifier: Apache-2.0
"""The JSON Schemas that are shipped: in the wheel they lie in the package, in a checkout beside the source.

The one of release.yaml can be filled in with the names that a repository's own file defines, for editors to complete.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from releasekit.core.package import Workspace
from releasekit.errors import Code, fail
from releasekit.spec.model import Spec
from releasekit.spec.names import HOOKED_TASKS, TASKS, nearest

_PACKAGE = Path(__file__).parents[1]
_PLACES = (_PACKAGE / 'schema', _PACKAGE.parents[1] / 'schema')


def names() -> list[str]:
    """The documents that have a schema."""
    found = {path.name.partition('.')[0] for place in _PLACES for path in place.glob('*.schema.json')}
    return sorted(found)


def load(name: str) -> dict[str, Any]:
    """The schema of a document, such as `release` or `plan`.

    Raises:
        ReleaseKitError: `RK-USAGE` where there is no such document.
    """
    paths = [path for place in _PLACES if (path := place / f'{name}.schema.json').is_file()]
    if name not in names() or not paths:
        near = nearest(name, names())
        hint = f'Did you mean `{near}`?' if near else f'Choose one of {", ".join(names())}.'
        raise fail(Code.USAGE, f'There is no document `{name}`.', hint)
    return json.loads(paths[0].read_bytes())


def filled(schema: dict[str, Any], steps: Iterable[str], spec: Spec | None, packages: Workspace) -> dict[str, Any]:
    """The schema of release.yaml with the steps that there are, and the names that a spec defines.

    What names something else (targets, tasks, packages in `needs`) takes these only; what defines something
    (workspaces, groups, targets, tasks, checks) offers the names that are there and takes any other.
    """
    known = sorted(steps)
    definitions = dict(schema['definitions'])
    definitions['UseStep'] = _with(definitions['UseStep'], 'use', {'enum': known})
    definitions['UseStep']['anyOf'] = [{'type': 'object'}, {'enum': known}]
    points = [f'{when}-{name}' for when in ('before', 'after') for name in sorted({*known, *HOOKED_TASKS})]
    hooks = {**schema['properties']['hooks'], 'propertyNames': {'enum': points}}
    properties = {**schema['properties'], 'hooks': hooks}
    if spec is not None:
        tasks = sorted({*TASKS, *spec.tasks})
        definitions['TaskStep'] = _with(definitions['TaskStep'], 'task', {'enum': tasks})
        hooks['additionalProperties'] = {'type': 'array', 'items': {'enum': tasks}}
        for name in ('WorkspaceSpec', 'PackageOverride') if spec.targets else ():
            definitions[name] = _with(definitions[name], 'targets', {'items': {'enum': sorted(spec.targets)}})
        for name, own in (('workspaces', spec.workspaces), ('targets', spec.targets), ('tasks', spec.tasks)):
            properties[name] = _offering(properties[name], own)
        _name_groups(definitions, spec)
        _name_packages(definitions, packages)
    return {**schema, 'properties': properties, 'definitions': definitions}


def _name_groups(definitions: dict[str, Any], spec: Spec) -> None:
    groups = [group for rules in spec.workspaces.values() for group in rules.groups]
    workspace = definitions['WorkspaceSpec']
    definitions['WorkspaceSpec'] = _with(workspace, 'groups', _offering(workspace['properties']['groups'], groups))
    checks = {'examples': [check.name for check in spec.checks]}
    definitions['Check'] = _with(definitions['Check'], 'name', checks) if spec.checks else definitions['Check']


def _name_packages(definitions: dict[str, Any], packages: Workspace) -> None:
    if not packages.packages:
        return
    ids, called = [package.id for package in packages.packages], sorted({each.name for each in packages.packages})
    definitions['PackageOverride'] = _with(definitions['PackageOverride'], 'needs', {'items': {'enum': ids}})
    workspace = definitions['WorkspaceSpec']
    offering = _offering(workspace['properties']['packages'], called)
    definitions['WorkspaceSpec'] = _with(workspace, 'packages', offering)
    for name in ('Group', 'Check'):
        definitions[name] = _with(definitions[name], 'packages', {'items': {'type': 'string', 'examples': called}})


def _offering(mapping: dict[str, Any], own: Iterable[str]) -> dict[str, Any]:
    """A mapping that names some of the keys that it can have."""
    return {**mapping, 'properties': dict.fromkeys(sorted(own), mapping['additionalProperties'])}


def _with(definition: dict[str, Any], name: str, more: dict[str, Any]) -> dict[str, Any]:
    """A definition with more said of one of its properties."""
    properties = definition['properties']
    return {**definition, 'properties': {**properties, name: {**properties[name], **more}}}
