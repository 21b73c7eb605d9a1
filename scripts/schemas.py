# SPDX-License-Identifier: Apache-2.0
"""Write every schema of schema/ from the dataclasses; a test compares what is committed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from releasekit.core import (
    added,
    backtest,
    beginnings,
    documents,
    freshness,
    guide,
    journal,
    manifest,
    migration,
    notes,
    plan,
    report,
    schedule,
)
from releasekit.core.drawings import graph
from releasekit.ecosystems import KINDS
from releasekit.schema import json_schema
from releasekit.spec.load import release_schema

FOLDER = Path(__file__).parent.parent / 'schema'
# File, class, id of the document, what it is.
DOCUMENTS: tuple[tuple[str, type, str, str], ...] = (
    ('plan', plan.Plan, plan.SCHEMA, 'The plan of a release'),
    ('manifest', manifest.Manifest, manifest.SCHEMA, 'The release manifest in a release commit'),
    ('journal', journal.Event, journal.SCHEMA, 'One line of the journal of a run'),
    ('report', report.Report, report.REPORT_SCHEMA, 'The end of a run'),
    ('status', report.Status, report.STATUS_SCHEMA, 'How far a run got'),
    ('packages', documents.Packages, documents.PACKAGES_SCHEMA, 'The packages of a repository'),
    ('graph', graph.Graph, graph.SCHEMA, 'How the packages of a repository need each other'),
    ('findings', documents.Findings, documents.FINDINGS_SCHEMA, 'What the checks found'),
    ('error', documents.Errors, documents.ERROR_SCHEMA, 'What ended a task'),
    ('versions', documents.Versions, documents.VERSIONS_SCHEMA, 'The versions of the next release'),
    ('init', beginnings.Beginning, beginnings.SCHEMA, 'What `init` found and decided'),
    ('migration', migration.Migration, migration.SCHEMA, 'What `migrate` took over, and what it left'),
    ('explanations', guide.Explanations, guide.EXPLANATIONS_SCHEMA, 'What words mean'),
    ('settings', guide.Settings, guide.SETTINGS_SCHEMA, 'Every setting, and where it comes from'),
    ('task', freshness.Record, freshness.RECORD_SCHEMA, 'What a task was made from and what it made'),
    ('backtest', backtest.Backtest, backtest.SCHEMA, 'The releases of the past against the rules'),
    ('should-release', schedule.Due, schedule.SCHEMA, 'Whether a release is due'),
    ('changeset', added.Added, added.SCHEMA, 'A changeset that was added'),
    ('notes', notes.Notes, notes.SCHEMA, 'The notes of a release, as templates get them'),
    ('why', documents.Why, documents.WHY_SCHEMA, 'Why a package is released'),
)
# SHA-256 of a line without it: what the writer of a journal adds to an event.
_DIGEST = {'type': 'string', 'pattern': '^[0-9a-f]{64}$'}


def schemas() -> Iterator[tuple[str, dict[str, Any]]]:
    """The name of each file of schema/ and its contents."""
    yield 'release.schema.json', release_schema(KINDS)
    for name, cls, document, title in DOCUMENTS:
        identifier = f'urn:{document.replace("/", ":")}'
        schema = json_schema(cls, title=title, identifier=identifier, document=document)
        if cls is journal.Event:
            schema['required'].append('checksum')
            schema['properties']['checksum'] = _DIGEST
        yield f'{name}.schema.json', schema


def text(schema: dict[str, Any]) -> str:
    """A schema as it is written."""
    return json.dumps(schema, indent=2, ensure_ascii=False) + '\n'


def main() -> None:
    """Write all of them."""
    for name, schema in schemas():
        (FOLDER / name).write_text(text(schema), encoding='utf-8')
        print(f'schema/{name}')


if __name__ == '__main__':
    main()
