# SPDX-License-Identifier: Apache-2.0
"""Publications that only the npm CLI can make: with provenance, which Sigstore signs, and staged ones.

https://docs.npmjs.com/generating-provenance-statements, https://docs.npmjs.com/cli/v11/commands/npm-stage.
"""

from __future__ import annotations

import tempfile
import urllib.parse
from collections.abc import Mapping
from pathlib import Path

import anyio.to_thread

from releasekit.ecosystems.js import auth, outcomes
from releasekit.errors import Code, ReleaseKitError
from releasekit.ports import Answer, Artifact, Command, Credential, Outcome, Shell
from releasekit.spec.model import Target

# It waits for ever where it cannot reach Sigstore.
TIMEOUT = 180.0
# What provenance says of the job that built, and what asks for its identity: `libnpmpublish/lib/provenance.js`.
PROVENANCE = (
    *('ACTIONS_ID_TOKEN_REQUEST_TOKEN', 'ACTIONS_ID_TOKEN_REQUEST_URL', 'GITHUB_ACTIONS', 'GITHUB_EVENT_NAME'),
    *('GITHUB_REF', 'GITHUB_REPOSITORY', 'GITHUB_REPOSITORY_ID', 'GITHUB_REPOSITORY_OWNER_ID', 'GITHUB_RUN_ATTEMPT'),
    *('GITHUB_RUN_ID', 'GITHUB_SERVER_URL', 'GITHUB_SHA', 'GITHUB_WORKFLOW_REF', 'RUNNER_ENVIRONMENT'),
    *('GITLAB_CI', 'SIGSTORE_ID_TOKEN', 'CI_COMMIT_REF_NAME', 'CI_COMMIT_SHA', 'CI_CONFIG_PATH', 'CI_JOB_ID'),
    *('CI_JOB_NAME', 'CI_JOB_URL', 'CI_PIPELINE_ID', 'CI_PROJECT_URL', 'CI_RUNNER_ID', 'CI_RUNNER_DESCRIPTION'),
    *('CI_SERVER_NAME', 'CI_SERVER_URL', 'CI_SERVER_VERSION', 'CI_API_V4_URL'),
)


async def publish(
    target: Target, shell: Shell, credential: Credential | None, artifact: Artifact, dist_tag: str
) -> Answer:
    """Publish a packed package with the npm CLI, within `TIMEOUT` seconds; what it wrote by then may have arrived.

    Raises:
        ReleaseKitError: `RK-TOOL-MISSING`.
    """
    with tempfile.TemporaryDirectory(prefix='releasekit-npm-') as folder:
        path = Path(folder) / artifact.filename
        await anyio.to_thread.run_sync(path.write_bytes, artifact.content)
        command = _command(target, credential, path, dist_tag)
        try:
            done = await shell.run(command)
        except ReleaseKitError as error:
            if error.code is not Code.COMMAND_TIMEOUT:
                raise
            return Answer(Outcome.UNKNOWN, f'npm did not end within {TIMEOUT:g} s, perhaps for want of Sigstore')
    answer = outcomes.of_command(done)
    if target.staged and answer.outcome is Outcome.ACCEPTED:
        said = ' '.join(done.text.split())[-200:]
        detail = f'staged, and to be approved with `npm stage approve` or on its page: {said}'
        return Answer(Outcome.WAITING, detail)
    return answer


def _command(target: Target, credential: Credential | None, path: Path, dist_tag: str) -> Command:
    verb = ('stage', 'publish') if target.staged else ('publish',)
    # A tag is given by name: npm would otherwise compare versions on its own.
    argv = ['npm', *verb, str(path), '--registry', target.url, '--tag', dist_tag, '--ignore-scripts']
    argv += ['--provenance'] if target.provenance else ['--no-provenance']
    env = {
        'npm_config_userconfig': str(path.parent / 'npmrc'),
        'npm_config_loglevel': 'error',
        'npm_config_fetch_retries': '0',
        **_login(target, credential),
    }
    passes = PROVENANCE if target.provenance else ()
    return Command(tuple(argv), cwd=path.parent, env=env, passes=passes, timeout=TIMEOUT)


def _login(target: Target, credential: Credential | None) -> Mapping[str, str]:
    """https://docs.npmjs.com/cli/v11/configuring-npm/npmrc#auth-related-configuration, as environment variables."""
    if credential is None:
        return {}
    parts = urllib.parse.urlsplit(target.url)
    where = f'npm_config_//{parts.netloc}{parts.path.rstrip("/")}/'
    if not credential.username:
        return {f'{where}:_authToken': credential.password}
    return {f'{where}:_auth': auth.basic(credential)}
