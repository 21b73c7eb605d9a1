# SPDX-License-Identifier: Apache-2.0
"""A group of packages of several ecosystems, released from a real repository."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from releasekit.testing.workspace import Sandbox, bare_refs, isolated, make_repository

RELEASEKIT = str(Path(sys.executable).parent / 'releasekit')
SPEC = """\
version: 1
workspaces:
  py:
    ecosystem: python
    root: py
    changelog: false
    umbrella_tag: "v{version}"
    groups: {product: {packages: ["*", "rs:*"], versioning: fixed}}
  rs:
    ecosystem: rust
    root: rs
    changelog: false
    tag: "crates/{name}-{version}"
    umbrella_tag: "v{version}"
tasks:
  release: {steps: [bump, commit, tag, push]}
"""
FILES = {
    'release.yaml': SPEC,
    'py/pyproject.toml': '[project]\nname = "product"\nversion = "1.0.0"\n',
    'py/product.py': '',
    'rs/Cargo.toml': '[package]\nname = "product-core"\nversion = "1.0.0"\n',
    'rs/src/lib.rs': '',
}


@pytest.fixture
def sandbox(tmp_path: Path) -> Sandbox:
    """Two packages that were released together as 1.0.0, and a feature of one of them since."""
    found = make_repository(tmp_path / 'work', FILES)
    found.add_remote(tmp_path / 'remote.git')
    for tag in ('v1.0.0', 'product-v1.0.0', 'crates/product-core-1.0.0'):
        found.tag(tag)
    found.commit('feat: count', {'rs/src/lib.rs': 'pub fn count() {}\n'})
    found.git('push', '--quiet', '--tags', 'origin', 'HEAD:main')
    return found


def released(sandbox: Sandbox, *arguments: str) -> Mapping[str, str]:
    """Release, and return the versions in the manifests."""
    line = [RELEASEKIT, 'release', '--yes', *arguments]
    done = subprocess.run(
        line, cwd=sandbox.root, env=isolated(os.environ), capture_output=True, text=True, check=False, timeout=300
    )
    assert done.returncode == 0, done.stdout + done.stderr
    text = sandbox.git('show', 'HEAD:release-manifest.json')
    return {package['id']: package['version'] for package in json.loads(text)['packages']}


@pytest.mark.slow
@pytest.mark.everywhere
def test_a_group_across_ecosystems_is_released_as_one(sandbox: Sandbox, tmp_path: Path) -> None:
    """A candidate in the spelling of each, then the stable version of both, under one tag of the whole."""
    assert released(sandbox, '--prerelease', 'rc') == {'py:product': '1.1.0rc1', 'rs:product-core': '1.1.0-rc.1'}
    assert 'version = "1.1.0rc1"' in (sandbox.root / 'py/pyproject.toml').read_text()
    assert 'version = "1.1.0-rc.1"' in (sandbox.root / 'rs/Cargo.toml').read_text()
    assert released(sandbox) == {'py:product': '1.1.0', 'rs:product-core': '1.1.0'}
    tags = {ref.removeprefix('refs/tags/') for ref in bare_refs(tmp_path / 'remote.git') if '/tags/' in ref}
    assert tags - {'v1.0.0', 'product-v1.0.0', 'crates/product-core-1.0.0'} == {
        'v1.1.0rc1', 'v1.1.0-rc.1', 'product-v1.1.0rc1', 'crates/product-core-1.1.0-rc.1',
        'v1.1.0', 'product-v1.1.0', 'crates/product-core-1.1.0',
    }  # fmt: skip
