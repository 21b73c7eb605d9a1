# SPDX-License-Identifier: Apache-2.0
"""What `init` sees of Go: modules and go.work, and whether there are tests. A module is published by its tag."""

from __future__ import annotations

from collections.abc import Sequence

from releasekit.core.package import Package
from releasekit.core.paths import join
from releasekit.ecosystems.survey import Details, Sighting, Survey, Trait
from releasekit.ports import Files

_WORK, _MANIFEST = 'go.work', 'go.mod'


async def look(files: Files, folder: str) -> Sighting:
    """The root of a go.work, or that of the repository where there is none anywhere."""
    work, paths = join(folder, _WORK), await files.paths()
    if work in paths:
        return Sighting(folder, work, 'go', joined=True)
    # Without any go.work the modules of a repository are found together, from its root.
    alone = any(path == _WORK or path.endswith(f'/{_WORK}') for path in paths)
    return Sighting(folder if alone else '.', join(folder, _MANIFEST), 'go')


async def detail(files: Files, sighting: Sighting, packages: Sequence[Package]) -> Details:
    """Tests of any module: https://pkg.go.dev/cmd/go#hdr-Test_packages."""
    start = '' if sighting.root == '.' else f'{sighting.root}/'
    test = next((path for path in await files.paths() if path.startswith(start) and path.endswith('_test.go')), '')
    return Details(checks=(Trait('tests', ('go', 'test', './...'), test, 'package'),) if test and packages else ())


GO_SURVEY = Survey(
    label='go', publishing=r'\bgoreleaser\b|proxy\.golang\.org', tokens='', token='', look=look, detail=detail
)
