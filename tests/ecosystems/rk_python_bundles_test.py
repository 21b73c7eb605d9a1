# SPDX-License-Identifier: Apache-2.0
"""A wheel that takes in a package of JavaScript needs it: found where the manifest says so, and only there."""

from __future__ import annotations

from collections.abc import Mapping

import anyio
import pytest

from releasekit.core.package import Dependency, EdgeKind
from releasekit.ecosystems import KINDS
from releasekit.ecosystems.python import PYTHON
from releasekit.run.discover import discover_in
from releasekit.spec.kinds import Known
from releasekit.spec.load import load
from releasekit.spec.model import WorkspaceSpec
from releasekit.testing.files import MemoryFiles

HEAD = '[project]\nname = "app"\nversion = "1.0.0"\n'
HATCH = f'{HEAD}\n[build-system]\nrequires = ["hatchling"]\nbuild-backend = "hatchling.build"\n\n'
NODE = '{"name": "ui", "version": "2.0.0"}\n'
# As the template of JupyterLab's extensions and https://hatch-jupyter-builder.readthedocs.io have it.
JUPYTER = (
    '[tool.hatch.build.targets.wheel.shared-data]\n"app/labextension" = "share/jupyter/labextensions/ui"\n\n'
    '[tool.hatch.build.hooks.jupyter-builder]\ndependencies = ["hatch-jupyter-builder>=0.5"]\n'
    'build-function = "hatch_jupyter_builder.npm_builder"\n\n'
)
WHEEL = JUPYTER.replace('build.hooks', 'build.targets.wheel.hooks')
PATH = '[tool.hatch.build.hooks.jupyter-builder.build-kwargs]\npath = "{}"\n'
WHEEL_PATH = PATH.replace('build.hooks', 'build.targets.wheel.hooks')


def bundles(folder: str, manifest: str, *nodes: str, more: Mapping[str, str] | None = None) -> tuple[str, ...]:
    """What the package of a folder takes in, where there is a package.json in some folders."""
    prefix = '' if folder == '.' else f'{folder}/'
    tree = {f'{prefix}pyproject.toml': manifest, **{f'{node}package.json': NODE for node in nodes}, **(more or {})}
    files = MemoryFiles({path: text.encode() for path, text in tree.items()})
    found = anyio.run(PYTHON.workspace.discover, files, 'py', WorkspaceSpec('python', root=folder))
    return found.packages[0].bundles


@pytest.mark.parametrize(
    ('folder', 'settings', 'nodes', 'expected'),
    [
        # A build hook that runs a script of a package.json: beside the manifest, or where its `path` says.
        ('.', JUPYTER, ('',), ('package.json',)),
        ('.', JUPYTER + PATH.format('js'), ('js/',), ('js/package.json',)),
        ('py', WHEEL + WHEEL_PATH.format('../js'), ('js/',), ('js/package.json',)),
        ('.', JUPYTER.replace('npm_builder', 'other'), ('',), ()),
        ('.', JUPYTER, ('js/',), ()),
        ('.', JUPYTER + PATH.format('../js'), ('js/',), ()),
        # Files and folders from elsewhere: https://hatch.pypa.io/latest/config/build/#forced-inclusion.
        (
            'py',
            '[tool.hatch.build.targets.wheel.force-include]\n"../web/dist" = "app/static"\n',
            ('web/',),
            ('web/package.json',),
        ),
        (
            'py',
            '[tool.hatch.build.force-include]\n"../web/dist/app.js" = "app/app.js"\n',
            ('web/',),
            ('web/package.json',),
        ),
        (
            '.',
            '[tool.hatch.build.force-include]\n"web/ui/dist" = "app/ui"\n',
            ('web/ui/', 'web/'),
            ('web/ui/package.json',),
        ),
        ('.', '[tool.hatch.build.force-include]\nweb = "app/web"\n', ('web/',), ('web/package.json',)),
        (
            '.',
            '[tool.hatch.build.force-include]\n"a/dist" = "a"\n"b/dist" = "b"\n',
            ('a/', 'b/'),
            ('a/package.json', 'b/package.json'),
        ),
        # What version control ignores: https://hatch.pypa.io/latest/config/build/#artifacts.
        (
            '.',
            '[tool.hatch.build]\nartifacts = ["src/app/web/dist/*.js"]\n',
            ('src/app/web/',),
            ('src/app/web/package.json',),
        ),
        ('.', '[tool.hatch.build.targets.wheel]\nartifacts = ["/web/dist/"]\n', ('web/',), ('web/package.json',)),
        # The wheel's own keys replace those for all targets.
        (
            '.',
            '[tool.hatch.build]\nartifacts = ["a/dist"]\n[tool.hatch.build.targets.wheel]\nartifacts = ["b/dist"]\n',
            ('a/', 'b/'),
            ('b/package.json',),
        ),
        # A package.json around the package says nothing of what is in it.
        ('.', '[tool.hatch.build]\nartifacts = ["src/app/static/*"]\n', ('',), ()),
        ('py', '[tool.hatch.build]\nartifacts = ["app/static/*"]\n', ('', 'py/'), ()),
        ('tools/py', '[tool.hatch.build.force-include]\n"../data.json" = "app/data.json"\n', ('tools/', ''), ()),
        ('.', '[tool.hatch.build]\nartifacts = ["*.so", "!web/dist/*.map", "/"]\n', ('web/',), ()),
        ('.', '[tool.hatch.build.force-include]\n"../web/dist" = "app"\n"/usr/lib/x" = "x"\n', ('web/',), ()),
        ('.', '[tool.hatch.build.targets.sdist.force-include]\n"web/dist" = "app"\n', ('web/',), ()),
    ],
)
def test_the_settings_of_hatchling_tell_what_a_wheel_takes_in(
    folder: str, settings: str, nodes: tuple[str, ...], expected: tuple[str, ...]
) -> None:
    """Each form that its documentation has; what only may be so is nothing."""
    assert bundles(folder, HATCH + settings, *nodes) == expected


def test_hatch_toml_counts_as_hatchling_has_it() -> None:
    """Its keys replace those of [tool.hatch]."""
    more = {'hatch.toml': '[build.force-include]\n"b/dist" = "b"\n'}
    settings = '[tool.hatch.build.force-include]\n"a/dist" = "a"\n'
    assert bundles('.', HATCH + settings, 'a/', 'b/', more=more) == ('b/package.json',)


def test_the_settings_of_another_backend_are_not_read() -> None:
    """Whatever stands in its table."""
    text = f'{HEAD}[tool.hatch.build.force-include]\n"web/dist" = "app"\n'
    assert bundles('.', text, 'web/') == ()


WEB = ', web: {ecosystem: js, root: web, tag: "web-{version}"}'


@pytest.mark.parametrize(
    ('web', 'expected'), [(WEB, (Dependency('web:ui', EdgeKind.BUILD, where='needs'),)), ('', ())], ids=['both', 'one']
)
def test_what_a_wheel_takes_in_is_an_edge_between_the_workspaces(web: str, expected: tuple[Dependency, ...]) -> None:
    """So that the wheel is released with it; a package that is in no workspace of release.yaml is none."""
    text = f'version: 1\nworkspaces: {{py: {{ecosystem: python, root: py}}{web}}}\n'
    spec = load(text, 'release.yaml', Known(KINDS)).spec
    manifest = HATCH + '[tool.hatch.build.targets.wheel.force-include]\n"../web/dist" = "app/static"\n'
    files = MemoryFiles({'py/pyproject.toml': manifest.encode(), 'web/package.json': NODE.encode()})
    assert anyio.run(discover_in, spec, files).workspace.by_id['py:app'].dependencies == expected
