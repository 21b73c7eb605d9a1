# SPDX-License-Identifier: Apache-2.0
"""Runs tasks of release.yaml that release nothing: no plan, no journal, in the user's own tree."""

from __future__ import annotations

from releasekit.run.chores.carry import Listener, look, run_task
from releasekit.run.chores.gather import Order
from releasekit.run.chores.watch import watch_task

__all__ = ['Listener', 'Order', 'look', 'run_task', 'watch_task']
