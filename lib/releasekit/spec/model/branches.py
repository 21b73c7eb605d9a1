# SPDX-License-Identifier: Apache-2.0
"""What is released from which branch."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from releasekit.spec.model.fields import LABEL, Bump, doc

# npm takes no tag that reads as a range of versions: https://docs.npmjs.com/cli/v11/commands/npm-dist-tag.
_CHANNEL: Mapping[str, Any] = {
    'pattern': '^(?!v[0-9]|x$)[a-z][a-z0-9-]*$',
    'patternErrorMessage': 'a name of lower-case letters, digits and hyphens that does not read as a version',
}


@dataclasses.dataclass(frozen=True, slots=True)
class Branch:
    """What is released from the branches whose name matches the glob."""

    channel: str = doc('Channel that the releases go to, such as a dist-tag.', 'latest', examples=['next'], **_CHANNEL)
    prerelease: str | None = doc(
        'Name of the prereleases that are made here; stable versions where left out.', None, examples=['rc'], **LABEL
    )
    allow: tuple[Bump, ...] = doc(
        'Levels that may be released from here.',
        ('major', 'minor', 'patch'),
        examples=[['patch']],
        minItems=1,
        uniqueItems=True,
    )
