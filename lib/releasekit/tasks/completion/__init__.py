# SPDX-License-Identifier: Apache-2.0
"""Completion in shells: `answer` reads what `index` wrote, and `scripts` are what shells load."""
