# SPDX-License-Identifier: Apache-2.0
"""A repository of several ecosystems with all of their registries on this machine; what cannot run here is left out."""

from __future__ import annotations

import contextlib
import dataclasses
import importlib
import io
import shutil
from collections.abc import Generator, Mapping
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from releasekit import codec
from releasekit.testing import toolchains
from releasekit.testing.scene import Scene
from releasekit.testing.site import Served, Site
from releasekit.testing.workspace import make_repository

_LEFT = ('.venv', 'dist', 'node_modules', 'target', '__pycache__')


@dataclasses.dataclass(frozen=True)
class Cast:
    """The sites of the ecosystems of a release.yaml, by the workspace's label, and why others are left out."""

    sites: Mapping[str, Site]
    missing: Mapping[str, str]


def cast(spec: Path) -> Cast:
    """Which workspaces of a release.yaml can be released on this machine."""
    sites: dict[str, Site] = {}
    missing: dict[str, str] = {}
    for label, workspace in YAML(typ='safe').load(spec)['workspaces'].items():
        site: Site = importlib.import_module(f'releasekit.testing.sites_{workspace["ecosystem"]}').SITE
        if why := toolchains.missing(site):
            missing[label] = why
        else:
            sites[label] = site
    return Cast(sites, missing)


@contextlib.contextmanager
def polyglot(folder: Path, example: Path, found: Cast) -> Generator[Scene, None, None]:
    """A copy of an example as a repository with a remote, and a registry for each of its workspaces.

    Each workspace has one target, whose address and credential become those of the registry that was started. The
    registries are in folders beside the remote, `remote.git`.

    Raises:
        RuntimeError: A registry does not start.
    """
    with contextlib.ExitStack() as stack:
        served = {label: stack.enter_context(site.start(folder / label)) for label, site in found.sites.items()}
        work = folder / 'work'
        shutil.copytree(example, work, ignore=shutil.ignore_patterns(*_LEFT))
        spec = work / 'release.yaml'
        spec.write_text(addressed(spec.read_text(), served), encoding='utf-8')
        repository = make_repository(work, {}, 'feat: begin')
        yield Scene(folder, repository, repository.add_remote(folder / 'remote.git'), served)


def addressed(text: str, served: Mapping[str, Served]) -> str:
    """A release.yaml with the workspaces that have a registry, and with the registries' addresses and credentials."""
    editor = YAML(typ='rt')
    editor.preserve_quotes = True
    document = editor.load(text)
    spaces, targets = document['workspaces'], document['targets']
    for label in [label for label in spaces if label not in served]:
        for name in spaces.pop(label).get('targets', ()):
            del targets[name]
    for label, workspace in spaces.items():
        for override in workspace.get('packages', {}).values():
            _without(override, served)
        for name in workspace['targets']:
            targets[name] = codec.encode(served[label].target)
    written = io.StringIO()
    editor.dump(document, written)
    return written.getvalue()


def _without(override: Any, served: Mapping[str, Served]) -> None:  # noqa: ANN401 - YAML
    """Take out of `needs` what is in no workspace that is left."""
    needs = [id_ for id_ in override.get('needs', ()) if id_.partition(':')[0] in served]
    if needs:
        override['needs'] = needs
    else:
        override.pop('needs', None)
