# SPDX-License-Identifier: Apache-2.0
"""Carries the settings of another release tool over what `init` finds, and keeps only what is so and can be done."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Collection, Mapping, Sequence

from releasekit.backends.shell import LocalShell
from releasekit.core import written
from releasekit.core.globs import pattern
from releasekit.core.paths import join
from releasekit.core.written import Setting
from releasekit.ecosystems import ECOSYSTEMS
from releasekit.errors import Code, Place, fail
from releasekit.migrations import TOOLS
from releasekit.migrations.base import Gap, Ground, Member, Reading, Space, Tool, Work, placed
from releasekit.migrations.tree import Source
from releasekit.ports import Files
from releasekit.run.survey import known, text
from releasekit.run.survey.begin import Begun
from releasekit.run.survey.decide import decide
from releasekit.run.survey.draft import Draft, SpaceDraft
from releasekit.run.survey.formats import DEFAULT
from releasekit.spec import later
from releasekit.spec.names import nearest
from releasekit.vcs import open_repository
from releasekit.vcs.base import Opened

Found = Mapping[str, tuple[Source, ...]]


@dataclasses.dataclass(frozen=True)
class Carried:
    """The release.yaml that fits the settings of a tool, which of it came from there, and what has no equivalent."""

    tool: str
    files: tuple[str, ...]
    taken: tuple[Setting, ...]
    gaps: tuple[Gap, ...]
    text: str


async def find(begun: Begun) -> Found:
    """The files of each tool that the repository has, by the tool's name."""
    _, files = await _open(begun)
    folders = {package.path for found in begun.seen.found for package in found.packages} - {'.'}
    found: dict[str, tuple[Source, ...]] = {}
    for tool in TOOLS.values():
        names = (*tool.files, *tool.shared)
        inner = [f'{folder}/{name}' for folder in sorted(folders) if tool.inner for name in names]
        wanted = [path for glob in (*names, *inner) for path in sorted(begun.seen.paths) if known.fits(path, glob)]
        contents = await files.read(list(dict.fromkeys(wanted)))
        sources = [Source(path, contents[path].decode('utf-8', 'replace')) for path in dict.fromkeys(wanted)]
        if owned := tuple(source for source in sources if tool.owns(source)):
            found[tool.name] = owned
    return found


def choose(found: Found, asked: str) -> str:
    """The name of the tool that is migrated from: what was asked for, else the only one.

    Raises:
        ReleaseKitError: `RK-MIGRATE-NONE` where there is none, `RK-MIGRATE-SEVERAL` where there are many and none was
            asked for, `RK-USAGE` for a name that is no tool's.
    """
    if asked and asked not in TOOLS:
        near = nearest(asked, TOOLS)
        hint = f'Did you mean `--from {near}`?' if near else f'Choose one of {", ".join(TOOLS)}.'
        raise fail(Code.USAGE, f'`{asked}` is no tool that can be migrated from.', hint)
    if not asked and len(found) > 1:
        message = f'There are settings of {len(found)} release tools: {", ".join(_shown(found))}.'
        raise fail(
            Code.MIGRATE_SEVERAL, message, f'Give the one that makes the releases, as in `--from {next(iter(found))}`.'
        )
    if (not asked and not found) or (asked and asked not in found):
        wanted = ', '.join(TOOLS[asked].files if asked else dict.fromkeys(TOOLS))
        message = f'The commit that is checked out has no settings of {f"{asked}: {wanted}" if asked else wanted}.'
        raise fail(Code.MIGRATE_NONE, message, 'Commit them, or run `releasekit init`, which needs no other tool.')
    return asked or next(iter(found))


async def carry(begun: Begun, found: Found, name: str) -> Carried:
    """Make the release.yaml.

    Raises:
        ReleaseKitError: `RK-MIGRATE-INVALID` for a file that cannot be read, `RK-MIGRATE-UNKNOWN` for one whose format
            nobody knows.
    """
    tool, sources = TOOLS[name], found[name]
    if tool.refused:
        raise _refused(tool, sources)
    rivals = tuple(pair for pair in begun.seen.rivals if pair[0] != name)
    draft = decide(dataclasses.replace(begun.seen, rivals=rivals), {})
    work = Work(_ground(begun, draft))
    tool.read(work, sources)
    reading = await _checked(begun, work.ground.spaces, work.done())
    settings = _used(written.merged(text.settings(draft), reading.settings))
    head = text.head(draft, f'releasekit migrate --from {name}')
    left = [f'# No equivalent: {gap.what} ({gap.at}).' for gap in reading.gaps]
    taken = tuple(each for each in reading.settings if each.value is not written.ABSENT and each in settings)
    files = tuple(source.path for source in sources)
    return Carried(name, files, taken, reading.gaps, written.write([*head, *left], settings))


def _shown(found: Found) -> list[str]:
    return [f'{name} ({sources[0].path})' for name, sources in found.items()]


def _refused(tool: Tool, sources: Sequence[Source]) -> Exception:
    hint = 'Run `releasekit init`, which looks at the repository itself, and give what is left by hand.'
    return fail(
        Code.MIGRATE_UNKNOWN, f'{sources[0].path} cannot be migrated: {tool.refused}', hint, Place(sources[0].path)
    )


async def _open(begun: Begun) -> tuple[Opened, Files]:
    opened = open_repository('git', LocalShell(begun.environment), begun.root)
    head = await opened.repository.head()
    return opened, opened.repository.files(head.commit)


def _ground(begun: Begun, draft: Draft) -> Ground:
    spaces = tuple(_space(begun, each) for each in draft.spaces)
    return Ground(spaces, begun.seen.paths, draft.branch)


def _space(begun: Begun, space: SpaceDraft) -> Space:
    found = next(
        each for each in begun.seen.found if (each.ecosystem.name, each.sighting.root) == (space.ecosystem, space.root)
    )
    start = 0 if space.root == '.' else len(space.root) + 1
    gone = [pattern(glob) for glob in space.exclude]
    members = tuple(
        Member(
            package.name,
            package.path,
            package.version,
            package.release and space.overrides.get(package.name, {}).get('release') is not False,
        )
        for package in found.packages
        if package.release and not any(each.fullmatch(package.path[start:]) for each in gone)
    )
    fixed = ECOSYSTEMS[space.ecosystem].kind.tag != DEFAULT
    return Space(space.label, space.ecosystem, space.root, members, fixed, space.tags.tag)


async def _checked(begun: Begun, spaces: Sequence[Space], reading: Reading) -> Reading:
    """Only the settings that this version can do and the repository bears out; the others are reported."""
    opened, files = await _open(begun)
    roots = {space.label: space.root for space in spaces}
    versions = {
        space.label: {member.version for member in space.members if member.version is not None} for space in spaces
    }
    kept: list[Setting] = []
    gaps = list(reading.gaps)
    for each in reading.settings:
        if each.value is not written.ABSENT and (uses := [*later.used(written.nested(each))]):
            gaps.append(_later(each, '.'.join(str(key) for key in uses[0][0])))
        elif each.path[-2:-1] == ('files',):
            paths = _version_paths(begun, each, roots)
            texts = {path: data.decode('utf-8', 'replace') for path, data in (await files.read(paths)).items()}
            fitting = _fitting(each, texts, versions[str(each.path[1])]) if len(texts) == len(paths) else None
            gaps += [_file_gap(each, texts)] if fitting is None else []
            kept += [fitting] if fitting is not None else []
        elif each.path == ('commits', 'since') and await opened.repository.resolve(str(each.value)) is None:
            did = f'began the history at {each.value}, which is no commit here'
            gaps.append(_gap(each, did, 'Nothing is to be done where the releases have tags.'))
        else:
            kept.append(each)
    return Reading(tuple(kept), tuple(gaps))


def _version_paths(begun: Begun, setting: Setting, roots: Mapping[str, str]) -> list[str]:
    """The files that a version file stands for: one in each package where it begins with `{path}/`."""
    label, path = str(setting.path[1]), _field(setting, 'path')
    if not path.startswith('{path}/'):
        return [path if path in begun.seen.paths else join(roots[label], path)]
    inner = path.removeprefix('{path}/')
    found = [join(package.path, inner) for each in begun.seen.found for package in each.packages]
    return [each for each in found if each in begun.seen.paths]


def _field(setting: Setting, key: str) -> str:
    return str(setting.value.get(key, '')) if isinstance(setting.value, Mapping) else ''


def _fitting(setting: Setting, texts: Mapping[str, str], versions: Collection[str]) -> Setting | None:
    """A version file with the first of its patterns that finds one version in each text, and nothing else."""
    for pattern_ in setting.value['pattern'] if isinstance(setting.value, Mapping) else ():
        found = [re.findall(pattern_, content, re.MULTILINE) for content in texts.values()]
        if found and all(len(each) == 1 and (each[0] in versions or not versions) for each in found):
            return Setting(setting.path, {'path': _field(setting, 'path'), 'pattern': pattern_}, setting.why)
    return None


def _file_gap(setting: Setting, texts: Mapping[str, str]) -> Gap:
    where = ', '.join(texts)
    wrong = f'the version is not found exactly once in {where}' if where else 'no such file is there'
    did = f'wrote the version into {_field(setting, "path")}, but {wrong}'
    return _gap(setting, did, 'Name it in `version: files`, with a pattern that finds the version.')


def _later(setting: Setting, key: str) -> Gap:
    did = f'is `{written.scalar(written.nested(setting))[1:-1]}` in release.yaml'
    return _gap(setting, did, f'`{key}` is part of the format, but not available yet; add it when it is.')


def _gap(setting: Setting, did: str, instead: str) -> Gap:
    path, line = placed(setting.why)
    what = '.'.join(str(key) for key in setting.path if isinstance(key, str))
    return Gap(what, path, line, did, instead)


def _used(settings: tuple[Setting, ...]) -> tuple[Setting, ...]:
    """The settings without targets that no package goes to any more."""
    named: set[str] = set()
    for each in settings:
        lists = each.value.get('targets', ()) if isinstance(each.value, Mapping) else ()
        lists = each.value if each.path[-1] == 'targets' else lists
        named |= {str(name) for name in lists} if isinstance(lists, (list, tuple)) else set()
    return tuple(each for each in settings if each.path[0] != 'targets' or each.path[1] in named)
