# SPDX-License-Identifier: Apache-2.0
"""How the answers of npm registries to a publication read: a table in data.

Sources: `libnpmpublish` and `npm-registry-fetch/lib/check-response.js` of the npm CLI (npm), `publish.ts` of
https://github.com/verdaccio/verdaccio, https://docs.github.com/en/packages (GitHub), and the documentation of Nexus,
Artifactory and https://docs.gitlab.com/user/packages/npm_registry/.
"""

from __future__ import annotations

import dataclasses
import re
from typing import NamedTuple

from releasekit.ecosystems import answers
from releasekit.ecosystems.answers import Row
from releasekit.ports import Answer, Completed, Outcome, Response

# The first row that fits says how an answer reads. Duplicates are compared by what the registry serves.
ROWS = (
    Row(200, 299, '', Outcome.ACCEPTED),
    # A publication is not repeated elsewhere: the address in release.yaml is wrong.
    Row(300, 399, '', Outcome.REJECTED),
    # Nexus.
    Row(400, 400, 'updating asset', Outcome.DUPLICATE),
    # GitLab, to the same name and version.
    Row(400, 403, 'package already exists', Outcome.DUPLICATE),
    Row(401, 401, '', Outcome.DENIED),
    # npm, and Artifactory.
    Row(403, 403, 'cannot publish over|publish over (the|an) existing|overwrite artifact', Outcome.DUPLICATE),
    # npm: a version that was unpublished, for a day.
    Row(403, 403, 'republished', Outcome.REJECTED),
    Row(403, 403, '', Outcome.DENIED),
    # npm, to a name that the credential may not see.
    Row(404, 404, '', Outcome.DENIED),
    Row(407, 407, '', Outcome.DENIED),
    Row(408, 408, '', Outcome.TRANSIENT),
    # npm: two publications met. The package is not there.
    Row(409, 409, 'failed to save packument', Outcome.TRANSIENT),
    # verdaccio ("this package is already present"), GitHub ("Cannot publish over existing version").
    Row(409, 409, 'already present|already exists|publish over', Outcome.DUPLICATE),
    # CouchDB's own: somebody else wrote in between.
    Row(409, 409, '', Outcome.TRANSIENT),
    Row(425, 425, '', Outcome.TRANSIENT),
    Row(429, 429, '', Outcome.TRANSIENT),
    Row(400, 499, '', Outcome.REJECTED),
    # What the server did before it failed is not known: whoever retries asks the registry first.
    Row(500, 599, '', Outcome.TRANSIENT),
)

_OTP = re.compile(r'one-time pass', re.IGNORECASE)
_OTP_HINT = (
    'it asks for a one-time password: use trusted publishing, a granular token that bypasses two-factor '
    'authentication, or `staged: true`'
)
_SHOWN = 300


class Said(NamedTuple):
    """What the npm CLI says, whatever the case, and how that reads."""

    text: str
    outcome: Outcome


# https://docs.npmjs.com/common-errors and `lib/utils/error-message.js` of the npm CLI. The first that fits counts.
SAID = (
    Said('EPUBLISHCONFLICT|cannot publish over|already present', Outcome.DUPLICATE),
    Said('failed to save packument', Outcome.TRANSIENT),
    Said('code (ENEEDAUTH|EOTP|E401|E403|E404)', Outcome.DENIED),
    Said('code (E429|E408)', Outcome.TRANSIENT),
    Said('code (EUSAGE|EPRIVATE|EUNSCOPED|EBADSEMVER|E4[0-9]{2})', Outcome.REJECTED),
    # Signing comes before anything is sent.
    Said('code (CA_|TLOG_|TUF_|TSA_|IDENTITY_TOKEN)', Outcome.TRANSIENT),
)


def read(response: Response) -> Answer:
    """How an answer to a publication reads; the time to wait, in seconds, is clamped to an hour."""
    answer = answers.read(response, ROWS)
    asked = response.headers.get('www-authenticate', '').lower().split(',')
    if response.status == 401 and ('otp' in {word.strip() for word in asked} or _OTP.search(answer.detail)):
        return dataclasses.replace(answer, detail=f'{answer.detail}; {_OTP_HINT}')
    return answer


def of_command(done: Completed) -> Answer:
    """How the end of `npm publish` reads; what it does not explain may have arrived."""
    if done.status == 0:
        return Answer(Outcome.ACCEPTED)
    text = done.complaint
    outcome = next((each.outcome for each in SAID if re.search(each.text, text, re.IGNORECASE)), Outcome.UNKNOWN)
    return Answer(outcome, _line(text))


def _line(text: str) -> str:
    """What a command said, as one line, without the words that begin each of its lines."""
    lines = (line.strip().removeprefix('npm error').strip() for line in text.splitlines())
    return ' '.join(line for line in lines if line and not line.startswith('A complete log'))[:_SHOWN]
