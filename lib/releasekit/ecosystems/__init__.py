# SPDX-License-Identifier: Apache-2.0
"""The ecosystems: an explicit table; one more is a folder and a line here."""

from __future__ import annotations

from collections.abc import Mapping

from releasekit.core.version import named
from releasekit.ecosystems.base import Ecosystem
from releasekit.ecosystems.go import GO
from releasekit.ecosystems.js import JS
from releasekit.ecosystems.python import PYTHON
from releasekit.ecosystems.rust import RUST
from releasekit.spec.model import Spec

ECOSYSTEMS: Mapping[str, Ecosystem] = {each.name: each for each in (PYTHON, JS, RUST, GO)}
KINDS = tuple(each.kind for each in ECOSYSTEMS.values())


def schemes(spec: Spec) -> dict[str, str]:
    """The names of the version schemes by workspace label: those of release.yaml, else of the ecosystems."""
    return {label: named(rules.version, ECOSYSTEMS[rules.ecosystem].scheme) for label, rules in spec.workspaces.items()}


__all__ = ['ECOSYSTEMS', 'KINDS', 'schemes']
