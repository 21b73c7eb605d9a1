# SPDX-License-Identifier: Apache-2.0
"""Plan, build and publish every package of a monorepo from one release.yaml, exactly once.

The functions that the tasks chain, for use as a library:

    project = await open_project(Path('.'), None, os.environ)
    workspace = await discover(project)
    plan = await make_plan(project, Inputs(bump={'py:core': 'minor'}))
    report = await perform(project, plan, observer=..., confirm=lambda plan, action: True)

They are coroutines (run one with `anyio.run`), but for `load_spec`. Names are loaded when they are first used.
"""

from __future__ import annotations

import importlib

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from releasekit.core.package import Package, Workspace
    from releasekit.core.plan import Inputs, Plan
    from releasekit.core.report import Observer, Report, Result, Status
    from releasekit.errors import Code, Exit, ReleaseKitError
    from releasekit.run.discover import discover
    from releasekit.run.planning import explain, make_plan
    from releasekit.run.project import Project, load_spec, open_project
    from releasekit.run.release import apply, perform, rehearse
    from releasekit.run.resume import upcoming
    from releasekit.run.status import status
    from releasekit.run.tree import edit_tree, pinned

_HOMES = {
    'releasekit.core.package': ('Package', 'Workspace'),
    'releasekit.core.plan': ('Inputs', 'Plan'),
    'releasekit.core.report': ('Observer', 'Report', 'Result', 'Status'),
    'releasekit.errors': ('Code', 'Exit', 'ReleaseKitError'),
    'releasekit.run.discover': ('discover',),
    'releasekit.run.planning': ('explain', 'make_plan'),
    'releasekit.run.project': ('Project', 'load_spec', 'open_project'),
    'releasekit.run.release': ('apply', 'perform', 'rehearse'),
    'releasekit.run.resume': ('upcoming',),
    'releasekit.run.status': ('status',),
    'releasekit.run.tree': ('edit_tree', 'pinned'),
}
_HOME = {name: home for home, names in _HOMES.items() for name in names}

__all__ = [
    'Code',
    'Exit',
    'Inputs',
    'Observer',
    'Package',
    'Plan',
    'Project',
    'ReleaseKitError',
    'Report',
    'Result',
    'Status',
    'Workspace',
    'apply',
    'discover',
    'edit_tree',
    'explain',
    'load_spec',
    'make_plan',
    'open_project',
    'perform',
    'pinned',
    'rehearse',
    'status',
    'upcoming',
]


def __getattr__(name: str) -> Any:  # noqa: ANN401 - any of the public names
    if name not in _HOME:
        raise AttributeError(f'module {__name__!r} has no attribute {name!r}')
    return getattr(importlib.import_module(_HOME[name]), name)
