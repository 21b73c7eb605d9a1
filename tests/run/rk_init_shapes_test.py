# SPDX-License-Identifier: Apache-2.0
"""`init` in repositories of many shapes: the release.yaml that it writes, and that this plans with no edit.

What it writes is in tests/init; UPDATE_STORIES=1 writes it anew.
"""

from __future__ import annotations

import dataclasses
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from releasekit.testing.workspace import Sandbox, make_repository

GOLDEN = Path(__file__).parents[1] / 'init'
RELEASEKIT = str(Path(sys.executable).parent / 'releasekit')
UPDATE = 'UPDATE_STORIES' in os.environ
BUILD = '[build-system]\nrequires = ["hatchling"]\nbuild-backend = "hatchling.build"\n'


@dataclasses.dataclass(frozen=True)
class Shape:
    """A repository: its files, the tags that were made one commit after the other, and the address of its remote.

    `released` is what the plan must read from the tags, by package; None for what was never released.
    """

    files: Mapping[str, str]
    tags: tuple[str, ...] = ()
    remote: str = 'https://github.com/acme/mono.git'
    released: Mapping[str, str | None] = dataclasses.field(default_factory=dict)


def project(name: str, version: str = '1.2.3', more: str = '') -> str:
    """A pyproject.toml that uv builds."""
    return f'[project]\nname = "{name}"\nversion = "{version}"\n{more}\n{BUILD}'


def manifest(name: str, version: str = '1.2.3', **more: object) -> str:
    """A package.json."""
    return json.dumps({'name': name, 'version': version, **more}, indent=2) + '\n'


def crate(name: str, version: str = '1.2.3', more: str = '') -> str:
    """A Cargo.toml."""
    return f'[package]\nname = "{name}"\nversion = "{version}"\nedition = "2021"\n{more}'


TWO_WHEELS = {
    'pyproject.toml': '[tool.uv.workspace]\nmembers = ["packages/*"]\n',
    'packages/core/pyproject.toml': project('core'),
    'packages/cli/pyproject.toml': project(
        'cli', '0.4.0', 'dependencies = ["core"]\n[tool.uv.sources]\ncore = {workspace = true}\n'
    ),
}
TWO_NODES = {
    'package.json': manifest('root', '0.0.0', private=True, workspaces=['packages/*']),
    'package-lock.json': '{"lockfileVersion": 3, "packages": {}}\n',
    'packages/a/package.json': manifest('@acme/a'),
    'packages/b/package.json': manifest('@acme/b', dependencies={'@acme/a': '^1.0.0'}),
}
UPLOAD = """\
on: push
permissions: {id-token: write}
jobs:
  release:
    steps:
      - uses: pypa/gh-action-pypi-publish@release/v1
"""
NPM_CI = """\
jobs:
  release:
    steps:
      # - run: npm publish --registry https://old.example/
      - run: pnpm changeset publish
        env:
          NPM_TOKEN: ${{ secrets.NPM_TOKEN }}
"""

SHAPES: dict[str, Shape] = {
    'single-package': Shape({'pyproject.toml': project('solo', '0.1.0')}, released={'solo': None}),
    'uv-workspace': Shape(TWO_WHEELS, released={'core': None, 'cli': None}),
    'workspace-in-a-subfolder': Shape(
        {
            'README.md': 'Two halves\n',
            **{f'backend/{path}': text for path, text in TWO_WHEELS.items()},
            'backend/packages/core/CHANGES.md': '# Changes\n',
            'website/package.json': manifest('website', private=True),
        },
        remote='git@gitlab.com:acme/halves.git',
    ),
    'tags-of-another-tool': Shape(
        {
            'pyproject.toml': project(
                'solo',
                '1.3.0',
                '\n[dependency-groups]\ndev = ["pytest>=8", "ruff"]\n\n'
                '[tool.semantic_release]\ntag_format = "v{version}"\n',
            ),
            'CHANGELOG.md': '# Changes\n',
            '.github/workflows/release.yml': UPLOAD,
        },
        ('v1.1.0', 'v1.2.0', 'v1.3.0'),
        released={'solo': '1.3.0'},
    ),
    'calendar-versions': Shape(
        {'pyproject.toml': project('solo', '2026.08.0')}, ('v2026.06.3', 'v2026.08.0'), released={'solo': '2026.08.0'}
    ),
    'bare-versions': Shape({'pyproject.toml': project('solo')}, ('1.2.2', '1.2.3'), released={'solo': '1.2.3'}),
    'release-prefix': Shape({'pyproject.toml': project('solo')}, ('release-1.2.3',), released={'solo': '1.2.3'}),
    'mixed-formats': Shape(
        {'pyproject.toml': project('solo', '1.1.0')}, ('0.9.0', '1.0.0', 'v1.1.0'), released={'solo': '1.1.0'}
    ),
    'named-otherwise': Shape(
        {'package.json': manifest('@acme/button')}, ('button-v1.2.3',), released={'@acme/button': '1.2.3'}
    ),
    'folder-tags': Shape(
        TWO_WHEELS, ('packages/cli/v0.4.0', 'packages/core/v1.2.3'), released={'core': '1.2.3', 'cli': '0.4.0'}
    ),
    'changesets': Shape(
        {
            **{path: text for path, text in TWO_NODES.items() if path.startswith('packages/')},
            'package.json': manifest(
                'root', '0.0.0', private=True, scripts={'test': 'node --test', 'lint': 'eslint .'}
            ),
            'pnpm-workspace.yaml': 'packages: ["packages/*"]\n',
            'pnpm-lock.yaml': "lockfileVersion: '9.0'\n",
            '.changeset/config.json': '{}\n',
            '.changeset/README.md': '# Changesets\n',
            '.changeset/brave-cats-run.md': '---\n"@acme/a": minor\n---\n\nCats run\n',
            '.github/workflows/release.yml': NPM_CI,
            'packages/a/CHANGELOG.md': '# a\n',
        },
        ('@acme/a@1.2.2', '@acme/a@1.2.3', '@acme/b@1.2.3'),
        released={'@acme/a': '1.2.3', '@acme/b': '1.2.3'},
    ),
    'lerna-lockstep': Shape(
        {**TWO_NODES, 'lerna.json': '{"version": "1.2.3"}\n'},
        ('v1.2.2', 'v1.2.3'),
        released={'@acme/a': '1.2.3', '@acme/b': '1.2.3'},
    ),
    'named-lockstep': Shape(
        {**TWO_WHEELS, 'packages/cli/pyproject.toml': project('cli')},
        ('core-v1.2.2', 'cli-v1.2.2', 'core-v1.2.3', 'cli-v1.2.3'),
        released={'core': '1.2.3', 'cli': '1.2.3'},
    ),
    'github-packages': Shape(
        {
            'package.json': manifest(
                'root', '0.0.0', private=True, workspaces=['packages/*'], packageManager='yarn@4.6.0'
            ),
            '.npmrc': '@acme:registry=https://npm.pkg.github.com\n//npm.pkg.github.com/:_authToken=${GITHUB_TOKEN}\n',
            'packages/a/package.json': manifest('@acme/a'),
            'packages/open/package.json': manifest('open', publishConfig={'registry': 'https://registry.npmjs.org'}),
            'packages/tool/package.json': manifest('tool', private=True),
        }
    ),
    'cargo-workspace': Shape(
        {
            'Cargo.toml': '[workspace]\nresolver = "2"\nmembers = ["crates/*"]\n',
            'crates/core/Cargo.toml': crate('core'),
            'crates/core/tests/all.rs': '#[test]\nfn all() {}\n',
            'crates/xtask/Cargo.toml': crate('xtask', '0.0.0', 'publish = false\n'),
            'release-plz.toml': '[workspace]\n',
        },
        ('core-v1.2.3',),
        released={'core': '1.2.3'},
    ),
    'private-crates': Shape(
        {
            'Cargo.toml': crate('gear', more='publish = ["forge"]\n'),
            '.cargo/config.toml': '[registries.forge]\nindex = "sparse+https://crates.acme.example/index/"\n',
        }
    ),
    'go-modules': Shape(
        {
            'go.mod': 'module github.com/acme/mono\n\ngo 1.22\n',
            'client/go.mod': 'module github.com/acme/mono/client\n\ngo 1.22\n',
            'client/client_test.go': 'package client\n',
            'examples/demo/go.mod': 'module github.com/acme/mono/examples/demo\n\ngo 1.22\n',
            'vendor/other/go.mod': 'module other.example/x\n',
            '.goreleaser.yaml': 'version: 2\n',
        },
        ('v0.3.0', 'client/v0.4.1'),
        released={'github.com/acme/mono': '0.3.0', 'github.com/acme/mono/client': '0.4.1'},
    ),
    'maturin': Shape(
        {
            'Cargo.toml': crate('gauge', '0.3.0'),
            'src/lib.rs': '',
            'pyproject.toml': '[project]\nname = "gauge"\ndynamic = ["version"]\n\n[build-system]\n'
            'requires = ["maturin>=1.7,<2"]\nbuild-backend = "maturin"\n',
        },
        ('v0.3.0',),
        released={'gauge': '0.3.0'},
    ),
    'two-single-packages': Shape(
        {
            'services/ingest/pyproject.toml': project('ingest', '2.0.0'),
            'services/query/pyproject.toml': project('query', '3.1.0'),
        },
        ('ingest-v2.0.0', 'query-v3.1.0'),
        released={'ingest': '2.0.0', 'query': '3.1.0'},
    ),
    'two-ecosystems': Shape(
        {
            'pyproject.toml': project('acme'),
            'web/package.json': manifest('@acme/web', '0.5.0'),
            'package.json': manifest('hooks', private=True),
        },
        ('v1.2.2', 'v1.2.3'),
        released={'acme': '1.2.3', '@acme/web': None},
    ),
    'private-index': Shape(
        {
            'pyproject.toml': project(
                'inner',
                more='\n[[tool.uv.index]]\nname = "acme"\nurl = "https://pypi.acme.example/simple/"\n'
                'publish-url = "https://pypi.acme.example/legacy/"\n',
            )
        },
        remote='ssh://git@git.acme.example:2222/inner.git',
    ),
    'plain-app': Shape({'pyproject.toml': project('site').replace(BUILD, '')}),
    'two-indexes': Shape(
        {
            'pyproject.toml': project(
                'inner',
                more='\n[[tool.uv.index]]\nname = "team"\nurl = "http://index.team.example/simple/"\n'
                'publish-url = "http://index.team.example/legacy/"\n'
                '\n[[tool.uv.index]]\nname = "all"\nurl = "https://index.example/simple/"\n'
                'publish-url = "https://index.example/legacy/"\n',
            ),
            'pytest.ini': '[pytest]\n',
        },
        remote='',
    ),
    'token-in-ci': Shape(
        {
            'pyproject.toml': project('solo', more='[project.optional-dependencies]\ntest = ["pytest"]\n'),
            '.gitlab-ci.yml': 'release:\n  script:\n    - TWINE_PASSWORD=$PYPI_TOKEN twine upload dist/*\n',
            'HISTORY.rst': '',
        },
        ('v1.2.3',),
        remote='https://gitlab.acme.example/solo.git',
        released={'solo': '1.2.3'},
    ),
    'scripts': Shape(
        {
            'web/package.json': manifest('ui', scripts={'build': 'tsc', 'prepack': 'echo', 'test': 'node --test'}),
            'web/package-lock.json': '{"lockfileVersion": 3, "packages": {}}\n',
            '.releaserc.json': '{}\n',
        },
        remote='https://git.acme.example/ui.git',
    ),
    'two-go-workspaces': Shape(
        {
            'a/go.work': 'go 1.22\n\nuse ./x\n',
            'a/x/go.mod': 'module acme.example/a/x\n\ngo 1.22\n',
            'b/go.mod': 'module acme.example/b\n\ngo 1.22\n',
        },
        ('b/v0.2.0',),
        released={'acme.example/a/x': None, 'acme.example/b': '0.2.0'},
    ),
    'other-folders': Shape(
        {
            **TWO_WHEELS,
            'pyproject.toml': f'{project("mono", "0.0.0").replace(BUILD, "")}\n[tool.uv.workspace]\n'
            'members = ["packages/*", "examples/*"]\nexclude = ["packages/attic"]\n',
            'packages/attic/pyproject.toml': project('attic'),
            'examples/hello/pyproject.toml': project('hello', more='classifiers = ["Private :: Do Not Upload"]\n'),
            'tests/fixtures/pyproject.toml': project('fixture'),
            'node_modules/x/package.json': manifest('x'),
            'android/build.gradle.kts': '',
            'app/pubspec.yaml': 'name: app\n',
            'tools/poetry/pyproject.toml': '[tool.poetry]\nname = "old"\n',
        }
    ),
}


def build(folder: Path, shape: Shape) -> Sandbox:
    """The repository of a shape; a tag is of a commit that touches every package."""
    repository = make_repository(folder, shape.files, 'feat: begin')
    for tag in shape.tags:
        repository.commit(f'chore: before {tag}')
        repository.tag(tag)
    if shape.remote:
        repository.git('remote', 'add', 'origin', shape.remote)
    return repository


def run(repository: Sandbox, *argv: str) -> subprocess.CompletedProcess[str]:
    """Run the console script in a repository, with nobody there to answer."""
    return subprocess.run(
        [RELEASEKIT, *argv],
        cwd=repository.root,
        env=os.environ,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(autouse=True)
def _cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv('XDG_CACHE_HOME', str(tmp_path / 'cache'))


@pytest.mark.parametrize('name', SHAPES)
def test_what_is_written_is_what_a_person_would_write(name: str, tmp_path: Path) -> None:
    """It plans with no edit, with the versions that the tags say are released; nothing else is in the tree."""
    shape = SHAPES[name]
    repository = build(tmp_path / 'repository', shape)
    done = run(repository, 'init', '--yes')
    assert done.returncode == 0, done.stderr
    written = (repository.root / 'release.yaml').read_text()
    assert repository.git('status', '--porcelain') == '?? release.yaml'
    # Asked for a release, a package says what its last one was.
    asked = [f'--bump={package}=minor' for package, version in shape.released.items() if version is not None]
    planned = run(repository, 'plan', '--format', 'json', *asked)
    assert planned.returncode == 0, planned.stderr
    found = {package['name']: package['released'] for package in json.loads(planned.stdout)['packages']}
    assert {package: found[package] for package in shape.released} == shape.released
    if UPDATE:
        (GOLDEN / f'{name}.yaml').write_text(written)
    assert (GOLDEN / f'{name}.yaml').read_text() == written
