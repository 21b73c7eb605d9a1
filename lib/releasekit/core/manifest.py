# SPDX-License-Identifier: Apache-2.0
"""The release manifest: what a release commit says of its own release, enough to finish it from a fresh clone."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping

from releasekit import codec
from releasekit.core.plan import Base, BumpKind, Inputs, Plan, Reason
from releasekit.errors import Code, fail

SCHEMA = 'releasekit/manifest/1'


@dataclasses.dataclass(frozen=True, slots=True)
class ManifestPackage:
    """A package of the release. `released` is the version before, None for the first."""

    id: str
    name: str
    released: str | None
    version: str
    bump: BumpKind
    tag: str
    reasons: tuple[Reason, ...]


@dataclasses.dataclass(frozen=True, slots=True)
class Manifest:
    """A release: `plan` is the id of its plan, `spec` the digest of release.yaml; the rest is as in the plan."""

    plan: str
    tool: str
    spec: str
    date: str
    timestamp: int
    inputs: Inputs
    base: Base
    packages: tuple[ManifestPackage, ...]
    umbrella_tags: Mapping[str, str] = dataclasses.field(default_factory=dict)
    spec_file: str | None = None


def text(plan: Plan) -> str:
    """The manifest of a plan as the file has it: JSON with sorted keys, two spaces, a line end at the end."""
    manifest = Manifest(
        plan=plan.id,
        tool=plan.tool,
        spec=plan.spec,
        date=plan.date,
        timestamp=plan.timestamp,
        inputs=plan.inputs,
        base=plan.base,
        packages=tuple(
            ManifestPackage(
                package.id,
                package.name,
                package.released,
                package.next,
                package.bump,
                package.tag,
                package.reasons,
            )
            for package in plan.packages
        ),
        umbrella_tags=plan.umbrella_tags,
        spec_file=plan.spec_file,
    )
    document = {'schema': SCHEMA, **codec.encode(manifest)}
    return json.dumps(document, ensure_ascii=False, indent=2, sort_keys=True) + '\n'


def read(content: str) -> Manifest:
    """Read a manifest.

    Raises:
        ReleaseKitError: `RK-DOCUMENT-INVALID` for anything else.
    """
    return codec.read_document(_parse(content), Manifest, SCHEMA)


def origin(content: str) -> tuple[str, Mapping[str, str]] | None:
    """The base commit and the tags by package id, without a look at the rest; None for what is no manifest.

    History is read with this: a file of that name may be another tool's.
    """
    try:
        document = json.loads(content)
        if document['schema'] != SCHEMA:
            return None
        return str(document['base']['commit']), {str(entry['id']): str(entry['tag']) for entry in document['packages']}
    except (ValueError, TypeError, KeyError):
        return None


def _parse(content: str) -> Mapping[str, object]:
    try:
        return json.loads(content)
    except ValueError as error:
        message = f'The release manifest is no JSON: {error}.'
        raise fail(Code.DOCUMENT_INVALID, message, 'Take the release manifest as the release commit has it.') from error
