# SPDX-License-Identifier: Apache-2.0
"""What all registries of modules say alike."""

from __future__ import annotations

import hashlib

from releasekit.ecosystems.go import names
from releasekit.errors import Code, ReleaseKitError, fail
from releasekit.ports import Answer, Artifact, Outcome


def asked_for(artifact: Artifact) -> names.Name:
    """The module and version that a built file is of.

    Raises:
        ReleaseKitError: `RK-BUILD-WRONG`.
    """
    said = names.read(artifact.filename)
    if said is None or hashlib.sha256(artifact.content).hexdigest() != artifact.digest:
        message = f'{artifact.filename} is not the file that was built: its SHA-256 is not {artifact.digest}.'
        raise fail(Code.BUILD_WRONG, message, 'Build the module anew; do not touch its files in between.')
    return said


def yanked(name: str, version: str, reason: str, *, undo: bool) -> Answer:
    """What to do where a version of a module is to be called back, or no longer."""
    why = f' // {reason}' if reason else ''
    said = f'Take `retract v{version}` out of' if undo else f'Add `retract v{version}{why}` to'
    return Answer(Outcome.REJECTED, f'{said} the go.mod of {name} and release a new version: retracting is a release.')


def too_large(url: str, limit: int | None) -> ReleaseKitError:
    """The error for a file that has more bytes than ours could have."""
    message = f'{url} is larger than {limit} bytes, which the file of that name is not.'
    return fail(Code.DRIFT_BYTES, message, 'Do not release there until its owner has explained this.')
