# SPDX-License-Identifier: Apache-2.0
"""A changeset that somebody adds: its text, and a name that follows from it, so that the same has the same name."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Iterator, Mapping

from releasekit.core import changesets
from releasekit.core.changesets import LEVELS, placed
from releasekit.core.levels import Level
from releasekit.core.package import Workspace
from releasekit.core.paths import join

SCHEMA = 'releasekit/changeset/1'

# Words that can be told apart in a list of files: how, who, what they do.
_HOW = """
brave bright brisk broad calm clean clear cool crisp deep eager early fair fast fine fresh gentle glad grand
green happy keen kind late light loud lucky mild neat new nimble odd plain proud quick quiet rare ready red
round sharp shy silent silver slow small smart smooth soft solid spare still strong sunny sweet swift tall
tame tidy tiny warm wide wild wise young
"""
_WHO = """
ants apes badgers bats bears bees birds boars bulls camels cats clams colts crabs cranes crows deer dogs doves
ducks eagles eels elks falcons finches fish flies foxes frogs geese goats gulls hares hawks hens herons horses
ibises jays koalas larks lions lynxes mice moles moths mules newts otters owls pandas pigs ponies rams ravens
seals sheep snails storks swans terns tigers toads voles whales wolves wrens
"""
_DO = """
arrive bake bark build call carry chase cheer climb count cross dance dig dive draw dream drift drive eat fly
follow gather glide grow guard hide hike hop hum hunt jump kneel laugh lead leap learn listen march meet nap
nest paint play race rest ride roam row run sail share sing sit skate sleep slide smile spin stand swim talk
teach travel wade wait walk wave win
"""
_WORDS = tuple(tuple(words.split()) for words in (_HOW, _WHO, _DO))


@dataclasses.dataclass(frozen=True, slots=True)
class Change:
    """A package of a changeset, by id, and the level by which it is raised."""

    package: str
    level: str


@dataclasses.dataclass(frozen=True, slots=True)
class Added:
    """A changeset as a file: `written` is false in a dry run, and where it was there already."""

    path: str
    written: bool
    packages: tuple[Change, ...]
    text: str


def added(
    folder: str, workspace: Workspace, levels: Mapping[str, Level], summary: str, there: Mapping[str, str]
) -> Added:
    """The file of a changeset in a folder; `there` are the texts that it has, by path.

    Packages stand there by name, where that is unique. Another text of the same name gives the next name.
    """
    names = {id_: _name(workspace, id_) for id_ in sorted(levels)}
    text = changesets.text({names[id_]: levels[id_] for id_ in names}, summary)
    paths = (join(placed(folder), f'{name}.md') for name in _named(text))
    path = next(path for path in paths if there.get(path, text) == text)
    words = {level: word for word, level in LEVELS.items()}
    packages = tuple(Change(id_, words[levels[id_]]) for id_ in names)
    return Added(path, path not in there, packages, text)


def _name(workspace: Workspace, id_: str) -> str:
    name = workspace.by_id[id_].name
    return name if sum(package.name == name for package in workspace.packages) == 1 else id_


def _named(text: str) -> Iterator[str]:
    """Names for a text, three words each, without end."""
    number = 0
    while True:
        digest = hashlib.sha256(f'{number}\n{text}'.encode()).digest()
        yield '-'.join(words[digest[place] % len(words)] for place, words in enumerate(_WORDS))
        number += 1
