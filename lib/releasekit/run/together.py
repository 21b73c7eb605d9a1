# SPDX-License-Identifier: Apache-2.0
"""Several questions to the world at a time: all of them are asked, and the first error is the one that is raised."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

import anyio

from releasekit.errors import ReleaseKitError

A = TypeVar('A')
B = TypeVar('B')
T = TypeVar('T')


async def together(limit: int, questions: Sequence[Callable[[], Awaitable[T]]]) -> list[T]:
    """The answers in the order of the questions, so many at a time.

    Raises:
        ReleaseKitError: The first that a question raised, in their order; none is wrapped in a group.
    """
    limiter = anyio.CapacityLimiter(limit)
    answers: dict[int, T] = {}
    errors: dict[int, ReleaseKitError] = {}

    async def ask(number: int) -> None:
        async with limiter:
            if errors:
                return
            try:
                answers[number] = await questions[number]()
            except ReleaseKitError as error:
                errors[number] = error

    async with anyio.create_task_group() as group:
        for number in range(len(questions)):
            group.start_soon(ask, number)
    if errors:
        raise errors[min(errors)]
    return [answers[number] for number in range(len(questions))]


async def both(one: Callable[[], Awaitable[A]], other: Callable[[], Awaitable[B]]) -> tuple[A, B]:
    """The answers to two questions that are asked at the same time.

    Raises:
        ReleaseKitError: As `together`.
    """
    ones: list[A] = []
    others: list[B] = []

    async def ask_one() -> None:
        ones.append(await one())

    async def ask_other() -> None:
        others.append(await other())

    await together(2, (ask_one, ask_other))
    return ones[0], others[0]
