# SPDX-License-Identifier: Apache-2.0
"""Parts of format 1 that nothing can do yet: editors know their keys, and using one is refused by `names.LATER`."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any, Literal

from releasekit.spec.model.fields import GLOBS, Bump, doc
from releasekit.spec.model.targets import EnvValue


@dataclasses.dataclass(frozen=True, slots=True)
class UseCheck:
    """A built-in check."""

    use: str = doc('Name of the built-in check.', examples=['python.requires-python'], minLength=1)
    with_: Mapping[str, Any] = doc('Its options.', factory=dict, examples=[{'spec': '>=3.10'}])
    severity: Literal['error', 'warning', 'off'] = doc('What a finding means.', 'error', examples=['warning'])
    packages: tuple[str, ...] = doc(
        'Name globs of the packages that the check is for.', ('*',), examples=[['sdk-*']], **GLOBS
    )


@dataclasses.dataclass(frozen=True, slots=True)
class Announcement:
    """One place where a release is announced."""

    type: str = doc('Kind of place.', examples=['slack'], minLength=1)
    url: EnvValue = doc('Where it is sent to.', examples=[{'env': 'SLACK_WEBHOOK_URL'}])
    template: str = doc('The text.', 'Released {packages}', examples=['Released {packages} {version}'], minLength=1)


@dataclasses.dataclass(frozen=True, slots=True)
class Policy:
    """Gates on the plan: a breach is an error before anything is touched."""

    require: tuple[Literal['clean-tree', 'branch', 'trusted-publishing', 'provenance'], ...] = doc(
        'What a release must have.', (), examples=[['clean-tree', 'provenance']], uniqueItems=True
    )
    max_bump: Bump | None = doc('The highest level that may be released.', None, examples=['minor'])
    frozen: tuple[str, ...] = doc(
        'Name globs of packages that may not be released.', (), examples=[['legacy-*']], **GLOBS
    )
