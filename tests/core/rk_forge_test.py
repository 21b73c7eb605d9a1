# SPDX-License-Identifier: Apache-2.0
"""A remote's address names a forge, and the pages there have the addresses that the forges give them."""

from __future__ import annotations

import pytest

from releasekit.core.forge import Forge, detect
from releasekit.core.references import address, references
from releasekit.spec.model import Project

GITHUB = Forge('github', 'github.com', 'acme/mono')
GITLAB = Forge('gitlab', 'gitlab.acme.example', 'a/b/c')
CLOUD = Forge('bitbucket', 'bitbucket.org', 'acme/mono')
CENTER = Forge('bitbucket', 'bitbucket.acme.example', 'ACME/mono')


@pytest.mark.parametrize(
    ('written', 'expected'),
    [
        ('https://github.com/acme/mono.git', GITHUB),
        ('https://github.com/acme/mono/', GITHUB),
        ('git@github.com:acme/mono.git', GITHUB),
        ('github.com:acme/mono', GITHUB),
        ('git://github.com/acme/mono.git', GITHUB),
        ('ssh://git@GitHub.com/acme/mono.git', GITHUB),
        ('https://x-access-token:secret@github.com/acme/mono', GITHUB),
        ('https://github.acme.example:8443/acme/mono', Forge('github', 'github.acme.example:8443', 'acme/mono')),
        ('http://github.acme.example/acme/mono', Forge('github', 'github.acme.example', 'acme/mono', insecure=True)),
        ('ssh://git@gitlab.acme.example:2222/a/b/c.git', GITLAB),
        ('git@gitlab.acme.example:a/b/c.git', GITLAB),
        ('https://user:secret@bitbucket.org/acme/mono', CLOUD),
        ('https://bitbucket.acme.example/scm/ACME/mono.git', CENTER),
        ('ssh://git@bitbucket.acme.example:7999/ACME/mono.git', CENTER),
        ('https://git.acme.example/mono', None),
        ('/srv/github/mono.git', None),
        ('file:///srv/github/mono.git', None),
        ('../mono', None),
        ('memory:origin', None),
        (None, None),
    ],
)
def test_the_address_of_a_remote_names_its_forge(written: str | None, expected: Forge | None) -> None:
    """And nothing of who is allowed to use it."""
    assert detect(Project(), written) == expected


@pytest.mark.parametrize(
    ('rules', 'written', 'expected'),
    [
        (Project(forge='none'), 'https://github.com/acme/mono', None),
        (Project(forge='gitlab'), 'https://code.acme.example/a/b', Forge('gitlab', 'code.acme.example', 'a/b')),
        (Project(forge='github'), None, None),
        (Project(forge='github', repository='acme/mono'), None, GITHUB),
        (Project(forge='github', repository='acme/mono'), '/srv/mono.git', GITHUB),
        (Project(repository='acme/mono'), 'git@github.com:me/fork.git', GITHUB),
        (Project(repository='acme/mono'), '/srv/mono.git', None),
    ],
)
def test_release_yaml_has_the_last_word(rules: Project, written: str | None, expected: Forge | None) -> None:
    """What it leaves out comes from the remote, or is that of the public service."""
    assert detect(rules, written) == expected


@pytest.mark.parametrize(
    ('forge', 'expected'),
    [
        (
            GITHUB,
            [
                'https://github.com/acme/mono/commit/abc',
                'https://github.com/acme/mono/issues/12',
                'https://github.com/acme/mono/pull/7',
                'https://github.com/acme/mono/compare/@a/b@1.0...go/v1%2B1',
                'https://github.com/acme/mono/releases/tag/go/v1',
            ],
        ),
        (
            GITLAB,
            [
                'https://gitlab.acme.example/a/b/c/-/commit/abc',
                'https://gitlab.acme.example/a/b/c/-/issues/12',
                'https://gitlab.acme.example/a/b/c/-/merge_requests/7',
                'https://gitlab.acme.example/a/b/c/-/compare/@a/b@1.0...go/v1%2B1',
                'https://gitlab.acme.example/a/b/c/-/tags/go/v1',
            ],
        ),
        (
            CLOUD,
            [
                'https://bitbucket.org/acme/mono/commits/abc',
                'https://bitbucket.org/acme/mono/issues/12',
                'https://bitbucket.org/acme/mono/pull-requests/7',
                'https://bitbucket.org/acme/mono/branches/compare/go/v1%2B1%0D@a/b@1.0',
                'https://bitbucket.org/acme/mono/commits/tag/go/v1',
            ],
        ),
        (
            CENTER,
            [
                'https://bitbucket.acme.example/projects/ACME/repos/mono/commits/abc',
                None,
                'https://bitbucket.acme.example/projects/ACME/repos/mono/pull-requests/7',
                'https://bitbucket.acme.example/projects/ACME/repos/mono/compare/commits?sourceBranch=refs%2Ftags%2Fgo%2Fv1%2B1&targetBranch=refs%2Ftags%2F@a%2Fb@1.0',
                'https://bitbucket.acme.example/projects/ACME/repos/mono/commits?until=refs%2Ftags%2Fgo%2Fv1',
            ],
        ),
    ],
)
def test_each_forge_has_its_own_pages(forge: Forge, expected: list[str | None]) -> None:
    """A commit, an issue, a request, two tags compared, and a tag."""
    pages = [forge.commit('abc'), forge.issue('12'), forge.request('7'), forge.compare('@a/b@1.0', 'go/v1+1')]
    assert [*pages, forge.tag('go/v1')] == expected


def test_a_person_of_data_center_has_repositories_too() -> None:
    """Below the name of the person."""
    forge = Forge('bitbucket', 'bitbucket.acme.example', '~ann/mono')
    assert forge.url == 'https://bitbucket.acme.example/users/ann/repos/mono'


@pytest.mark.parametrize(
    ('subject', 'body', 'expected'),
    [
        ('feat: x', '', []),
        ('feat: x (#12)', '', ['request #12']),
        ('feat: x (pull request #12)', '', ['request #12']),
        ('feat: x #12', '', []),
        ('fix: y', 'Closes #12', ['closes #12']),
        ('fix: y', 'Closes: #12, #13 and GH-14', ['closes #12', 'closes #13', 'closes GH-14']),
        ('fix: y', 'This fixes #1.\n\nRefs: acme/lib#3\nResolves #4', ['closes #1', 'refs acme/lib#3', 'closes #4']),
        ('fix: y', 'see #2, fixed #2', ['refs #2', 'closes #2']),
        ('fix: y (#7)', 'Closes #12', ['request #7', 'closes #12']),
        ('fix: y', 'See merge request acme/mono!34', ['request !34']),
        ('fix: y', 'prefixes #12 and a#13', []),
        ('fix: y', 'Refs: 1a2b3c4', []),
        ('fix: y', 'Implements #5', ['closes #5']),
    ],
)
def test_a_message_tells_what_it_refers_to(subject: str, body: str, expected: list[str]) -> None:
    """By the words of GitHub and GitLab, and by the request in its title."""
    assert list(references(subject, body)) == expected


@pytest.mark.parametrize(
    ('text', 'expected'),
    [
        ('#12', 'https://github.com/acme/mono/issues/12'),
        ('GH-12', 'https://github.com/acme/mono/issues/12'),
        ('acme/lib#3', 'https://github.com/acme/lib/issues/3'),
        ('!12', 'https://github.com/acme/mono/pull/12'),
        ('12', None),
    ],
)
def test_what_is_referred_to_has_a_page(text: str, expected: str | None) -> None:
    """In this repository or in the one that is named."""
    assert address(text, GITHUB) == expected
