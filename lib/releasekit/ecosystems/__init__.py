# SPDX-License-Identifier: Apache-2.0
"""The ecosystems: an explicit table; one more is a folder and a line here."""

from __future__ import annotations

from collections.abc import Mapping

from releasekit.ecosystems.base import Ecosystem
from releasekit.ecosystems.go import GO
from releasekit.ecosystems.js import JS
from releasekit.ecosystems.python import PYTHON
from releasekit.ecosystems.rust import RUST

ECOSYSTEMS: Mapping[str, Ecosystem] = {each.name: each for each in (PYTHON, JS, RUST, GO)}
KINDS = tuple(each.kind for each in ECOSYSTEMS.values())

__all__ = ['ECOSYSTEMS', 'KINDS']
