# SPDX-License-Identifier: Apache-2.0
"""How the answers of Python indexes to an upload read: a table in data.

Sources: `warehouse/forklift/legacy.py` and https://pypi.org/help/#file-name-reuse (PyPI), `devpi_server/views.py`
(devpi), `pypiserver/_app.py` (pypiserver), `twine/commands/upload.py` and `uv-publish/src/lib.rs` (Artifactory,
Nexus, GitLab).
"""

from __future__ import annotations

from releasekit.ecosystems import answers
from releasekit.ecosystems.answers import Row
from releasekit.ports import Answer, Outcome, Response

# The first row that fits says how an answer reads. Duplicates are compared by what the registry serves.
ROWS = (
    # PyPI and devpi answer 200 to the same bytes again, too.
    Row(200, 299, '', Outcome.ACCEPTED),
    # An upload is not repeated elsewhere: the address in release.yaml is wrong, most often by a slash at its end.
    Row(300, 399, '', Outcome.REJECTED),
    # PyPI: other bytes under a name that is there.
    Row(400, 400, 'file already exists', Outcome.DUPLICATE),
    # PyPI: the name was used and deleted, it is burnt for ever.
    Row(400, 400, 'filename has already been used', Outcome.REJECTED),
    # Nexus and GitLab.
    Row(400, 400, 'updating asset|already been taken', Outcome.DUPLICATE),
    # pypiserver, to a User-Agent with `twine` in it.
    Row(400, 400, 'already exists', Outcome.DUPLICATE),
    Row(401, 401, '', Outcome.DENIED),
    # Artifactory.
    Row(403, 403, 'overwrite artifact', Outcome.DUPLICATE),
    # PyPI, and pypiserver to a wrong password.
    Row(403, 403, '', Outcome.DENIED),
    Row(407, 407, '', Outcome.DENIED),
    Row(408, 408, '', Outcome.TRANSIENT),
    # pypiserver to the same and to other bytes, devpi to other bytes on an index that is not volatile.
    Row(409, 409, '', Outcome.DUPLICATE),
    Row(425, 425, '', Outcome.TRANSIENT),
    Row(429, 429, '', Outcome.TRANSIENT),
    Row(400, 499, '', Outcome.REJECTED),
    # What the server did before it failed is not known: whoever retries asks the registry first.
    Row(500, 599, '', Outcome.TRANSIENT),
)


def read(response: Response) -> Answer:
    """How an answer to an upload reads; the time to wait, in seconds, is clamped to an hour."""
    return answers.read(response, ROWS)
