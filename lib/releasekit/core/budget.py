# SPDX-License-Identifier: Apache-2.0
"""What a template may do, counted while it does it: the budget of a rendering, and filters that are charged to it."""

from __future__ import annotations

import types
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import Any

from jinja2 import TemplateError, pass_context
from jinja2.exceptions import SecurityError
from jinja2.runtime import Context, Undefined
from jinja2.sandbox import ImmutableSandboxedEnvironment

from releasekit.errors import ReleaseKitError

# What a rendering may do: a character costs 1, a round of a loop, a call or an item of a list STEP.
MOST_WORK = 20_000_000
STEP = 50
_MOST_BITS = 4096
_MOST_POWER = 64

Filter = Callable[..., Any]


class ExceededError(TemplateError):
    """A limit is reached."""


class Budget(ImmutableSandboxedEnvironment):
    """A sandbox whose templates can do so much and no more; each is for one rendering."""

    left: int = MOST_WORK

    def spend(self, count: int) -> None:
        """Count work.

        Raises:
            ExceededError: It was too much.
        """
        self.left -= count
        if self.left < 0:
            raise ExceededError(f'it does more than {MOST_WORK} steps of work')


def budget(context: Context) -> Budget:
    """The budget of the rendering that a context belongs to."""
    found = context.environment
    if not isinstance(found, Budget):
        raise TypeError('no environment of ours')
    return found


def small(operator: str, left: Any, right: Any) -> None:  # noqa: ANN401
    """Raise where an operator takes no such values, or could make a huge number."""
    if not isinstance(left, (int, float)) or not isinstance(right, (int, float)):
        kinds = f'{type(left).__name__} {operator} {type(right).__name__}'
        raise SecurityError(f'it can compute with numbers, and add texts or lists: not {kinds}')
    if any(isinstance(number, int) and number.bit_length() > _MOST_BITS for number in (left, right)):
        raise ExceededError(f'a number has more than {_MOST_BITS} bits')
    if operator == '**' and (abs(right) > _MOST_POWER or abs(left) > 2**_MOST_POWER):
        raise ExceededError(f'a power is higher than {_MOST_POWER}')


@pass_context
def final(context: Context, value: Any) -> Any:  # noqa: ANN401
    """What is printed is a text or a number, and is counted before it becomes part of a larger text."""
    if isinstance(value, Undefined):
        return str(value)
    if value is None:
        return ''
    if not isinstance(value, (str, int, float)):
        raise SecurityError(f'it can print texts and numbers, not a {type(value).__name__}')
    text = str(value)
    budget(context).spend(len(text) + 1)
    return text


@pass_context
def tick(context: Context, cost: int) -> str:
    """Charge for a round of a loop or a call."""
    budget(context).spend(cost)
    return ''


@pass_context
def weigh(context: Context, value: Any) -> Any:  # noqa: ANN401
    """Count all that a value holds, as often as it holds it."""
    environment = budget(context)
    stack = [value]
    while stack:
        each = stack.pop()
        if isinstance(each, str):
            environment.spend(len(each) + 1)
        elif isinstance(each, Mapping):
            environment.spend(STEP * (len(each) + 1))
            stack.extend(each.values())
        elif isinstance(each, (list, tuple)):
            environment.spend(STEP * (len(each) + 1))
            stack.extend(each)
    return value


@pass_context
def concat(context: Context, values: list[Any]) -> str:
    """The operator `~`: texts and numbers as one text."""
    return ''.join(_scalar(context, value) for value in values)


@pass_context
def cut(context: Context, value: Any, *bounds: int | None) -> Any:  # noqa: ANN401
    """A part of a text or a list."""
    if not isinstance(value, (str, list, tuple)):
        raise SecurityError(f'it can cut texts and lists, not a {type(value).__name__}')
    budget(context).spend(len(value) + STEP)
    return value[slice(*bounds)]


def _scalar(context: Context, value: Any) -> str:  # noqa: ANN401
    """A text or a number as a text."""
    found = final(context, value)
    return found if isinstance(found, str) else str(found)


def _sized(context: Context, value: Any) -> Any:  # noqa: ANN401
    """A value that can be counted: what comes bit by bit becomes a list."""
    if isinstance(value, (types.GeneratorType, Iterator)) or (
        isinstance(value, Iterable) and not isinstance(value, (str, Collection, Undefined))
    ):
        environment, found = budget(context), []
        for each in value:
            environment.spend(STEP)
            found.append(each)
        return found
    return value


def watched(function: Filter) -> Filter:
    """A filter of Jinja that counts what it is given, its arguments as often as they are looked at."""
    first = getattr(getattr(function, 'jinja_pass_arg', None), 'name', '')

    @pass_context
    def watched(context: Context, value: Any, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401
        environment = budget(context)
        value = _sized(context, value)
        before = environment.left
        weigh(context, value)
        weighed = environment.left
        weigh(context, [*args, *kwargs.values()])
        many = len(value) if isinstance(value, (list, tuple)) else 1
        environment.spend((weighed - environment.left) * many + (before - weighed))
        extra = {'context': [context], 'environment': [environment], 'eval_context': [context.eval_ctx]}
        return _sized(context, function(*extra.get(first, []), value, *args, **kwargs))

    return watched


def handed(function: Callable[..., str]) -> Filter:
    """A filter of ours, whose result is counted."""

    @pass_context
    def handed(context: Context, value: Any, *args: Any) -> str:  # noqa: ANN401
        weigh(context, [value, *args])
        try:
            made = function(value, *args)
        except ReleaseKitError as error:
            raise SecurityError(error.problems[0].message) from error
        budget(context).spend(len(made) * 2)
        return made

    return handed


@pass_context
def join(context: Context, values: Iterable[Any], separator: str = '', attribute: str | None = None) -> str:
    """Texts and numbers as one text, with a separator between them."""
    environment = budget(context)
    listed = _sized(context, values)
    items = [environment.getattr(each, attribute) if attribute else each for each in listed]
    texts = [_scalar(context, each) for each in items]
    between = _scalar(context, separator)
    environment.spend(len(between) * len(texts))
    return between.join(texts)


@pass_context
def replace(context: Context, text: str, old: str, new: str) -> str:
    """A text with each occurrence of another one replaced."""
    told, wanted, instead = (_scalar(context, each) for each in (text, old, new))
    budget(context).spend(len(told) + (told.count(wanted) * len(instead)))
    return told.replace(wanted, instead)


@pass_context
def indent(context: Context, text: str, width: int = 4, first: bool = False) -> str:
    """A text whose lines, the first one too if `first` says so, begin so much further right."""
    told = _scalar(context, text)
    lines = told.split('\n')
    budget(context).spend(len(lines) * max(0, width))
    margin = ' ' * width
    indented = [lines[0], *(f'{margin}{line}' if line.strip() else line for line in lines[1:])]
    return f'{margin if first else ""}' + '\n'.join(indented)


@pass_context
def center(context: Context, text: str, width: int = 80) -> str:
    """A text in the middle of so many characters."""
    budget(context).spend(max(0, width))
    return _scalar(context, text).center(width)


@pass_context
def rounded(context: Context, value: float, digits: int = 0) -> float:
    """A number with so many digits, at most 15, behind the point."""
    small('+', value, digits)
    budget(context).spend(STEP)
    return round(value, min(max(digits, 0), 15)) if digits else round(value)


@pass_context
def summed(context: Context, values: Iterable[Any], attribute: str | None = None) -> float:
    """The sum of numbers, or of an attribute of each item."""
    environment = budget(context)
    total: float = 0
    for each in _sized(context, values):
        number = environment.getattr(each, attribute) if attribute else each
        small('+', total, number)
        environment.spend(STEP)
        total += number
    return total
