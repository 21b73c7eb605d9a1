# SPDX-License-Identifier: Apache-2.0
"""What doctor says of tags: against manifests, each other, the packages, and the remote."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from releasekit.run.doctor.findings import Finding, State
from releasekit.testing.clinic import SPEC, Clinic

ERROR, WARNING, PASSED, UNCHECKED = State.ERROR, State.WARNING, State.PASSED, State.UNCHECKED
Happens = Callable[[Clinic[Finding]], object]


def both_here_and_there(clinic: Clinic[Finding], *names: str) -> None:
    for name in names:
        clinic.repository.tag(name)
    clinic.repository.git('push', '--quiet', '--tags')


def moved_there(clinic: Clinic[Finding]) -> None:
    both_here_and_there(clinic, 'ant-v0.1.0')
    there = clinic.repository.clone(clinic.folder / 'other')
    there.commit('feat: more')
    there.git('tag', '--force', 'ant-v0.1.0')
    there.git('push', '--quiet', '--force', 'origin', 'refs/tags/ant-v0.1.0', 'HEAD:refs/heads/elsewhere')


def only_there(clinic: Clinic[Finding]) -> None:
    both_here_and_there(clinic, 'ant-v0.1.0', 'bee-v0.2.0')
    clinic.repository.git('tag', '--delete', 'ant-v0.1.0')


def twice_apart(clinic: Clinic[Finding]) -> None:
    clinic.repository.tag('ant-v0.1.0')
    clinic.repository.commit('feat: more')
    clinic.repository.tag('ant-v0.1')


SITUATIONS: dict[str, tuple[Happens, str, State, str, str]] = {
    'manifest below its tag': (
        lambda clinic: clinic.repository.tag('ant-v0.3.0'),
        'tags.manifests',
        WARNING,
        'packages/ant/pyproject.toml says 0.1.0, but ant-v0.3.0 is tagged',
        'set the version to 0.3.0',
    ),
    'manifest at its tag': (
        lambda clinic: clinic.repository.tag('ant-v0.1.0'),
        'tags.manifests',
        PASSED,
        '1 of 2 packages have tags',
        '',
    ),
    'manifest above its tag': (
        lambda clinic: clinic.repository.tag('bee-v0.1.0'),
        'tags.manifests',
        PASSED,
        '1 of 2 packages have tags',
        '',
    ),
    'one version spelled twice, at one commit': (
        lambda clinic: both_here_and_there(clinic, 'ant-v0.1.0', 'ant-v0.1'),
        'tags.duplicate',
        WARNING,
        'ant-v0.1 and ant-v0.1.0 are both',
        '`git log --no-walk --decorate ant-v0.1 ant-v0.1.0`',
    ),
    'one version spelled twice, at two commits': (
        twice_apart,
        'tags.duplicate',
        ERROR,
        'at different commits',
        'only one of them',
    ),
    'two formats': (
        lambda clinic: both_here_and_there(clinic, 'ant-v0.1.0', 'ant@0.1.0'),
        'tags.duplicate',
        WARNING,
        'ant-v0.1.0 and ant@0.1.0 are both 0.1.0 of py:ant',
        '`git log --no-walk',
    ),
    'a nameless tag at the same commit': (
        lambda clinic: both_here_and_there(clinic, 'ant-v0.1.0', 'v0.1.0'),
        'tags.duplicate',
        WARNING,
        'ant-v0.1.0 and v0.1.0 are both 0.1.0 of py:ant',
        '`git log --no-walk',
    ),
    'a nameless tag of another version': (
        lambda clinic: both_here_and_there(clinic, 'ant-v0.1.0', 'v7.0.0'),
        'tags.duplicate',
        PASSED,
        'no version has two tags',
        '',
    ),
    'tags of a package that is gone': (
        lambda clinic: both_here_and_there(clinic, 'wasp-v1.9.0', 'wasp-v1.10.0'),
        'tags.orphaned',
        WARNING,
        'wasp-v1.9.0, wasp-v1.10.0 would be of `wasp`, which is no package of py',
        '`git log -1 wasp-v1.10.0`',
    ),
    'tags that are none of ours': (
        lambda clinic: both_here_and_there(clinic, 'nightly', 'before-vacation', 'ant-v0.1.0'),
        'tags.orphaned',
        PASSED,
        'every tag belongs to a package',
        '',
    ),
    'only here': (
        lambda clinic: clinic.repository.tag('ant-v0.1.0'),
        'tags.remote',
        WARNING,
        'ant-v0.1.0 is here, but not on origin',
        '`git push origin refs/tags/ant-v0.1.0`',
    ),
    'only there': (
        only_there,
        'tags.remote',
        WARNING,
        'ant-v0.1.0 is on origin, but not here',
        '`git fetch --tags origin`',
    ),
    'at another commit there': (
        moved_there,
        'tags.remote',
        ERROR,
        'ant-v0.1.0 is at',
        '`git ls-remote --tags origin ant-v0.1.0`',
    ),
    'the same there': (
        lambda clinic: both_here_and_there(clinic, 'ant-v0.1.0', 'bee-v0.2.0', 'nightly'),
        'tags.remote',
        PASSED,
        'tags of packages, the same on origin: 2',
        '',
    ),
}


@pytest.mark.parametrize('situation', SITUATIONS)
def test_tags_are_judged(clinic: Clinic[Finding], situation: str) -> None:
    """With what to do where that is something; no tag is made, moved or fetched."""
    happen, check, state, message, hint = SITUATIONS[situation]
    happen(clinic)
    before = clinic.world()
    found = clinic.one(check, state)
    assert message in found.message
    assert hint in found.hint
    assert clinic.world() == before


def test_umbrella_tags_are_no_duplicates(clinic: Clinic[Finding]) -> None:
    """A workspace may have one more tag for a version."""
    more = 'changelog: false, umbrella_tag: "v{version}", groups: {all: {packages: ["*"], versioning: fixed}}'
    clinic.repository.commit('chore: one more tag', {'release.yaml': SPEC.replace('changelog: false', more)})
    both_here_and_there(clinic, 'ant-v0.1.0', 'bee-v0.1.0', 'v0.1.0')
    assert clinic.one('tags.duplicate', PASSED)
    assert clinic.one('tags.orphaned', PASSED)


def test_a_package_that_is_not_released_has_no_orphans(clinic: Clinic[Finding]) -> None:
    """It is there, though nothing of it is tagged any more."""
    text = SPEC.replace('changelog: false', 'changelog: false, packages: {bee: {release: false}}')
    clinic.repository.commit('chore: no more', {'release.yaml': text})
    clinic.repository.tag('bee-v0.1.0')
    assert clinic.one('tags.orphaned', PASSED)


def test_tags_by_folder_are_known_too(clinic: Clinic[Finding]) -> None:
    """The format of Go has a path in place of a name."""
    text = SPEC.replace('changelog: false', 'changelog: false, tag: "{path}/v{version}"')
    clinic.repository.commit('chore: other tags', {'release.yaml': text})
    for name in ('packages/ant/v0.1.0', 'packages/wasp/v1.0.0'):
        clinic.repository.tag(name)
    found = clinic.one('tags.orphaned', WARNING)
    assert 'would be of `packages/wasp`' in found.message
