# SPDX-License-Identifier: Apache-2.0
"""The JSON document of `init`: what it decided and why, and the release.yaml that came of it."""

from __future__ import annotations

import dataclasses

SCHEMA = 'releasekit/init/1'


@dataclasses.dataclass(frozen=True, slots=True)
class Decision:
    """One thing that was decided: what, how, and because of which file, tag or answer."""

    what: str
    value: str
    why: str


@dataclasses.dataclass(frozen=True, slots=True)
class Question:
    """What a person would have been asked, and the answers to choose from; the first is what was taken."""

    question: str
    answers: tuple[str, ...]


@dataclasses.dataclass(frozen=True, slots=True)
class Beginning:
    """What `init` found. `path` is that of the file, `written` false in a dry run, `text` all that is in it.

    `packages` are there, of which the first release would release `released`.
    """

    path: str
    written: bool
    packages: int
    released: int
    decisions: tuple[Decision, ...]
    questions: tuple[Question, ...]
    text: str
