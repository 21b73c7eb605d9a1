# SPDX-License-Identifier: Apache-2.0
"""A plan as JSON: what its id is the digest of, and the id."""

from __future__ import annotations

import hashlib
import json

from releasekit.core.plan import Base, Inputs, Plan, read

PLAN = Plan('1.0.0', 'digest', '2026-11-23', 1_795_000_000, Inputs(only=('größer',)), Base('c' * 40, 'main'), (), ())


def test_the_line_is_the_document() -> None:
    """On one line stands the same object, and what is read from it is the plan."""
    line = PLAN.line()

    assert '\n' not in line
    assert json.loads(line) == PLAN.document()
    assert read(json.loads(line)) == PLAN


def test_the_id_is_the_digest_of_the_rest_of_the_line() -> None:
    """Whoever takes the id away has the bytes that it is the digest of."""
    rest = PLAN.line().replace(f'"id":"{PLAN.id}",', '', 1)

    assert hashlib.sha256(rest.encode()).hexdigest() == PLAN.id
