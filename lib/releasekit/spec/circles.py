# SPDX-License-Identifier: Apache-2.0
"""Tasks that name each other in a circle, found in the time that it takes to read them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from releasekit.spec.model import Spec, Task, TaskStep

Names = Mapping[str, tuple[str, ...]]


def named(task: Task) -> tuple[str, ...]:
    """The tasks that a task needs, and those that are its steps."""
    return (*task.needs, *(step.task for step in task.steps if isinstance(step, TaskStep)))


def names(spec: Spec) -> Names:
    """For each task of the file, the others of the file that it names."""
    return {name: tuple(each for each in named(task) if each in spec.tasks) for name, task in spec.tasks.items()}


def reversed_(edges: Names) -> Names:
    """For each task, those that name it."""
    found: dict[str, list[str]] = {name: [] for name in edges}
    for name, others in edges.items():
        for other in others:
            found[other].append(name)
    return {name: tuple(others) for name, others in found.items()}


def reached(edges: Names, start: Iterable[str]) -> set[str]:
    """The given tasks, and all that they name, directly or not."""
    waiting = list(start)
    seen = set(waiting)
    while waiting:
        new = [name for name in edges[waiting.pop()] if name not in seen]
        seen.update(new)
        waiting += new
    return seen


def circles(edges: Names) -> Mapping[str, frozenset[str]]:
    """For each task, those that it reaches and that reach it, itself among them where it is in a circle.

    Kosaraju's algorithm: https://en.wikipedia.org/wiki/Kosaraju%27s_algorithm.
    """
    back, left = reversed_(edges), dict.fromkeys(reversed(_finished(edges)))
    found: dict[str, frozenset[str]] = {}
    while left:
        first = next(iter(left))
        waiting, members = [first], {first}
        del left[first]
        while waiting:
            new = {name for name in back[waiting.pop()] if name in left}
            for name in new:
                del left[name]
            members |= new
            waiting += new
        if len(members) > 1 or first in edges[first]:
            found |= dict.fromkeys(members, frozenset(members))
    return found


def way(edges: Names, start: str, goal: str) -> tuple[str, ...]:
    """The shortest way from one task to another, both named; there is one."""
    before, waiting = {start: start}, [start]
    for name in waiting:
        new = [other for other in edges[name] if other not in before]
        before.update(dict.fromkeys(new, name))
        waiting += new
    found = [goal]
    while found[-1] != start:
        found.append(before[found[-1]])
    return tuple(reversed(found))


def _finished(edges: Names) -> list[str]:
    """The tasks in the order in which a search in depth leaves them."""
    order: list[str] = []
    seen: set[str] = set()
    for root in edges:
        stack = [(root, iter(edges[root]))] if root not in seen else []
        seen.add(root)
        while stack:
            name, others = stack[-1]
            if (other := next((each for each in others if each not in seen), None)) is None:
                order.append(name)
                stack.pop()
            else:
                seen.add(other)
                stack.append((other, iter(edges[other])))
    return order
