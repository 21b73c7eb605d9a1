# SPDX-License-Identifier: Apache-2.0
"""The release manifest says of a release what finishing it from a fresh clone needs."""

from __future__ import annotations

import json

import pytest

from releasekit.core import manifest
from releasekit.core.plan import Base, BumpKind, Inputs, Plan, PlannedPackage, Reason, ReasonKind
from releasekit.errors import Code, ReleaseKitError

PLAN = Plan(
    tool='1.0.0',
    spec='digest',
    date='2026-11-23',
    timestamp=1_795_000_000,
    inputs=Inputs(bump={'py:core': 'minor'}, prerelease='rc', only=('core',)),
    base=Base('c' * 40, 'main'),
    packages=(
        PlannedPackage(
            'py:core',
            'core',
            'py',
            'any',
            'core',
            None,
            '0.1.0',
            '0.1.0',
            BumpKind.INITIAL,
            'core-v0.1.0',
            ('index',),
            (Reason(ReasonKind.INITIAL), Reason(ReasonKind.COMMIT, 'a', 'feat', None, 'größer')),
        ),
    ),
    unchanged=(),
    umbrella_tags={'py': 'v0.1.0'},
)


def test_what_is_read_is_what_was_written() -> None:
    """The plan's id, base and inputs, and the version, tag and reasons of each package."""
    read = manifest.read(manifest.text(PLAN))
    assert (read.plan, read.base, read.inputs, read.spec) == (PLAN.id, PLAN.base, PLAN.inputs, PLAN.spec)
    assert (read.date, read.timestamp, read.tool) == (PLAN.date, PLAN.timestamp, PLAN.tool)
    package = PLAN.packages[0]
    assert read.packages == (
        manifest.ManifestPackage(
            package.id, package.name, None, package.next, package.bump, package.tag, package.reasons
        ),
    )
    assert read.umbrella_tags == PLAN.umbrella_tags


def test_the_text_is_made_for_diffs() -> None:
    """Sorted keys, an entry a line, letters as they are, a line end at the end."""
    text = manifest.text(PLAN)
    document = json.loads(text)
    assert text == json.dumps(document, ensure_ascii=False, indent=2, sort_keys=True) + '\n'
    assert document['schema'] == 'releasekit/manifest/1'
    assert 'größer' in text


def test_the_origin_of_a_release_is_read_without_the_rest() -> None:
    """So that a manifest of another version of this program will do."""
    text = manifest.text(PLAN).replace('"tool"', '"more"')
    assert manifest.origin(text) == ('c' * 40, {'py:core': 'core-v0.1.0'})


@pytest.mark.parametrize(
    'text', ['', 'text', '[]', '1', 'null', '{}', '{"schema": "x/1"}', '{"schema": "releasekit/manifest/1"}']
)
def test_what_is_no_manifest_is_refused(text: str) -> None:
    """In history it is passed over: it may be another tool's."""
    assert manifest.origin(text) is None
    with pytest.raises(ReleaseKitError) as caught:
        manifest.read(text)
    assert caught.value.code is Code.DOCUMENT_INVALID
