# SPDX-License-Identifier: Apache-2.0
"""Dynamic versions: read where it can be done right, else refused with what to do."""

from __future__ import annotations

from collections.abc import Mapping

import anyio
import pytest

from releasekit.core.package import Package
from releasekit.ecosystems.python import PYTHON
from releasekit.errors import Code, ReleaseKitError
from releasekit.spec.model import WorkspaceSpec
from releasekit.testing.files import MemoryFiles

Tree = Mapping[str, str]

HEAD = '[project]\nname = "acme-core"\ndynamic = ["version"]\n'
HATCH = HEAD + '[build-system]\nrequires = ["hatchling"]\nbuild-backend = "hatchling.build"\n'
SETUPTOOLS = HEAD + '[build-system]\nrequires = ["setuptools"]\nbuild-backend = "setuptools.build_meta"\n'
FLIT = HEAD + '[build-system]\nrequires = ["flit_core"]\nbuild-backend = "flit_core.buildapi"\n'

READ: dict[str, tuple[Tree, str]] = {
    'hatch path': (
        {
            'pyproject.toml': HATCH + '[tool.hatch.version]\npath = "src/a/__about__.py"\n',
            'src/a/__about__.py': '# v\n__version__ = "1.2.3"\n',
        },
        'src/a/__about__.py',
    ),
    'hatch pattern': (
        {
            'pyproject.toml': HATCH + '[tool.hatch.version]\npath = "V"\npattern = \'v: (?P<version>[^\\s]+)\'\n',
            'V': 'name: a\nv: 1.2.3\n',
        },
        'V',
    ),
    'hatch.toml': (
        {
            'pyproject.toml': HATCH + '[tool.hatch.version]\nsource = "code"\n',
            'hatch.toml': '[version]\npath = "a.py"\n',
            'a.py': 'VERSION: str = "v1.2.3"\n',
        },
        'a.py',
    ),
    'setuptools file': (
        {
            'pyproject.toml': SETUPTOOLS + '[tool.setuptools.dynamic]\nversion = {file = "VERSION"}\n',
            'VERSION': '1.2.3\n',
        },
        'VERSION',
    ),
    'setuptools file in a list': (
        {
            'pyproject.toml': SETUPTOOLS + '[tool.setuptools.dynamic]\nversion = {file = ["VERSION"]}\n',
            'VERSION': '1.2.3',
        },
        'VERSION',
    ),
    'setuptools attr': (
        {
            'pyproject.toml': SETUPTOOLS + '[tool.setuptools.dynamic]\nversion = {attr = "acme.about.__version__"}\n',
            'src/acme/about.py': "from x import y\n__version__: str = '1.2.3'  # now\n",
        },
        'src/acme/about.py',
    ),
    'setuptools attr of a package': (
        {
            'pyproject.toml': SETUPTOOLS
            + '[tool.setuptools]\npackage-dir = {"" = "lib"}\n'
            + '[tool.setuptools.dynamic]\nversion = {attr = "acme.VERSION"}\n',
            'lib/acme/__init__.py': 'VERSION = "1.2.3"\n',
        },
        'lib/acme/__init__.py',
    ),
    'no build-system is setuptools': (
        {
            'pyproject.toml': HEAD + '[tool.setuptools.dynamic]\nversion = {file = "VERSION"}\n',
            'VERSION': '1.2.3\n',
        },
        'VERSION',
    ),
    'flit': ({'pyproject.toml': FLIT, 'acme_core.py': '__version__ = "1.2.3"\n'}, 'acme_core.py'),
    'flit module': (
        {
            'pyproject.toml': FLIT + '[tool.flit.module]\nname = "acme"\n',
            'src/acme/__init__.py': '"""Doc."""\n__version__ = "1.2.3"\n',
        },
        'src/acme/__init__.py',
    ),
}

FROM_TAGS: dict[str, str] = {
    'hatch-vcs': HATCH + '[tool.hatch.version]\nsource = "vcs"\n',
    'setuptools-scm table': SETUPTOOLS + '[tool.setuptools_scm]\n',
    'setuptools-scm requirement': SETUPTOOLS.replace('["setuptools"]', '["setuptools", "setuptools_scm[toml]>=8"]'),
}

_ATTR = SETUPTOOLS + '[tool.setuptools.dynamic]\nversion = {attr = "acme.v"}\n'

REFUSED: dict[str, Tree] = {
    'hatch code': {'pyproject.toml': HATCH + '[tool.hatch.version]\nsource = "code"\npath = "a.py"\n', 'a.py': ''},
    'hatch env': {'pyproject.toml': HATCH + '[tool.hatch.version]\nsource = "env"\nvariable = "V"\n'},
    'hatch plugin': {'pyproject.toml': HATCH + '[tool.hatch.version]\nsource = "uv-dynamic-versioning"\n'},
    'hatch without a table': {'pyproject.toml': HATCH},
    'hatch file missing': {'pyproject.toml': HATCH + '[tool.hatch.version]\npath = "a.py"\n'},
    'hatch file outside': {'pyproject.toml': HATCH + '[tool.hatch.version]\npath = "../a.py"\n'},
    'hatch file empty': {'pyproject.toml': HATCH + '[tool.hatch.version]\npath = "a.py"\n', 'a.py': ''},
    'hatch pattern without group': {
        'pyproject.toml': HATCH + '[tool.hatch.version]\npath = "a.py"\npattern = "v(.*)"\n',
        'a.py': 'v1',
    },
    'hatch pattern broken': {
        'pyproject.toml': HATCH + '[tool.hatch.version]\npath = "a.py"\npattern = "v("\n',
        'a.py': 'v1',
    },
    'setuptools nothing': {'pyproject.toml': SETUPTOOLS},
    'setuptools two files': {
        'pyproject.toml': SETUPTOOLS + '[tool.setuptools.dynamic]\nversion = {file = ["A", "B"]}\n',
        'A': '1',
        'B': '2',
    },
    'setuptools file of two lines': {
        'pyproject.toml': SETUPTOOLS + '[tool.setuptools.dynamic]\nversion = {file = "A"}\n',
        'A': '1\n2\n',
    },
    'attr computed': {'pyproject.toml': _ATTR, 'acme.py': 'v = ".".join("12")\n'},
    'attr set twice': {'pyproject.toml': _ATTR, 'acme.py': 'v = "1"\nv = "2"\n'},
    'attr continued': {'pyproject.toml': _ATTR, 'acme.py': 'v = "1" + x\n'},
    'attr in two modules': {'pyproject.toml': _ATTR, 'acme.py': 'v = "1"\n', 'src/acme/__init__.py': 'v = "1"\n'},
    'attr in none': {'pyproject.toml': _ATTR},
    'attr odd': {'pyproject.toml': _ATTR.replace('acme.v', '../acme.v')},
    'flit without module': {'pyproject.toml': FLIT},
    'poetry': {'pyproject.toml': HATCH.replace('hatchling', 'poetry.core.masonry.api')},
    'pdm': {'pyproject.toml': HATCH.replace('hatchling.build', 'pdm.backend')},
}


def package(tree: Tree) -> Package:
    return anyio.run(PYTHON.workspace.discover, MemoryFiles(tree), 'py', WorkspaceSpec(ecosystem='python')).packages[0]


@pytest.mark.parametrize('case', READ)
def test_a_version_in_a_file_is_read_and_written_there(case: str) -> None:
    """The place is the file that the build backend reads; only the version changes in it."""
    tree, path = READ[case]
    found = package(tree)
    place = found.places[0]
    changed = PYTHON.manifest.set_version(tree[path], place, '2.0.0rc1')

    assert (found.version, place.path) == ('1.2.3', path)
    assert changed == tree[path].replace('1.2.3', '2.0.0rc1')
    assert PYTHON.manifest.read_version(changed, place) == '2.0.0rc1'


@pytest.mark.parametrize('case', FROM_TAGS)
def test_a_version_from_a_tag_has_no_place(case: str) -> None:
    """Nothing in the tree holds it, so nothing is edited."""
    found = package({'pyproject.toml': FROM_TAGS[case]})

    assert (found.version, found.places) == (None, ())


@pytest.mark.parametrize('case', REFUSED)
def test_what_needs_code_is_refused(case: str) -> None:
    """A version is never guessed; the hint says two ways out."""
    with pytest.raises(ReleaseKitError) as caught:
        package(REFUSED[case])

    problem = caught.value.problems[0]
    assert problem.code is Code.VERSION_DYNAMIC
    assert 'acme-core' in problem.message
    assert 'pyproject.toml' in problem.hint
