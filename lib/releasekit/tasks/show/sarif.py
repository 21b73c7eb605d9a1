# SPDX-License-Identifier: Apache-2.0
"""What is wrong, as SARIF 2.1.0: https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html."""

from __future__ import annotations

import json
from collections.abc import Sequence
from importlib import metadata
from typing import Any
from urllib.parse import quote

from releasekit.core.guide import Explanation
from releasekit.tasks import explain
from releasekit.tasks.show.notes import Note, fingerprint

_SCHEMA = 'https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json'


def sarif(notes: Sequence[Note]) -> str:
    """A log of one run; nothing wrong is a run without results."""
    rules = sorted({note.rule for note in notes})
    pages = {page.name: page for page in explain.codes()}
    driver = {
        'name': 'releasekit',
        'semanticVersion': metadata.version('releasekit'),
        'rules': [_rule(rule, pages.get(rule)) for rule in rules],
    }
    run = {
        'tool': {'driver': driver},
        'columnKind': 'unicodeCodePoints',
        'results': [_result(note, rules.index(note.rule)) for note in notes],
    }
    document = {'$schema': _SCHEMA, 'version': '2.1.0', 'runs': [run]}
    return json.dumps(document, ensure_ascii=False, indent=2) + '\n'


def _rule(rule: str, page: Explanation | None) -> dict[str, Any]:
    """A code with its page; a check has none."""
    if page is None:
        return {'id': rule, 'shortDescription': {'text': rule}}
    return {
        'id': rule,
        'shortDescription': {'text': page.title},
        'help': {'text': page.text, 'markdown': page.text},
    }


def _result(note: Note, rule: int) -> dict[str, Any]:
    region = {'startLine': note.line or 1}
    if note.column is not None:
        # The end of a region is the column after its last one (3.30.8).
        region |= {'startColumn': note.column, 'endColumn': (note.end or note.column) + 1}
    place = {'artifactLocation': {'uri': quote(note.file)}, 'region': region}
    return {
        'ruleId': note.rule,
        'ruleIndex': rule,
        'level': str(note.severity),
        'message': {'text': note.text},
        'locations': [{'physicalLocation': place}],
        'partialFingerprints': {'releasekit/v1': fingerprint(note.own)},
    }
