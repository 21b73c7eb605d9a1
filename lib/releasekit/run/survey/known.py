# SPDX-License-Identifier: Apache-2.0
"""Tables of what `init` knows by name: folders that are passed over, and files of other tools."""

from __future__ import annotations

import fnmatch
from collections.abc import Iterable, Iterator, Mapping

from releasekit.migrations import TOOLS

# In these nobody keeps what is released from here; a workspace that names a member there is another matter.
_ASIDE = frozenset(
    {
        'benchmark', 'benchmarks', 'bench', 'build', 'demo', 'demos', 'dist', 'doc', 'docs', 'e2e', 'example',
        'examples', 'fixture', 'fixtures', 'node_modules', 'playground', 'sample', 'samples', 'target', 'template',
        'templates', 'test', 'testdata', 'tests', 'third_party', 'third-party', 'vendor', 'vendored', 'website',
        '__tests__',
    }
)  # fmt: skip
# Ecosystems of the format that are not there yet, by the files that give them away.
COMING: Mapping[str, str] = {
    'pom.xml': 'jvm',
    'build.gradle': 'jvm',
    'build.gradle.kts': 'jvm',
    'pubspec.yaml': 'dart',
    'MODULE.bazel': 'bazel',
    'project.clj': 'clojure',
    'deps.edn': 'clojure',
}
# The tool whose files say by how much versions are raised, as `commits.convention` names it too.
CHANGESETS = 'changesets'
# Release tools by the path of what configures them: those that can be migrated from, and others. What stands in
# manifests is told by the surveys of their ecosystems.
_RIVALS: Mapping[str, str] = {
    **{glob: tool.name for tool in TOOLS.values() for glob in tool.files},
    '.goreleaser.yaml': 'goreleaser',
    '.goreleaser.yml': 'goreleaser',
    'goreleaser.yaml': 'goreleaser',
    'goreleaser.yml': 'goreleaser',
    '.versionrc': 'standard-version',
    '.versionrc.*': 'standard-version',
    'cliff.toml': 'git-cliff',
}
# What CI services read: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax and
# https://docs.gitlab.com/ci/yaml/; the other two by their own names.
_CI = ('.github/workflows/*.y*ml', '.gitlab-ci.yml', '.circleci/config.yml', 'azure-pipelines.yml', '.travis.yml')


def aside(folder: str) -> bool:
    """Whether a folder is, or lies in, one that is passed over."""
    parts = () if folder == '.' else folder.split('/')
    return any(part in _ASIDE or part[0] in '._' for part in parts)


def rivals(paths: Iterable[str]) -> Iterator[tuple[str, str]]:
    """The release tools that files of the root configure, with the first file of each."""
    seen: set[str] = set()
    for path in paths:
        tool = next((tool for glob, tool in _RIVALS.items() if fits(path, glob)), None)
        if tool is not None and tool not in seen:
            seen.add(tool)
            yield tool, path


def is_ci(path: str) -> bool:
    """Whether a file is one that a CI service reads."""
    return any(fits(path, glob) for glob in _CI)


def fits(path: str, glob: str) -> bool:
    """Whether a path fits a glob whose `*` stays inside one folder."""
    return path.count('/') == glob.count('/') and fnmatch.fnmatchcase(path, glob)
