# SPDX-License-Identifier: Apache-2.0
"""What doctor says of the token for a forge: what the forge tells, and no more than that."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest

from releasekit.run.doctor.findings import Finding, State
from releasekit.testing.clinic import SPEC, Clinic, Visit
from releasekit.testing.forge import ForgeServer, Grant, Hosted, serving_forge
from releasekit.testing.servers import QuietHandler, serving

ERROR, WARNING, PASSED, UNCHECKED = State.ERROR, State.WARNING, State.PASSED, State.UNCHECKED
CHECK = 'forge.permissions'
TOKEN = 'token-for-kites-17'
VARIABLES = {'github': 'GH_ENTERPRISE_TOKEN', 'gitlab': 'GITLAB_TOKEN', 'bitbucket': 'BITBUCKET_TOKEN'}
KITES = Hosted('acme/kites')
PRIVATE, RENAMED = Hosted('acme/kites', private=True), Hosted('acme/gliders', former='acme/kites')
NO_SIGN_ON = Grant(status=403, headers=(('X-GitHub-SSO', 'required'),))
# Every variable that a token could come from: those of whoever runs the tests are none of ours.
NONE = dict.fromkeys(
    ('GH_TOKEN', 'GITHUB_TOKEN', 'GITHUB_ENTERPRISE_TOKEN', 'GITHUB_API_URL', 'CI_JOB_TOKEN', *VARIABLES.values()), ''
)


def settle(clinic: Clinic[Finding], kind: str, server: ForgeServer, repository: str = 'acme/kites') -> None:
    """Have release.yaml name the repository on a server."""
    project = f'{{branch: main, forge: {kind}, repository: {repository}, api_url: "{server.api(kind)}"}}'
    clinic.repository.write({'release.yaml': SPEC.replace('{branch: main}', project)})


def ask(clinic: Clinic[Finding], environment: Mapping[str, str], *, offline: bool = False) -> Sequence[Finding]:
    """What is found with these tokens and no other ones."""
    known = {**clinic.environment, **NONE, **environment}
    return clinic.examine(Visit(clinic.repository.root, (CHECK,), known, offline))


ANSWERS: dict[str, tuple[str, Hosted, Grant, list[State], str, str]] = {
    'GitHub, a classic token': ('github', KITES, Grant(), [PASSED], 'may push to acme/kites', ''),
    'of public repositories': ('github', KITES, Grant(scopes=('public_repo',)), [PASSED], 'may push', ''),
    'of public ones for a private one': (
        'github', PRIVATE, Grant(scopes=('public_repo',)), [WARNING], 'scope `repo`', '`repo`',
    ),
    'without scopes': ('github', KITES, Grant(scopes=()), [WARNING], 'scope `public_repo`', 'new token'),
    'a fine-grained one': ('github', KITES, Grant(scopes=None), [UNCHECKED], 'GitHub does not tell', 'Contents'),
    'that may only read': ('github', KITES, Grant(push=False), [WARNING], 'may not push', 'role Write'),
    'of a job': ('github', KITES, Grant(push=None, scopes=None), [UNCHECKED], 'of a job', 'contents: write'),
    'archived': ('github', Hosted('acme/kites', archived=True), Grant(), [ERROR], 'is archived', 'Unarchive'),
    'renamed': (
        'github', RENAMED, Grant(), [WARNING, PASSED], 'another name', '`project.repository`',
    ),
    'not there': ('github', Hosted('acme/boats'), Grant(), [WARNING], 'has no acme/kites', '`project.repository`'),
    'too many requests': ('github', KITES, Grant(status=429), [UNCHECKED], 'no more requests', 'later'),
    'too many, by 403': (
        'github', KITES, Grant(status=403, headers=(('X-RateLimit-Remaining', '0'),)), [UNCHECKED], 'no more', 'later',
    ),
    'single sign-on': (
        'github', KITES, NO_SIGN_ON, [WARNING], 'organization', 'single',
    ),
    'forbidden': ('github', KITES, Grant(status=403), [WARNING], 'does not let', 'access to acme/kites'),
    'broken': ('github', KITES, Grant(status=502), [UNCHECKED], 'status 502', 'later'),
    'GitLab, a maintainer': ('gitlab', KITES, Grant(), [PASSED], 'make releases', ''),
    'a developer': ('gitlab', KITES, Grant(level=30), [PASSED], 'make releases', ''),
    'a reporter': ('gitlab', KITES, Grant(level=20), [WARNING], 'makes no releases', 'Developer'),
    'a role that is not told': ('gitlab', KITES, Grant(level=None), [UNCHECKED], 'does not tell', 'members'),
    'a protected branch': ('gitlab', KITES, Grant(level=30, protected=True), [WARNING], 'main is pro', 'Protected bra'),
    'a token that only reads': ('gitlab', KITES, Grant(scopes=('read_api',)), [WARNING], 'scope `api`', 'that scope'),
    'scopes that are not told': ('gitlab', KITES, Grant(scopes=None), [UNCHECKED], 'which scopes', '`api`'),
    'of finer grain': ('gitlab', KITES, Grant(scopes=('granular',)), [UNCHECKED], 'which scopes', '`api`'),
    'an archived project': ('gitlab', Hosted('acme/kites', archived=True), Grant(), [ERROR], 'archived', 'Unarchive'),
    'no such project': ('gitlab', Hosted('acme/boats'), Grant(), [WARNING], 'has no acme/kites', '`project.rep'),
    'Bitbucket': ('bitbucket', KITES, Grant(), [PASSED], 'may push to acme/kites', ''),
    'not listed': ('bitbucket', KITES, Grant(push=False), [UNCHECKED], 'does not list', 'permissions'),
}  # fmt: skip


@pytest.mark.parametrize('case', ANSWERS)
def test_what_the_forge_tells_is_said_with_what_to_do(clinic: Clinic[Finding], case: str) -> None:
    """Only questions are sent, with the token, and it is shown nowhere."""
    kind, hosted, grant, states, message, hint = ANSWERS[case]
    with serving_forge(hosted, {TOKEN: grant}) as server:
        settle(clinic, kind, server)
        found = ask(clinic, {VARIABLES[kind]: TOKEN})
    assert [each.state for each in found] == states
    assert (message in found[0].message, hint in found[0].hint) == (True, True)
    assert all(bool(each.hint) != (each.state is PASSED) for each in found)
    assert {(method, token) for method, _, token in server.asked} == {('GET', TOKEN)}
    assert TOKEN not in repr(found)


@pytest.mark.parametrize('kind', VARIABLES)
def test_a_token_that_the_forge_does_not_know_is_told_by_its_variable(clinic: Clinic[Finding], kind: str) -> None:
    """It is wrong, expired or revoked."""
    with serving_forge(KITES, {TOKEN: Grant()}) as server:
        settle(clinic, kind, server)
        found = clinic.one(CHECK, WARNING, **NONE | {VARIABLES[kind]: 'another'})
    assert VARIABLES[kind] in found.message
    assert VARIABLES[kind] in found.hint


@pytest.mark.parametrize(
    ('kind', 'environment', 'message', 'hint'),
    [
        ('github', {}, 'There is no token', 'Set GH_ENTERPRISE_TOKEN or GITHUB_ENTERPRISE_TOKEN'),
        ('github', {'GH_TOKEN': TOKEN}, 'There is no token', 'Set GH_ENTERPRISE_TOKEN or GITHUB_ENTERPRISE_TOKEN'),
        ('gitlab', {}, 'There is no token', 'Set GITLAB_TOKEN'),
        ('gitlab', {'CI_JOB_TOKEN': TOKEN}, 'the token of a job', 'GITLAB_TOKEN'),
        ('gitlab', {'GITLAB_TOKEN': f'{TOKEN}\n{TOKEN}'}, 'GITLAB_TOKEN holds', 'nothing else'),
        ('gitlab', {'GITLAB_TOKEN': f'{TOKEN}\u00e9'}, 'GITLAB_TOKEN holds', 'nothing else'),
        ('bitbucket', {}, 'There is no token', 'Set BITBUCKET_TOKEN'),
    ],
)
def test_without_a_token_that_is_meant_for_it_a_forge_is_not_asked(
    clinic: Clinic[Finding], kind: str, environment: dict[str, str], message: str, hint: str
) -> None:
    """And nothing is claimed."""
    with serving_forge(KITES, {TOKEN: Grant()}) as server:
        settle(clinic, kind, server)
        found = clinic.one(CHECK, UNCHECKED, **NONE | environment)
    assert (message in found.message, hint in found.hint, server.asked) == (True, True, [])


def test_offline_no_forge_is_asked(clinic: Clinic[Finding]) -> None:
    """The hint says how to ask."""
    with serving_forge(KITES, {TOKEN: Grant()}) as server:
        settle(clinic, 'gitlab', server)
        (found,) = ask(clinic, {'GITLAB_TOKEN': TOKEN}, offline=True)
    assert (found.state, found.hint, server.asked) == (UNCHECKED, 'Run it without `--offline`.', [])


@pytest.mark.parametrize(
    ('project', 'message'),
    [
        ('{branch: main, forge: none}', '`project.forge` is none'),
        ('{branch: main}', 'names no repository of a forge'),
        ('{branch: main, forge: github, repository: a/b, api_url: "http://127.0.0.1:9"}', 'does not answer'),
    ],
)
def test_where_there_is_nobody_to_ask_it_says_why(clinic: Clinic[Finding], project: str, message: str) -> None:
    """A remote in a folder is on no forge."""
    clinic.repository.write({'release.yaml': SPEC.replace('{branch: main}', project)})
    assert message in clinic.one(CHECK, UNCHECKED, **NONE | {'GH_ENTERPRISE_TOKEN': TOKEN}).message


def test_a_page_in_place_of_an_api_is_not_taken_for_an_answer(clinic: Clinic[Finding]) -> None:
    """Such as that of a proxy, or of an address that is not the one of the API."""

    class Page(QuietHandler):
        def do_GET(self) -> None:  # noqa: N802 - named by the base class
            self.answer(200, [('Content-Type', 'text/html')], b'<p>Sign in')

    with serving(Page) as origin:
        settle(clinic, 'gitlab', ForgeServer(origin))
        found = clinic.one(CHECK, UNCHECKED, **NONE | {'GITLAB_TOKEN': TOKEN})
    assert '`project.api_url`' in found.hint
