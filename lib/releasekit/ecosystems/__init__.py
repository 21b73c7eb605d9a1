# SPDX-License-Identifier: Apache-2.0
"""The ecosystems: an explicit table; one more is a folder and a line here."""

from __future__ import annotations

from collections.abc import Mapping

from releasekit.ecosystems.base import Ecosystem
from releasekit.ecosystems.python import PYTHON

ECOSYSTEMS: Mapping[str, Ecosystem] = {'python': PYTHON}

__all__ = ['ECOSYSTEMS']
