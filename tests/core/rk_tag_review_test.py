# SPDX-License-Identifier: Apache-2.0
"""What is odd about tags, as pure judgement: orphans by format, twins by version, differences to a remote."""

from __future__ import annotations

import pytest

from releasekit.core import tag_review
from releasekit.core.commits import TagRef
from releasekit.core.package import Package, Workspace
from releasekit.core.tags import match
from releasekit.spec.model import Spec, WorkspaceSpec

SCHEMES = {'py': 'pep440'}


def spec(tag: str = '{name}-v{version}') -> Spec:
    return Spec(version=1, workspaces={'py': WorkspaceSpec(ecosystem='python', tag=tag)})


def package(name: str, path: str = '', version: str | None = '1.0.0') -> Package:
    folder = path or f'packages/{name}'
    return Package(f'py:{name}', name, 'py', 'python', folder, f'{folder}/pyproject.toml', version)


def ref(name: str, commit: str = 'c1', *, merged: bool = True) -> TagRef:
    return TagRef(name, commit, merged)


WORKSPACE = Workspace((package('ant'), package('bee')))


@pytest.mark.parametrize(
    ('template', 'name', 'orphan'),
    [
        ('{name}-v{version}', 'wasp-v1.0.0', 'wasp'),
        ('{name}-v{version}', 'ant-v1.0.0', None),
        ('{name}-v{version}', 'wasp-bee-v2.0rc1', 'wasp-bee'),
        ('{name}-v{version}', 'wasp-vnext', None),
        ('{name}-v{version}', 'wasp', None),
        ('{label}/{name}@{version}', 'py/wasp@1.0', 'wasp'),
        ('{label}/{name}@{version}', 'js/wasp@1.0', None),
        ('{path}/v{version}', 'packages/wasp/v1.0', 'packages/wasp'),
        ('{path}/v{version}', 'packages/ant/v1.0', None),
        ('{name}/{major}/v{version}', 'wasp/1/v1.2.0', 'wasp'),
        ('{name}/{name}-{version}', 'wasp/wasp-1.0', 'wasp'),
        ('{name}/{name}-{version}', 'wasp/bee-1.0', None),
        ('v{version}', 'v9.0', None),
        ('a+{name}.{version}', 'a+wasp.1', 'wasp'),
        ('a+{name}.{version}', 'aa-wasp.1', None),
    ],
)
def test_an_orphan_is_what_the_format_could_have_made(template: str, name: str, orphan: str | None) -> None:
    """For a package that is not there; the text of a format is taken as it is."""
    found = tag_review.orphans(spec(template), WORKSPACE, [ref(name)], SCHEMES)
    assert [each.name for each in found] == ([orphan] if orphan else [])


def test_orphans_are_together_by_package_and_in_the_order_of_their_versions() -> None:
    """The newest comes last."""
    names = ['wasp-v1.10.0', 'wasp-v1.9.0', 'moth-v1.0']
    found = tag_review.orphans(spec(), WORKSPACE, [ref(name) for name in names], SCHEMES)
    assert {each.name: each.tags for each in found} == {'wasp': ('wasp-v1.9.0', 'wasp-v1.10.0'), 'moth': ('moth-v1.0',)}


@pytest.mark.parametrize(
    ('version', 'tags', 'behind'),
    [
        ('1.0.0', ['ant-v1.0.0'], False),
        ('1.0.0', ['ant-v1.0'], False),
        ('1.1.0', ['ant-v1.0.0'], False),
        ('1.0.0', ['ant-v1.0.0', 'ant-v1.1.0'], True),
        ('1.1.0.dev0', ['ant-v1.1.0'], True),
        ('unreadable', ['ant-v1.1.0'], False),
        (None, ['ant-v1.1.0'], False),
        ('1.0.0', [], False),
    ],
)
def test_a_manifest_is_behind_where_its_version_is_below_the_newest_tag(
    version: str | None, tags: list[str], behind: bool
) -> None:
    """As the scheme orders them; a version that no file holds is behind nothing."""
    workspace = Workspace((package('ant', version=version),))
    tagged = match(spec(), workspace, [ref(name) for name in tags], SCHEMES)
    assert bool(tag_review.behind(workspace, tagged, SCHEMES)) is behind


def test_a_tag_of_another_branch_puts_no_manifest_behind() -> None:
    """Versions are counted from what HEAD reaches."""
    tagged = match(spec(), WORKSPACE, [ref('ant-v2.0.0', merged=False)], SCHEMES)
    assert tag_review.behind(WORKSPACE, tagged, SCHEMES) == []


@pytest.mark.parametrize(
    ('others', 'twins'),
    [
        ([], ()),
        ([ref('ant@1.0.0')], ('ant-v1.0.0', 'ant@1.0.0')),
        ([ref('ant-1.0', 'c2')], ('ant-1.0', 'ant-v1.0.0')),
        ([ref('packages/ant/v1.0.0')], ('ant-v1.0.0', 'packages/ant/v1.0.0')),
        ([ref('1.0.0')], ('1.0.0', 'ant-v1.0.0')),
        ([ref('v1.0.0', 'c2')], ()),
        ([ref('ant@1.0.1')], ()),
        ([ref('wasp@1.0.0')], ()),
        ([ref('ant@1.x')], ()),
    ],
)
def test_tags_of_another_habit_are_twins_by_name_or_by_commit(others: list[TagRef], twins: tuple[str, ...]) -> None:
    """A nameless tag means a package only where it stands at the same commit."""
    tagged = match(spec(), WORKSPACE, [ref('ant-v1.0.0')], SCHEMES)
    found = tag_review.twice(WORKSPACE, tagged, SCHEMES, others)
    assert [each.tags for each in found] == ([twins] if twins else [])


def test_differences_to_a_remote_are_of_packages_only() -> None:
    """What else is tagged is nobody's business."""
    here = {'a': '1', 'b': '1', 'same': '1', 'mine': '1'}
    there = {'b': '2', 'c': '1', 'same': '1', 'theirs': '1'}
    found = tag_review.elsewhere(['a', 'b', 'c', 'same'], here, there)
    assert found == tag_review.Elsewhere(('a',), ('c',), (('b', '1', '2'),))
