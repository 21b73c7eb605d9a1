# SPDX-License-Identifier: Apache-2.0
"""Looks at a repository: its commit, tags, remotes and files. Nothing is decided here, and nothing is written."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Collection, Sequence
from pathlib import Path

from releasekit.core.commits import TagRef
from releasekit.core.forge import detect
from releasekit.core.paths import parent
from releasekit.ecosystems import ECOSYSTEMS
from releasekit.ecosystems.base import Ecosystem
from releasekit.ecosystems.survey import Sighting
from releasekit.errors import Code, fail
from releasekit.ports import Command, Files, Head, History, Shell
from releasekit.run.survey import known
from releasekit.run.survey.seen import Found, Remote, Seen
from releasekit.spec.model import Project, WorkspaceSpec
from releasekit.vcs import open_repository
from releasekit.vcs.base import Opened
from releasekit.vcs.git.command import PASSES

_ADDRESSES = ('git', 'config', '--null', '--get-regexp', r'^remote\..*\.url$')
# Enough to tell which formats are in use; the newest decide.
_MOST_TAGS = 400


async def look(root: Path, shell: Shell) -> Seen:
    """Look at the repository at a root.

    Raises:
        ReleaseKitError: `RK-GIT-NONE` where there is no commit, `RK-PACKAGES-NONE` where nothing in it can be released,
            and what is wrong with a manifest.
    """
    opened = open_repository('git', shell, root)
    head = await opened.repository.head()
    files = opened.repository.files(head.commit)
    paths = await files.paths()
    found, left = await _workspaces(files, paths)
    coming = [(name, path) for path in paths if (name := known.COMING.get(path.rpartition('/')[2])) and _near(path)]
    seen = dict(reversed(coming))
    if not found:
        raise _nothing(left, seen)
    tags, reached = await _tags(opened.history, head.commit)
    ci = await files.read([path for path in paths if known.is_ci(path)])
    rivals = dict([*known.rivals(paths), *(pair for each in found for pair in each.details.rivals.items())])
    return Seen(
        remotes=await _remotes(root, shell, opened),
        branches=await _branches(opened, head),
        tags=tags,
        reached=reached,
        paths=frozenset(paths),
        found=tuple(found),
        left=tuple(left),
        coming=tuple(sorted(seen.items())),
        rivals=tuple(sorted(rivals.items())),
        ci={path: _uncommented(content.decode('utf-8', 'replace')) for path, content in sorted(ci.items())},
    )


def _near(path: str) -> bool:
    return not known.aside(parent(path))


async def _workspaces(files: Files, paths: Sequence[str]) -> tuple[list[Found], list[tuple[str, str]]]:
    found: list[Found] = []
    left: list[tuple[str, str]] = []
    for ecosystem in ECOSYSTEMS.values():
        found += [each async for each in _of(ecosystem, files, paths, left)]
    return found, left


async def _of(
    ecosystem: Ecosystem, files: Files, paths: Sequence[str], left: list[tuple[str, str]]
) -> AsyncGenerator[Found, None]:
    """The workspaces of an ecosystem, those nearer to the root first; what is none is added to `left`."""
    covered: set[str] = set()
    above: list[Sighting] = []
    for folder in _folders(ecosystem, paths):
        if folder in covered:
            continue
        if (outer := next((each for each in above if each.joined and _below(folder, each.root)), None)) is not None:
            left.append((folder, f'it is no member of the workspace of {outer.why}'))
            continue
        sighting = await ecosystem.survey.look(files, folder)
        if sighting.refused:
            left.append((sighting.why, sighting.refused))
            continue
        spec = WorkspaceSpec(ecosystem=ecosystem.name, root=folder, tag=ecosystem.kind.tag)
        packages = (await ecosystem.workspace.discover(files, 'x', spec)).packages
        covered |= {package.path for package in packages}
        above.append(sighting)
        details = await ecosystem.survey.detail(files, sighting, packages)
        yield Found('', ecosystem, sighting, tuple(sorted(packages, key=lambda package: package.path)), details)


def _folders(ecosystem: Ecosystem, paths: Sequence[str]) -> list[str]:
    """The folders with a marker that are not passed over; a stronger marker first, then by depth and name."""
    rank = {name: number for number, name in enumerate(ecosystem.markers)}
    best: dict[str, int] = {}
    for path in paths:
        number = rank.get(path.rpartition('/')[2])
        if number is not None and _near(path):
            best[parent(path)] = min(number, best.get(parent(path), number))
    return sorted(best, key=lambda folder: (folder != '.', folder.count('/'), best[folder], folder))


def _below(folder: str, root: str) -> bool:
    return root == '.' or folder.startswith(f'{root}/')


async def _remotes(root: Path, shell: Shell, opened: Opened) -> tuple[Remote, ...]:
    told = await shell.run(Command(_ADDRESSES, cwd=root, passes=PASSES))
    found: dict[str, str] = {}
    for entry in told.stdout.decode('utf-8', 'replace').split('\0'):
        key, _, address = entry.partition('\n')
        if address:
            found.setdefault(key.removeprefix('remote.').removesuffix('.url'), address)
    return tuple(
        [
            Remote(name, await opened.remote.default_branch(name), detect(Project(), found[name]))
            for name in sorted(found)
        ]
    )


async def _branches(opened: Opened, head: Head) -> tuple[str, ...]:
    """Branches of this clone that have the commit, the one that is checked out first."""
    local = [name for name in await opened.history.branches(head.commit) if await _is_local(opened, name)]
    return tuple(dict.fromkeys([*([head.branch] if head.branch else []), *sorted(local)]))


async def _is_local(opened: Opened, name: str) -> bool:
    return await opened.repository.resolve(f'refs/heads/{name}') is not None


async def _tags(history: History, tip: str) -> tuple[tuple[str, ...], bool]:
    """The tags, newest first, and whether HEAD reaches them; those that it does not, if it reaches none."""
    tags = await history.tags(tip)
    merged = [ref for ref in tags if ref.merged]
    if not merged:
        return tuple(ref.name for ref in tags), not tags
    return tuple(await _in_order(history, tip, merged)), True


async def _in_order(history: History, tip: str, tags: Collection[TagRef]) -> list[str]:
    """The newest tags, as the walk of history meets them."""
    at: dict[str, list[str]] = {}
    for ref in tags:
        at.setdefault(ref.commit, []).append(ref.name)
    found: list[str] = []
    walk = history.log(tip, [])
    try:
        async for commit in walk:
            found += at.pop(commit.hash, ())
            if not at or len(found) >= _MOST_TAGS:
                break
    finally:
        if isinstance(walk, AsyncGenerator):
            await walk.aclose()
    return found


def _uncommented(text: str) -> str:
    return '\n'.join(line for line in text.splitlines() if not line.lstrip().startswith('#'))


def _nothing(left: Sequence[tuple[str, str]], coming: Collection[str]) -> Exception:
    wanted = ', '.join(marker for each in ECOSYSTEMS.values() for marker in each.markers)
    message = f'The commit that is checked out has nothing to release: there is none of {wanted}.'
    if left:
        told = '; '.join(f'{path}: {why}' for path, why in left[:5])
        message = f'The commit that is checked out has nothing to release. Seen: {told}.'
    if coming:
        message += f' Seen, not available yet: {", ".join(sorted(coming))}.'
    return fail(Code.PACKAGES_NONE, message, 'Commit the manifest of a package, then run `releasekit init` again.')
