# SPDX-License-Identifier: Apache-2.0
"""Which tool a workspace is of, and the files that the tool keeps beside the root manifest."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Any

from releasekit.compat import StrEnum

MANIFEST = 'package.json'
PNPM_WORKSPACE = 'pnpm-workspace.yaml'
PNPM_LOCK = 'pnpm-lock.yaml'
NPMRC = '.npmrc'
YARN_LOCK = 'yarn.lock'
YARNRC = '.yarnrc.yml'
# The first is what npm takes where both are there: https://docs.npmjs.com/cli/v11/configuring-npm/npm-shrinkwrap-json
NPM_LOCKS = ('npm-shrinkwrap.json', 'package-lock.json')
_CLASSIC = '# yarn lockfile v1'
_MANAGER = re.compile(r'(?P<name>npm|pnpm|yarn)@(?P<major>\d+)')


class Tool(StrEnum):
    """A tool. `CLASSIC` is yarn 1, whose lock file and packing know nothing of members."""

    NPM = 'npm'
    PNPM = 'pnpm'
    YARN = 'yarn'
    CLASSIC = 'classic'


def detect(wanted: str | None, names: Collection[str], manager: Any, yarn_lock: str = '') -> Tool:  # noqa: ANN401 - JSON
    """The tool: `wanted` where given, else by the files of the root folder, else by `packageManager`, else npm.

    `names` are the files of the root folder, `manager` what the root manifest has as `packageManager`
    (https://nodejs.org/api/packages.html#packagemanager), `yarn_lock` the text of that lock file.
    """
    named = _MANAGER.match(manager) if isinstance(manager, str) else None
    if wanted is None:
        if PNPM_WORKSPACE in names or PNPM_LOCK in names:
            wanted = 'pnpm'
        elif YARN_LOCK in names:
            wanted = 'yarn'
        else:
            wanted = named['name'] if named else 'npm'
    old = named is not None and named['name'] == 'yarn' and named['major'] == '1'
    if wanted == 'yarn' and (_CLASSIC in yarn_lock[:1024] or (YARN_LOCK not in names and old)):
        return Tool.CLASSIC
    return Tool(wanted)


def major(manager: Any) -> int | None:  # noqa: ANN401 - JSON
    """The major version of the tool that `packageManager` names, None where it names none."""
    named = _MANAGER.match(manager) if isinstance(manager, str) else None
    return int(named['major']) if named else None


def lock_name(tool: Tool, names: Collection[str]) -> str | None:
    """The lock file among the files of the root folder; None where there is none that holds anything of members."""
    candidates = {Tool.NPM: NPM_LOCKS, Tool.PNPM: (PNPM_LOCK,), Tool.YARN: (YARN_LOCK,), Tool.CLASSIC: ()}[tool]
    return next((name for name in candidates if name in names), None)


def of_lock(path: str) -> Tool:
    """The tool that a lock file is of."""
    name = path.rpartition('/')[2]
    return {PNPM_LOCK: Tool.PNPM, YARN_LOCK: Tool.YARN}.get(name, Tool.NPM)
