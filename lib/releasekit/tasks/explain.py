# SPDX-License-Identifier: Apache-2.0
"""What a code, a step, a check, a task or a key of release.yaml means: one word in, its explanation out."""

from __future__ import annotations

import dataclasses
import re
import shlex
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from releasekit.core.guide import Explanation
from releasekit.errors import Code, ReleaseKitError, fail
from releasekit.spec import keys
from releasekit.spec.keys import Key
from releasekit.spec.model import Check, Spec
from releasekit.spec.names import nearest
from releasekit.steps.base import StepType, steps
from releasekit.tasks import schemas, table
from releasekit.tasks.table import Entry

PAGES = Path(__file__).parents[1] / 'explain' / 'codes.md'
_HEADING = re.compile(r'^## (RK-[A-Z-]+)$\n', re.MULTILINE)
_PREFIX = 'RK-'
_ALL = 'codes'
# Of a word so short, the prefix alone would make it look like a code.
_SHORT = 3
# What stands for the name of a workspace or a target.
_LABEL = 'LABEL'


def codes() -> tuple[Explanation, ...]:
    """The explanation of every code that has one, in the order of the page."""
    _, *parts = _HEADING.split(PAGES.read_text(encoding='utf-8'))
    return tuple(_code(name, text.strip()) for name, text in zip(parts[::2], parts[1::2], strict=True))


def explain(word: str, spec: Spec | None) -> tuple[Explanation, ...]:
    """What a word means; '' and `codes` stand for all codes. A word can name more than one thing.

    Raises:
        ReleaseKitError: `RK-USAGE` with the nearest word where nothing is called that.
    """
    known = codes()
    if word.lower() in {'', _ALL}:
        return known
    code = word.upper().replace('_', '-').removeprefix(_PREFIX)
    found = [page for page in known if page.name == f'{_PREFIX}{code}']
    found = found or list(_named(word, spec)) or list(_keys(word))
    if not found:
        raise unknown(word, words(spec))
    return tuple(found)


def words(spec: Spec | None) -> list[str]:
    """Every word that is explained; keys of release.yaml by their paths."""
    checks = [check.name for check in spec.checks] if spec is not None else []
    paths = [str(key).replace(f'.{keys.ANY}', '') for key in _known()]
    return [*Code, *sorted(steps()), *checks, *(entry.name for entry in table.BUILTIN), *dict.fromkeys(paths)]


def unknown(word: str, known: Sequence[str]) -> ReleaseKitError:
    """The error of a word that explains nothing."""
    upper = word.upper().removeprefix(_PREFIX)
    near = nearest(word, known) or nearest(f'{_PREFIX}{upper}', known if len(upper) > _SHORT else [])
    hint = f'Did you mean `{near}`?' if near else f'Run `releasekit explain {_ALL}` for all codes.'
    return fail(Code.USAGE, f'There is nothing called `{word}` to explain.', hint)


def _code(name: str, text: str) -> Explanation:
    title, _, rest = text.partition('\n\n')
    return Explanation(name, 'code', title, rest)


def _named(word: str, spec: Spec | None) -> Iterator[Explanation]:
    """The step, the check and the task of a name."""
    if (step := steps().get(word)) is not None:
        yield Explanation(word, 'step', step.title, '\n'.join(_options(step)))
    for check in spec.checks if spec is not None else ():
        if check.name == word:
            yield Explanation(word, 'check', f'A check of this repository: {shlex.join(check.run)}', _check(check))
    for entry in table.BUILTIN:
        if entry.name == word:
            yield _task(entry)
    if spec is not None and word in spec.tasks:
        yield Explanation(word, 'task', spec.tasks[word].help or 'A task of release.yaml.', f'releasekit {word}')


def _options(step: StepType) -> Iterator[str]:
    options: Any = step.options
    fields = dataclasses.fields(options)
    yield 'It takes these options:' if fields else 'It takes no options.'
    for field in fields:
        default = '' if field.default is dataclasses.MISSING else f' (default: {keys.written(field.default)})'
        yield f'  {field.name.rstrip("_")}: {field.metadata["doc"]}{default}'
    yield f'\nFor example:\n  tasks:\n    mine:\n      steps: [{step.name}]'


def _check(check: Check) -> str:
    return (
        f'It runs once for each {check.per}; where it fails, that is {_MEANS[check.severity]}.\n\n'
        f'For example:\n  releasekit check --only {check.name}'
    )


_MEANS = {'error': 'an error', 'warning': 'a warning', 'off': 'nothing: it is switched off'}


def _task(entry: Entry) -> Explanation:
    return Explanation(entry.name, 'task', entry.text, f'For example:\n  releasekit {entry.example}')


def _known() -> tuple[Key, ...]:
    return keys.keys(schemas.load('release'))


def _keys(word: str) -> Iterator[Explanation]:
    """The keys that a path names in full, else those that end with it."""
    known = _known()
    path = word.split('.')
    found = keys.fitting(path, known) or tuple(key for key in known if _ends(key, path))
    for key in found:
        if key.path[-1] != keys.ANY:
            yield Explanation(str(key), 'key', key.schema.get('description', ''), '\n'.join(_key(key, known, path)))


def _ends(key: Key, path: Sequence[str]) -> bool:
    return tuple(part for part in key.path if part != keys.ANY)[-len(path) :] == tuple(path)


def _key(key: Key, known: Sequence[Key], asked: Sequence[str]) -> Iterator[str]:
    yield f'It takes {key.takes}.'
    inner = keys.children(key, known)
    if 'default' in key.schema and not inner:
        yield f'The default is {keys.written(key.schema["default"])}.'
    for example in key.schema.get('examples', ()):
        yield f'For example: {keys.written(example)}'
    if key.settable:
        # With the label that was asked about, where one was.
        path = asked if len(asked) == len(key.path) else [_LABEL if part == keys.ANY else part for part in key.path]
        yield f'It can be set by `--config {".".join(path)}=VALUE` and by {keys.variable(path)}.'
    if inner:
        width = max(len(each.path[-1]) for each in inner)
        yield 'Its keys:'
        for each in inner:
            yield f'  {each.path[-1].ljust(width)}  {each.schema.get("description", "")}'
