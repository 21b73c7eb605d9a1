# SPDX-License-Identifier: Apache-2.0
"""One walk finds for each package the commits that one `git log` for that package alone finds, on drawn histories."""

from __future__ import annotations

import collections
import dataclasses
import os
import random
import re
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import anyio
import pytest

from releasekit.backends.kept import KeptFile
from releasekit.backends.shell import LocalShell
from releasekit.core.commits import ParsedCommit, TagRef
from releasekit.core.history import History
from releasekit.core.package import Package, Workspace
from releasekit.run.recall import recall
from releasekit.spec.model import Commits, Spec, WorkspaceSpec
from releasekit.testing.workspace import START, isolated
from releasekit.vcs.git.command import Git
from releasekit.vcs.git.read import GitReader

# The folders of the packages of each history, below its own; one is inside another.
FOLDERS = {'a': 'a', 'b': 'b', 'c': 'deep/er/c', 'd': 'a/d'}
_VERSION = re.compile(r'.*-v1\.(\d+)(rc1)?')
# The histories lie side by side in one repository, so that one process of git writes them all.
FEW, MANY = 100, 1000


@dataclasses.dataclass
class Drawing:
    """A history as it is drawn by chance: lines that begin, part, meet, cross and end in one commit.

    `trees` and `parents` are those of each commit, by mark. Tags are anywhere, of stable versions and of candidates.
    """

    number: int
    marks: Iterator[int]
    choose: random.Random
    tips: list[int] = dataclasses.field(default_factory=list)
    trees: dict[int, dict[str, str]] = dataclasses.field(default_factory=dict)
    parents: dict[int, tuple[int, ...]] = dataclasses.field(default_factory=dict)
    tags: dict[str, int] = dataclasses.field(default_factory=dict)
    stream: list[str] = dataclasses.field(default_factory=list)

    @classmethod
    def draw(cls, number: int, marks: Iterator[int]) -> Drawing:
        drawn = cls(number, marks, random.Random(number))  # noqa: S311 - a story, no secret
        drawn.root()
        for _ in range(drawn.choose.randrange(5, 45)):
            drawn.choose.choice([drawn.commit, drawn.commit, drawn.commit, drawn.part, drawn.meet, drawn.cross])()
        if drawn.choose.random() < 0.2:
            drawn.root()
        # All lines but some that are lost end in one commit, in an octopus where they are many.
        drawn.join(*(drawn.tips[: max(1, len(drawn.tips) - 1)] if drawn.choose.random() < 0.3 else drawn.tips))
        drawn.tips = drawn.tips[:1]
        drawn.stream.append(f'reset refs/heads/h{number}\nfrom :{drawn.tips[0]}\n')
        drawn.stream += [f'reset refs/tags/{tag}\nfrom :{mark}\n' for tag, mark in drawn.tags.items()]
        return drawn

    def root(self) -> None:
        self.tips.append(self.write((), self.change({})))

    def commit(self) -> None:
        line = self.choose.randrange(len(self.tips))
        tip = self.tips[line]
        self.tips[line] = self.write((tip,), self.change(self.trees[tip]))

    def part(self) -> None:
        if len(self.tips) < 6:
            self.tips.append(self.choose.choice([*self.tips, *self.trees]))

    def meet(self) -> None:
        count = min(len(self.tips), self.choose.choice([2, 2, 2, 3, 4]))
        self.join(*self.choose.sample(self.tips, count))

    def cross(self) -> None:
        """Two lines, each merged into the other as it was before: they have two best common ancestors."""
        if len(self.tips) > 1:
            one, other = self.choose.sample(range(len(self.tips)), 2)
            first, second = self.tips[one], self.tips[other]
            self.tips[one] = self.merge(first, second)
            self.tips[other] = self.merge(second, first)

    def join(self, *tips: int) -> None:
        into, *others = dict.fromkeys(tips)
        if others:
            merged = self.merge(into, *others)
            self.tips = [merged, *(tip for tip in self.tips if tip not in tips)]

    def merge(self, into: int, *others: int) -> int:
        tree = dict(self.trees[into])
        for other in others:
            # Of what both have changed, either may be taken; a merge may also change what neither has.
            theirs = self.trees[other].items()
            tree |= {path: text for path, text in theirs if path not in tree or self.choose.random() < 0.3}
        return self.write((into, *others), self.change(tree) if self.choose.random() < 0.1 else tree)

    def change(self, tree: Mapping[str, str]) -> dict[str, str]:
        """A tree with files written, written anew and removed, in no folder, one or several."""
        found = dict(tree)
        for name in self.choose.sample([*FOLDERS, 'none'], self.choose.choice([0, 1, 1, 1, 2, 3])):
            folder = f'h{self.number}/{FOLDERS.get(name, "none")}'
            path = f'{folder}/{self.choose.choice(["x", "y", "sub/z"])}'
            if path in found and self.choose.random() < 0.2:
                del found[path]
            else:
                found[path] = f'{self.choose.random()}'
        return found

    def write(self, parents: tuple[int, ...], tree: dict[str, str]) -> int:
        mark = next(self.marks)
        self.trees[mark], self.parents[mark] = tree, parents
        # Many commits of one second, and clocks that go wrong.
        time = START + (mark // 5 if self.number % 3 else self.choose.randrange(1000))
        text = f'fix: {mark}'
        lines = [f'commit refs/heads/h{self.number}', f'mark :{mark}', f'committer A <a@b> {time} +0000']
        lines += [f'data {len(text)}', text]
        lines += [f'{"merge" if place else "from"} :{parent}' for place, parent in enumerate(parents)]
        lines += ['deleteall'] if parents else []
        for path, content in tree.items():
            lines += [f'M 100644 inline {path}', f'data {len(content)}', content]
        # Without it a commit that names no parent would have the last one of its branch.
        begins = [] if parents else [f'reset refs/heads/h{self.number}', '']
        self.stream.append('\n'.join([*begins, *lines, '', '']))
        if self.choose.random() < 0.15:
            kind = self.choose.choice(['', '', 'rc1'])
            self.tags[f'h{self.number}{self.choose.choice([*FOLDERS])}-v1.{mark}{kind}'] = mark
        return mark

    @property
    def workspace(self) -> Workspace:
        paths = {f'h{self.number}{name}': f'h{self.number}/{folder}' for name, folder in FOLDERS.items()}
        packages = (
            Package(f'py:{name}', name, 'py', 'python', path, f'{path}/m', None) for name, path in paths.items()
        )
        return Workspace(tuple(packages))


@dataclasses.dataclass(frozen=True)
class Gallery:
    """A repository with many drawings, and the commits by their marks."""

    root: Path
    drawings: Sequence[Drawing]
    hashes: Mapping[int, str]
    tags: Sequence[TagRef]

    def git(self, *arguments: str) -> str:
        done = subprocess.run(
            ['git', *arguments], cwd=self.root, env=isolated(os.environ), capture_output=True, check=True
        )
        return done.stdout.decode()

    def kept(self, name: str) -> KeptFile:
        return KeptFile({'XDG_CACHE_HOME': str(self.root)}, 'histories', name)

    def recall(self, drawing: Drawing, *, first_parent: bool) -> History:
        spec = Spec(
            version=1,
            workspaces={'py': WorkspaceSpec(ecosystem='python')},
            commits=Commits(first_parent=first_parent),
        )
        known = [tag for tag in self.tags if tag.name in drawing.tags]
        reader = GitReader(Git(LocalShell(isolated(os.environ)), self.root), self.kept)
        return anyio.run(recall, spec, drawing.workspace, reader, self.hashes[drawing.tips[0]], known)


def gallery(folder: Path, numbers: range) -> Gallery:
    marks = iter(range(1, 10**9))
    drawings = [Drawing.draw(number, marks) for number in numbers]
    subprocess.run(['git', 'init', '--quiet', '--bare', str(folder)], check=True, env=isolated(os.environ))
    stream = ''.join(part for drawing in drawings for part in drawing.stream).encode()
    marked = folder / 'marks'
    argv = ['git', 'fast-import', '--quiet', f'--export-marks={marked}']
    subprocess.run(argv, cwd=folder, input=stream, check=True, env=isolated(os.environ))
    pairs = (line.split(' ') for line in marked.read_text().splitlines())
    hashes = {int(mark[1:]): hash_ for mark, hash_ in pairs}
    found = {tag: hashes[mark] for drawing in drawings for tag, mark in drawing.tags.items()}
    return Gallery(folder, drawings, hashes, [TagRef(name, found[name], merged=False) for name in sorted(found)])


def last(tags: Sequence[str], *, candidates: bool) -> str | None:
    """The tag of the highest version: of one minor version the stable one is above its candidate."""
    read = {tag: found for tag in tags if (found := _VERSION.fullmatch(tag)) and (candidates or found[2] is None)}
    return max(read, key=lambda tag: (int(read[tag][1]), read[tag][2] is None), default=None)


def reach(drawing: Drawing, mark: int) -> set[int]:
    found, waiting = set[int](), [mark]
    while waiting:
        if (one := waiting.pop()) not in found:
            found.add(one)
            waiting += drawing.parents[one]
    return found


def check(shown: Gallery, drawing: Drawing, *, first_parent: bool = False) -> None:
    """Compare, package by package, what was recalled with the drawing itself, and with git's answer.

    Along first parents git, asked for a path, leaves out merges that are like another of their parents there.
    """
    tip = drawing.tips[0]
    merged = reach(drawing, tip)
    whole = set(line(drawing, tip)) if first_parent else merged
    recalled = shown.recall(drawing, first_parent=first_parent)
    for package in drawing.workspace.packages:
        own = [tag for tag, mark in drawing.tags.items() if tag.startswith(f'{package.name}-v') and mark in merged]
        within = [package.path, f':(exclude){package.path}/d'] if package.name.endswith('a') else [package.path]
        for found, tag in (
            (recalled.commits[package.id], last(own, candidates=False)),
            (recalled.recent[package.id], last(own, candidates=True)),
        ):
            since = whole - reach(drawing, drawing.tags[tag]) if tag else whole
            counted = since if first_parent else {mark for mark in since if len(drawing.parents[mark]) < 2}
            assert hashes(found) == sorted(shown.hashes[mark] for mark in counted if touches(drawing, mark, package))
            if not first_parent:
                revisions = f'{tag}..{shown.hashes[tip]}' if tag else shown.hashes[tip]
                told = shown.git('log', '--format=%H', '--full-history', '--no-merges', revisions, '--', *within)
                assert hashes(found) == sorted(told.split())


def touches(drawing: Drawing, mark: int, package: Package) -> bool:
    """Whether the change of a commit against its first parent is one of a package, by the drawing."""
    inner = f'h{drawing.number}/{FOLDERS["d"]}/'
    before = drawing.trees[drawing.parents[mark][0]] if drawing.parents[mark] else {}
    after = drawing.trees[mark]
    paths = [path for path in {*before, *after} if before.get(path) != after.get(path)]
    own = [path for path in paths if path.startswith(f'{package.path}/')]
    return any(package.path == inner[:-1] or not path.startswith(inner) for path in own)


def line(drawing: Drawing, mark: int) -> Iterator[int]:
    yield mark
    while drawing.parents[mark]:
        mark = drawing.parents[mark][0]
        yield mark


def hashes(commits: Sequence[ParsedCommit]) -> list[str]:
    return sorted(commit.hash for commit in commits)


def crossed(drawing: Drawing) -> bool:
    """Whether some merge joins two lines that have more than one best common ancestor."""
    for parents in drawing.parents.values():
        if len(parents) == 2:
            common = reach(drawing, parents[0]) & reach(drawing, parents[1])
            below = {parent for one in common for parent in drawing.parents[one]}
            if len(common - below) > 1:
                return True
    return False


@pytest.fixture(scope='module')
def few(tmp_path_factory: pytest.TempPathFactory) -> Gallery:
    return gallery(tmp_path_factory.mktemp('few') / 'git', range(FEW))


def test_every_package_has_the_commits_of_a_git_log_of_its_own(few: Gallery) -> None:
    """Since its own last tag, stable or not, through merges, octopuses, crossing lines and histories that join."""
    for drawing in few.drawings:
        check(few, drawing)


def test_what_was_kept_changes_no_answer(few: Gallery) -> None:
    """The records of a hundred other histories, and of this one with other tags, are there at the second time."""
    for drawing in few.drawings[::5]:
        assert few.recall(drawing, first_parent=False) == few.recall(drawing, first_parent=False)
        check(few, dataclasses.replace(drawing, tags=dict(list(drawing.tags.items())[::2])))


def test_along_first_parents_too(few: Gallery) -> None:
    """Where a merge has all that it brought in, and a tag may be off the line."""
    for drawing in few.drawings[::4]:
        check(few, drawing, first_parent=True)


def test_the_drawings_have_what_is_hard(few: Gallery) -> None:
    """Octopuses, crossing lines, several roots, and tags that no line reaches: else the comparison proves little."""
    sizes = collections.Counter(len(parents) for drawing in few.drawings for parents in drawing.parents.values())
    lost = [drawing for drawing in few.drawings if {*drawing.tags.values()} - reach(drawing, drawing.tips[0])]
    assert min(sizes[0] - FEW, sizes[2], sizes[3], sizes[4]) > 10
    assert min(len(lost), sum(crossed(drawing) for drawing in few.drawings)) > 5


@pytest.mark.slow
def test_many_more_histories_are_walked_alike(tmp_path: Path) -> None:
    """The same with ten times as many."""
    many = gallery(tmp_path / 'git', range(FEW, MANY))
    for drawing in many.drawings:
        check(many, drawing, first_parent=drawing.number % 5 == 0)
