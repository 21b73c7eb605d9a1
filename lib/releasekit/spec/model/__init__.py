# SPDX-License-Identifier: Apache-2.0
"""What the user wrote in release.yaml, with every default filled in: frozen, and the only place of a default.

Field names are the keys of release.yaml. `schema/release.schema.json` is generated from here: a field's
`doc(...)` is its description in the schema and in the reference.
"""

from __future__ import annotations

from releasekit.spec.model.branches import Branch
from releasekit.spec.model.fields import Bump, Per, doc
from releasekit.spec.model.later import Announcement, Policy, UseCheck
from releasekit.spec.model.root import DEFAULT_TYPES, Commits, Engine, GitRules, Project, Spec
from releasekit.spec.model.schedule import Schedule
from releasekit.spec.model.targets import Auth, EnvValue, PasswordAuth, Target, TokenAuth
from releasekit.spec.model.tasks import Check, Condition, RunStep, Step, Task, TaskStep, UseStep
from releasekit.spec.model.workspaces import (
    BuildRules,
    ChangelogRules,
    Group,
    PackageOverride,
    Pin,
    Propagate,
    Scheme,
    VersionFile,
    Versioning,
    VersionRules,
    WorkspaceSpec,
)

__all__ = (
    'DEFAULT_TYPES',
    'Announcement',
    'Auth',
    'Branch',
    'BuildRules',
    'Bump',
    'ChangelogRules',
    'Check',
    'Commits',
    'Condition',
    'Engine',
    'EnvValue',
    'GitRules',
    'Group',
    'PackageOverride',
    'PasswordAuth',
    'Per',
    'Pin',
    'Policy',
    'Project',
    'Propagate',
    'RunStep',
    'Schedule',
    'Scheme',
    'Spec',
    'Step',
    'Target',
    'Task',
    'TaskStep',
    'TokenAuth',
    'UseCheck',
    'UseStep',
    'VersionFile',
    'VersionRules',
    'Versioning',
    'WorkspaceSpec',
    'doc',
)
