# SPDX-License-Identifier: Apache-2.0
"""The walls of the house: who may import whom, what is pure, and how large a thing may grow."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / 'lib' / 'releasekit'
MODULES = {path.relative_to(SOURCE).with_suffix('').as_posix(): path for path in sorted(SOURCE.rglob('*.py'))}
TREES = {name: ast.parse(path.read_text()) for name, path in MODULES.items()}

# Innermost first; the parts of one layer never import each other. The package itself, tasks and program are outermost.
LAYERS = (
    ('errors', 'codec', 'compat', 'lazy', 'log', 'redact', 'schema', 'shapes', 'telling'),
    ('spec',),
    ('core',),
    ('ports',),
    ('ecosystems', 'vcs', 'backends', 'migrations'),
    ('steps',),
    ('run', 'engines'),
    ('tasks',),
    ('program',),
)
# The base may import each other; `run` is one layer with `engines`, which it hands the graph to.
RELATED = {frozenset({'run', 'engines'}), *(frozenset({a, b}) for a in LAYERS[0] for b in LAYERS[0])}
LEVEL = {part: level for level, parts in enumerate(LAYERS) for part in parts}
# Fakes and servers stand beside the house: they use it up to the backends, and nothing of it uses them.
ASIDE = 'testing'
FREE = {'__init__', '__main__'}

IMPURE = {
    'os',
    'sys',
    'io',
    'subprocess',
    'asyncio',
    'anyio',
    'httpx',
    'socket',
    'time',
    'random',
    'secrets',
    'tempfile',
    'shutil',
}
CLOCK = {'now', 'today', 'utcnow', 'fromtimestamp'}
ECOSYSTEM_WORDS = re.compile(
    r'\b(python|pyproject|pypi|uv|wheel|sdist|hatch(ling)?|setuptools|npm|cargo)\b', re.IGNORECASE
)


def _part(name: str) -> str:
    return name.split('/', maxsplit=1)[0]


def _imports(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f'{node.module}.{alias.name}' for alias in node.names)
        elif isinstance(node, ast.Call) and ast.unparse(node.func) in {'lazy.module', 'importlib.import_module'}:
            yield from _texts(node.args)


def _texts(nodes: Iterable[ast.AST]) -> Iterator[str]:
    for node in nodes:
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def _ours(tree: ast.Module) -> set[str]:
    found = {name.split('.')[1] for name in _imports(tree) if name.startswith('releasekit.')}
    return {part for part in found if part in LEVEL or part == ASIDE}


def _functions(tree: ast.Module) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    yield from (node for node in ast.walk(tree) if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)))


@pytest.mark.parametrize('name', MODULES)
def test_modules_import_inwards_only(name: str) -> None:
    """A module imports from its own part or from an inner layer, and never from a sibling."""
    part, used = _part(name), _ours(TREES[name])
    if part in FREE:
        return
    if part == ASIDE:
        assert not used & {'steps', 'run', 'engines', 'tasks', 'program'}
        return
    wrong = {other for other in used - {part} if LEVEL.get(other, 99) >= LEVEL[part]}
    assert {other for other in wrong if frozenset({part, other}) not in RELATED} == set()


def test_every_module_has_a_place() -> None:
    """No part of the house is left out of the layers."""
    assert {_part(name) for name in MODULES} - set(LEVEL) - FREE - {ASIDE} == set()


@pytest.mark.parametrize(
    'name', [name for name in MODULES if _part(name) in {'core', 'spec', 'migrations', 'errors', 'codec'}]
)
def test_decisions_are_pure(name: str) -> None:
    """`core` and `spec` do no I/O, know no clock and are synchronous."""
    tree = TREES[name]
    used = {found.split('.', maxsplit=1)[0] for found in _imports(tree)}
    assert used & IMPURE == set()
    assert 'pathlib.Path' not in set(_imports(tree))
    calls = {
        node.func.attr for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    }
    assert calls & CLOCK == set()
    assert not [node for node in ast.walk(tree) if isinstance(node, (ast.AsyncFunctionDef, ast.Await))]
    assert not [node for node in ast.walk(tree) if isinstance(node, ast.Call) and ast.unparse(node.func) == 'open']


@pytest.mark.parametrize('name', [name for name in MODULES if _part(name) not in {'tasks', 'program'}])
def test_only_tasks_know_invoke(name: str) -> None:
    """Invoke is the outermost layer's own business."""
    assert not [found for found in _imports(TREES[name]) if found.split('.')[0] == 'invoke']


@pytest.mark.parametrize(
    'name', [name for name in MODULES if _part(name) in {'core', 'steps', 'run', 'engines', 'vcs'}]
)
def test_no_ecosystem_is_known_outside_its_folder(name: str) -> None:
    """What decides and what performs knows packages, not Python's: no name of an ecosystem's is a value there."""
    tree = TREES[name]
    documented = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    values = _texts(node for node in ast.walk(tree) if id(node) not in documented)
    found = {value for value in values if ECOSYSTEM_WORDS.search(value)}
    assert found == set()
    assert not [found for found in _imports(tree) if found.startswith('releasekit.ecosystems.python')]


def test_programs_are_started_in_one_place() -> None:
    """Only the shell backend starts processes; servers for tests stand aside."""
    starters = {name for name in MODULES for found in _imports(TREES[name]) if found.split('.')[0] == 'subprocess'}
    assert {name for name in starters if _part(name) != ASIDE} <= {'backends/shell'}


def test_exception_is_caught_once() -> None:
    """One boundary turns what nobody expected into a bug report."""
    handlers = [
        (name, node.lineno)
        for name, tree in TREES.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.ExceptHandler)
        and _names(node.type) & {'Exception', 'BaseException', ''}
        # Cleaning up and raising again catches nothing.
        and not (isinstance(node.body[-1], ast.Raise) and node.body[-1].exc is None)
    ]
    assert len(handlers) <= 1, handlers
    assert {_part(name) for name, _ in handlers} <= {'tasks', 'program'}


def _names(node: ast.expr | None) -> set[str]:
    if node is None:
        return {''}
    return {ast.unparse(part) for part in (node.elts if isinstance(node, ast.Tuple) else [node])}


@pytest.mark.parametrize('name', MODULES)
def test_files_and_functions_stay_small(name: str) -> None:
    """A file stays under 400 lines, a function under 60, with at most five parameters, `self` aside."""
    assert len(MODULES[name].read_text().splitlines()) < 400
    for function in _functions(TREES[name]):
        assert (function.end_lineno or 0) - function.lineno < 60, function.name
        arguments = [*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs]
        taken = [argument for argument in arguments if argument.arg not in {'self', 'cls'}]
        assert len(taken) <= 5 or function.name.startswith('__') or _is_task(function), function.name


def _is_task(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    # The parameters of a task are the flags of the command line.
    return any(
        'task' in ast.unparse(decorator) or 'command' in ast.unparse(decorator) for decorator in function.decorator_list
    )


@pytest.mark.parametrize('name', MODULES)
def test_a_module_says_what_it_is(name: str) -> None:
    """Each begins with its licence and a docstring of at most a few lines."""
    text = MODULES[name].read_text()
    assert text.startswith('# SPDX-License-Identifier: Apache-2.0\n')
    docstring = ast.get_docstring(TREES[name])
    assert docstring
    # The package's own is the front page of the library.
    assert len(docstring.splitlines()) <= (12 if name == '__init__' else 6)


@pytest.mark.parametrize('name', [name for name in MODULES if _part(name) in {'core', 'spec', 'ports', 'errors'}])
def test_data_is_frozen(name: str) -> None:
    """A dataclass of the inner layers never changes; only what works inside one module may."""
    classes = (node for node in ast.walk(TREES[name]) if isinstance(node, ast.ClassDef))
    for node in (node for node in classes if not node.name.startswith('_')):
        made = [ast.unparse(decorator) for decorator in node.decorator_list if 'dataclass' in ast.unparse(decorator)]
        assert all('frozen=True' in decorator for decorator in made), node.name


def test_test_files_have_unique_names() -> None:
    """Every test file is `rk_<area>_test.py`, and no two share a name."""
    names = [path.name for path in (ROOT / 'tests').rglob('*_test.py')]
    assert len(names) == len(set(names))
    assert [name for name in names if not name.startswith('rk_')] == []
