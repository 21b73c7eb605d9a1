# SPDX-License-Identifier: Apache-2.0
"""The outside world, as narrow protocols: what is inside asks for these and is handed real ones or fakes.

`releasekit.testing` has a fake of each; both pass the contract suites in `tests/contracts/`.
"""

from __future__ import annotations

from releasekit.ports.registry import (
    Answer,
    Artifact,
    Credential,
    Outcome,
    PublishedFile,
    Registry,
    RegistryDownError,
)
from releasekit.ports.system import (
    Command,
    Completed,
    Files,
    Shell,
)
from releasekit.ports.vcs import (
    Checkout,
    Head,
    History,
    Remote,
    RemoteRef,
    Repository,
    Stamp,
    Writer,
)
from releasekit.ports.web import (
    Http,
    HttpFailure,
    Request,
    Response,
    TooLarge,
    Upload,
)

__all__ = [
    'Answer',
    'Artifact',
    'Checkout',
    'Command',
    'Completed',
    'Credential',
    'Files',
    'Head',
    'History',
    'Http',
    'HttpFailure',
    'Outcome',
    'PublishedFile',
    'Registry',
    'RegistryDownError',
    'Remote',
    'RemoteRef',
    'Repository',
    'Request',
    'Response',
    'Shell',
    'Stamp',
    'TooLarge',
    'Upload',
    'Writer',
]
