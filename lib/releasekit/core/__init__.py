# SPDX-License-Identifier: Apache-2.0
"""Decisions, without a look at the outside world."""
