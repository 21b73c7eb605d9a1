# SPDX-License-Identifier: Apache-2.0
"""What repositories of Go modules showed: modules within modules, and a release.yaml that fits nothing."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import anyio
import pytest

from releasekit.errors import Code, ReleaseKitError, Severity
from releasekit.run.discover import Discovered, discover_in
from releasekit.run.store import RunFolder
from releasekit.spec.model import PackageOverride, Spec, VersionRules, WorkspaceSpec
from releasekit.testing import toolchains
from releasekit.testing.files import MemoryFiles
from releasekit.testing.goproxy import HOST
from releasekit.testing.scene import scene
from releasekit.testing.sites_go import SITE

# The root is a module, another is within it, and a third within that has capitals in its path.
NESTED = {
    'go.mod': f'module {HOST}\n\ngo 1.21\n\nrequire {HOST}/lib v0.0.0\n',
    'root.go': f'package root\n\nimport _ "{HOST}/lib"\n',
    'lib/go.mod': f'module {HOST}/lib\n\ngo 1.21\n',
    'lib/lib.go': 'package lib\n',
    'lib/Deep/go.mod': f'module {HOST}/lib/Deep\n\ngo 1.21\n',
    'lib/Deep/deep.go': 'package deep\n',
}


def test_no_package_has_its_files_in_the_folder_of_another(tmp_path: Path) -> None:
    """What does not belong to a package is removed from its folder, while others are built."""
    folder = RunFolder(tmp_path)
    outer, inner = folder.artifacts('go:example.com/m'), folder.artifacts('go:example.com/m/sub')
    assert outer not in inner.parents
    assert outer != inner


@pytest.mark.slow
@pytest.mark.skipif(bool(toolchains.missing(SITE)), reason=toolchains.missing(SITE))
def test_modules_within_modules_are_released_together(tmp_path: Path) -> None:
    """Each has its own files, and the proxy has all of them."""
    with scene(tmp_path, dataclasses.replace(SITE, files=NESTED)) as stage:
        done = stage.run('release', '--yes')
        assert done.returncode == 0, done.stdout + done.stderr
        tags = {ref.removeprefix('refs/tags/') for ref in stage.refs() if ref.startswith('refs/tags/')}
        assert tags == {'v0.1.0', 'lib/v0.1.0', 'lib/Deep/v0.1.0'}
        assert len(stage.artifacts()) == 9


def found(rules: WorkspaceSpec) -> Discovered:
    files = {'package.json': json.dumps({'name': 'ant', 'version': '1.0.0'}).encode()}
    return anyio.run(discover_in, Spec(1, {'ws': rules}), MemoryFiles(files))


def test_an_override_that_fits_no_package_is_warned_of() -> None:
    """Or else what it says would be missed by nobody before the release."""
    assert found(WorkspaceSpec('js', packages={'a*': PackageOverride()})).warnings == ()
    (warning,) = found(WorkspaceSpec('js', packages={'antt': PackageOverride()})).warnings
    assert (warning.code, warning.severity) == (Code.SPEC_UNUSED, Severity.WARNING)
    assert '`ant`' in warning.hint


def test_a_scheme_that_an_ecosystem_cannot_take_is_refused() -> None:
    """1.0.0rc1 is no version to npm, cargo and go, whatever release.yaml says."""
    assert found(WorkspaceSpec('js', version=VersionRules(scheme='semver'))).workspace.packages
    with pytest.raises(ReleaseKitError) as caught:
        found(WorkspaceSpec('js', version=VersionRules(scheme='pep440')))
    assert caught.value.code is Code.SPEC_INVALID
