# SPDX-License-Identifier: Apache-2.0
"""What a release does to the packages that need it, on manifests as the ecosystems have them."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

import anyio
import pytest

from releasekit.core.commits import RawCommit, parse
from releasekit.core.decide import decide
from releasekit.core.history import History, Released
from releasekit.core.plan import Base, Inputs, Plan
from releasekit.ecosystems import KINDS, schemes
from releasekit.run.discover import discover_in
from releasekit.run.planning import allows
from releasekit.spec.kinds import Known
from releasekit.spec.load import load
from releasekit.steps.base import Run
from releasekit.steps.pin import require
from releasekit.steps.texts import Texts
from releasekit.testing.files import MemoryFiles

FEAT, BREAK = 'feat: x', 'feat!: x'


@dataclasses.dataclass(frozen=True)
class Site:
    """A workspace of an ecosystem: `tree` with a core, and `app` a manifest that requires it as `{}` says."""

    ecosystem: str
    tree: Mapping[str, str]
    path: str
    app: str

    def released(
        self, requirement: str, commit: str, propagate: str, pin: str | None = None
    ) -> tuple[dict[str, str], str]:
        """What is released where core has had a commit, by name, and what the app's manifest says then."""
        rules = f'version: {{propagate: {propagate}}}' + (f', pin: {pin}' if pin else '')
        text = f'version: 1\nworkspaces: {{x: {{ecosystem: {self.ecosystem}, {rules}}}}}\n'
        spec = load(text, 'release.yaml', Known(KINDS)).spec
        tree = {path: content.encode() for path, content in {**self.tree, self.path: self.app}.items()}
        tree[self.path] = self.app.replace('{}', requirement).encode()
        workspace = anyio.run(discover_in, spec, MemoryFiles(tree)).workspace
        known = {package.id: Released('1.0.0', package.id, 'c', 'c') for package in workspace.packages}
        core = next(package.id for package in workspace.packages if package.name.endswith('core'))
        commits = {core: (parse(RawCommit('0000001', (), 'A', commit, ()), {}),)}
        history = History(schemes(spec), known, known, commits, commits)
        decision = decide(spec, workspace, history, Inputs(), allows)
        plan = Plan('1', 'd', '2026-11-23', 0, Inputs(), Base('c', 'main'), decision.packages, decision.unchanged)
        run = Run(spec, workspace, plan, tree)
        texts = Texts(run)
        require(run, texts, exact=False)
        return {each.name.rpartition('/')[2]: each.next for each in decision.packages}, texts.read(self.path)


PYTHON = Site(
    'python',
    {
        'pyproject.toml': '[tool.uv.workspace]\nmembers = ["core", "app"]\n',
        'core/pyproject.toml': '[project]\nname = "core"\nversion = "1.0.0"\n',
    },
    'app/pyproject.toml',
    '[project]\nname = "app"\nversion = "1.0.0"\n{}\n[tool.uv.sources]\ncore = {workspace = true}\n',
)
JS = Site(
    'js',
    {
        'package.json': '{"name": "root", "version": "0.0.0", "private": true, "workspaces": ["core", "app"]}\n',
        'package-lock.json': '{"lockfileVersion": 3, "packages": {}}\n',
        'core/package.json': '{"name": "core", "version": "1.0.0"}\n',
    },
    'app/package.json',
    '{"name": "app", "version": "1.0.0", {}}\n',
)
RUST = Site(
    'rust',
    {
        'Cargo.toml': '[workspace]\nmembers = ["core", "app"]\nresolver = "2"\n',
        'core/Cargo.toml': '[package]\nname = "core"\nversion = "1.0.0"\n',
    },
    'app/Cargo.toml',
    '[package]\nname = "app"\nversion = "1.0.0"\n\n{}\n',
)
NO: dict[str, str] = {}
YES = {'app': '1.0.1'}


def py(requirement: str) -> str:
    return f'dependencies = ["{requirement}"]'


def js(kind: str, requirement: str) -> str:
    return f'"{kind}": {{"core": "{requirement}"}}'


def rs(kind: str, requirement: str) -> str:
    return f'[{kind}]\ncore = {{path = "../core", version = "{requirement}"}}'


@pytest.mark.parametrize(
    ('site', 'before', 'commit', 'rules', 'app', 'after'),
    [
        # range: nothing happens inside of it; outside the dependent is released, and requires what it can get.
        (PYTHON, py('core>=1,<2'), FEAT, 'range', NO, py('core>=1,<2')),
        (PYTHON, py('core>=1,<2'), BREAK, 'range', YES, py('core>=2.0.0')),
        (PYTHON, py('core>=1,<2'), BREAK, 'range keep', YES, py('core>=2.0.0')),
        (PYTHON, py('core~=1.0'), BREAK, 'range compatible', YES, py('core>=2.0.0,<3')),
        (PYTHON, py('core'), BREAK, 'range', NO, py('core')),
        (JS, js('dependencies', '^1.0.0'), FEAT, 'range', NO, js('dependencies', '^1.0.0')),
        (JS, js('dependencies', '^1.0.0'), BREAK, 'range', YES, js('dependencies', '^2.0.0')),
        (JS, js('dependencies', '~1.0.0'), FEAT, 'range', YES, js('dependencies', '~1.1.0')),
        (JS, js('dependencies', '1.0.0'), FEAT, 'range', YES, js('dependencies', '1.1.0')),
        (JS, js('peerDependencies', '^1.0.0'), FEAT, 'range', NO, js('peerDependencies', '^1.0.0')),
        (
            JS,
            js('peerDependencies', '^1.0.0'),
            BREAK,
            'range',
            {'app': '2.0.0'},
            js('peerDependencies', '^2.0.0'),
        ),
        (
            RUST,
            rs('dependencies', '1.0'),
            FEAT,
            'range',
            NO,
            'version = "1.0"',
        ),
        (
            RUST,
            rs('dependencies', '1.0'),
            BREAK,
            'range',
            YES,
            'version = "2.0"',
        ),
        (
            RUST,
            rs('dependencies', '=1.0.0'),
            FEAT,
            'range',
            YES,
            'version = "=1.1.0"',
        ),
        # patch: every release is followed; what is required changes as `pin` says.
        (PYTHON, py('core>=1,<2'), FEAT, 'patch', YES, py('core>=1.1.0,<2')),
        (JS, js('dependencies', '^1.0.0'), FEAT, 'patch', YES, js('dependencies', '^1.0.0')),
        # none: nobody follows, and yet the workspace can be installed.
        (PYTHON, py('core<2'), BREAK, 'none', NO, py('core>=2.0.0')),
        (JS, js('dependencies', '^1.0.0'), BREAK, 'none', NO, js('dependencies', '^2.0.0')),
        # What only development needs is never a reason, and is rewritten where it would not fit.
        (PYTHON, '[dependency-groups]\ndev = ["core>=1"]', FEAT, 'patch', NO, 'dev = ["core>=1"]'),
        (PYTHON, '[dependency-groups]\ndev = ["core<2"]', BREAK, 'patch', NO, 'dev = ["core>=2.0.0"]'),
        (JS, js('devDependencies', '^1.0.0'), FEAT, 'patch', NO, js('devDependencies', '^1.0.0')),
        (JS, js('devDependencies', '^1.0.0'), BREAK, 'patch', NO, js('devDependencies', '^2.0.0')),
        (
            RUST,
            rs('dev-dependencies', '1.0'),
            BREAK,
            'patch',
            NO,
            'version = "2.0"',
        ),
        # What builds or extends the dependent is in what its users get.
        (PYTHON, '[build-system]\nrequires = ["core<2"]', BREAK, 'range', YES, 'requires = ["core>=2.0.0"]'),
        (
            PYTHON,
            '[project.optional-dependencies]\nx = ["core<2"]',
            BREAK,
            'range',
            YES,
            'x = ["core>=2.0.0"]',
        ),
        (JS, js('optionalDependencies', '^1.0.0'), BREAK, 'range', YES, '"core": "^2.0.0"'),
        (
            RUST,
            rs('build-dependencies', '1.0'),
            BREAK,
            'range',
            YES,
            'version = "2.0"',
        ),
    ],
)
def test_dependents_follow_by_what_their_manifests_require(
    site: Site, before: str, commit: str, rules: str, app: dict[str, str], after: str
) -> None:
    """Who is released, by how much, and what the requirement has become."""
    released, text = site.released(before, commit, *rules.split())
    assert released == {'core': '1.1.0' if commit == FEAT else '2.0.0', **app}
    assert after in text
