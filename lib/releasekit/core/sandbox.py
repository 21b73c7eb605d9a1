# SPDX-License-Identifier: Apache-2.0
"""Renders templates of others with Jinja in a sandbox that reaches nothing but the data that it is given.

Whatever a template does is counted while it is done, in steps and in characters, so that no loop, macro, operator or
filter of it takes long or makes much: there is no clock, and the same template ends at the same place everywhere.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NoReturn

from jinja2 import StrictUndefined, TemplateError, TemplateSyntaxError, nodes
from jinja2.filters import FILTERS
from jinja2.runtime import Context, LoopContext
from jinja2.utils import Namespace
from jinja2.visitor import NodeTransformer

from releasekit.core import budget
from releasekit.core.budget import STEP, Budget, ExceededError
from releasekit.errors import Code, Place, ReleaseKitError, fail

# Characters of a template, and of what it makes.
MOST_SOURCE = 65_536
MOST_OUTPUT = 1_000_000
_MOST_RANGE = 10_000

# All that can be looked at of a value, beside the keys of mappings and the positions of lists.
_ATTRIBUTES: tuple[tuple[type, frozenset[str]], ...] = (
    (
        str,
        frozenset(
            {
                'capitalize', 'count', 'endswith', 'find', 'isdigit', 'isupper', 'islower', 'lower', 'lstrip',
                'partition', 'removeprefix', 'removesuffix', 'rpartition', 'rsplit', 'rstrip', 'split', 'splitlines',
                'startswith', 'strip', 'title', 'upper',
            }
        ),
    ),
    (dict, frozenset({'get', 'items', 'keys', 'values'})),
    (tuple, frozenset({'grouper', 'list'})),
    (
        LoopContext,
        frozenset(
            {
                'changed', 'cycle', 'depth', 'depth0', 'first', 'index', 'index0', 'last', 'length', 'nextitem',
                'previtem', 'revindex', 'revindex0',
            }
        ),
    ),
)  # fmt: skip
# Filters of Jinja whose result is no larger than what they are given.
_PLAIN_FILTERS = (
    'abs', 'capitalize', 'count', 'd', 'default', 'dictsort', 'first', 'groupby', 'last', 'length', 'list', 'lower',
    'map', 'max', 'min', 'reject', 'rejectattr', 'reverse', 'select', 'selectattr', 'sort', 'title', 'trim', 'unique',
    'upper', 'wordcount',
)  # fmt: skip
# Filters of ours: first those that stand for operators, which no template can name.
_OWN_FILTERS: Mapping[str, budget.Filter] = {
    '_concat': budget.concat,
    '_cut': budget.cut,
    '_tick': budget.tick,
    '_weigh': budget.weigh,
    'center': budget.center,
    'indent': budget.indent,
    'join': budget.join,
    'replace': budget.replace,
    'round': budget.rounded,
    'sum': budget.summed,
}
_REFUSED = (nodes.Include, nodes.Import, nodes.FromImport, nodes.Extends, nodes.EvalContextModifier)
# What an expression of a template can raise, beside what Jinja itself raises.
_WRONG = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError, RecursionError, MemoryError)


def render(text: str, name: str, data: Mapping[str, Any], filters: Mapping[str, Callable[..., str]]) -> str:
    """What a template makes of plain data; `filters` are those that it has beside Jinja's own.

    Raises:
        ReleaseKitError: `RK-TEMPLATE-FAILED` with the line of the template, for what it does wrong or too much of.
    """
    if len(text) > MOST_SOURCE:
        raise _failed(name, f'it has {len(text)} characters, {MOST_SOURCE} are allowed')
    environment = _Environment(filters)
    try:
        return ''.join(_pieces(environment, text, name, data))
    except TemplateSyntaxError as error:
        raise _failed(name, _lower(error.message or 'it cannot be read'), error.lineno) from error
    except (TemplateError, *_WRONG) as error:
        raise _failed(name, _told(error), _line(error)) from error
    except SyntaxError as error:
        raise _failed(name, 'it is nested too deeply') from error


def _pieces(environment: _Environment, text: str, name: str, data: Mapping[str, Any]) -> Iterator[str]:
    tree = environment.parse(text, name, name)
    _check(tree, name)
    code = environment.compile(_Counting().visit(tree), name, name)
    template = environment.template_class.from_code(environment, code, environment.make_globals(None))
    made = 0
    for piece in template.generate(dict(data)):
        made += len(piece)
        if made > MOST_OUTPUT:
            raise ExceededError(f'it makes more than {MOST_OUTPUT} characters')
        yield piece


def _check(tree: nodes.Template, name: str) -> None:
    """Refuse what reaches out of a template, and names that could stand for ours."""
    for refused in tree.find_all(_REFUSED):
        raise TemplateSyntaxError('A template can use no other one.', refused.lineno, name)
    names = [(node.name, node.lineno) for node in tree.find_all((nodes.Name, nodes.Macro, nodes.Filter))]
    for word, line in names:
        if word is not None and word.startswith('_'):
            raise TemplateSyntaxError(f'No name begins with an underscore here: {word}.', line, name)


class _Counting(NodeTransformer):
    """Puts the counting into a template, where Jinja itself has no place for it."""

    def visit_Concat(self, node: nodes.Concat) -> nodes.Node:  # noqa: N802 - named by Jinja
        self.generic_visit(node)
        return _filtered(nodes.List(node.nodes, lineno=node.lineno), '_concat')

    def visit_Getitem(self, node: nodes.Getitem) -> nodes.Node:  # noqa: N802
        self.generic_visit(node)
        if not isinstance(node.arg, nodes.Slice):
            return node
        bounds = [bound or nodes.Const(None) for bound in (node.arg.start, node.arg.stop, node.arg.step)]
        return _filtered(node.node, '_cut', bounds)

    def visit_Compare(self, node: nodes.Compare) -> nodes.Node:  # noqa: N802
        self.generic_visit(node)
        node.expr = _filtered(node.expr, '_weigh')
        for operand in node.ops:
            operand.expr = _filtered(operand.expr, '_weigh')
        return node

    def visit_Test(self, node: nodes.Test) -> nodes.Node:  # noqa: N802
        self.generic_visit(node)
        node.node = _filtered(node.node, '_weigh')
        node.args = [_filtered(argument, '_weigh') for argument in node.args]
        return node

    def _repeated(self, node: Any) -> nodes.Node:  # noqa: ANN401 - every node with a body
        static = sum(len(data.data) for part in node.body for data in _texts(part))
        self.generic_visit(node)
        tick = _filtered(nodes.Const(STEP + static, lineno=node.lineno), '_tick')
        node.body.insert(0, nodes.ExprStmt(tick, lineno=node.lineno))
        return node

    visit_For = visit_Macro = visit_CallBlock = visit_Block = _repeated  # noqa: N815


def _texts(node: nodes.Node) -> Iterator[nodes.TemplateData]:
    if isinstance(node, nodes.TemplateData):
        yield node
    yield from node.find_all(nodes.TemplateData)


def _filtered(node: nodes.Expr, name: str, arguments: list[nodes.Expr] | None = None) -> nodes.Filter:
    return nodes.Filter(node, name, arguments or [], [], None, None, lineno=node.lineno)


class _Environment(Budget):
    """The sandbox: no loader, few filters, no attribute but those of the table, and every operator is watched."""

    intercepted_binops = frozenset({'+', '-', '*', '/', '//', '%', '**'})

    def __init__(self, filters: Mapping[str, Callable[..., str]]) -> None:
        super().__init__(
            undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True, optimized=False
        )
        plain = {name: budget.watched(FILTERS[name]) for name in _PLAIN_FILTERS}
        given = {name: budget.handed(function) for name, function in filters.items()}
        self.filters = {**plain, **_OWN_FILTERS, **given}
        known: dict[str, Any] = {'range': self._range, 'namespace': Namespace}
        self.globals.clear()
        self.globals.update(known)
        self.finalize = budget.final

    def getattr(self, obj: Any, attribute: str) -> Any:  # noqa: ANN401 - any value of a template
        """The value of a key, else what is allowed of it."""
        if isinstance(obj, dict) and attribute in obj:
            return obj[attribute]
        return super().getattr(obj, attribute)

    def wrap_str_format(self, value: Any) -> None:  # noqa: ANN401
        """`str.format` is not in the table: a width in it makes a text of any length."""

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:  # noqa: ANN401
        """Whether the table has it; a namespace holds what the template put there."""
        if isinstance(obj, Namespace):
            return not attr.startswith('_')
        return any(isinstance(obj, kind) and attr in names for kind, names in _ATTRIBUTES)

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:  # noqa: ANN401
        """Numbers that stay small, and texts and lists that are added."""
        if operator == '+' and type(left) is type(right) and isinstance(left, (str, list)):
            self.spend(len(left) + len(right) + STEP)
        else:
            budget.small(operator, left, right)
        return super().call_binop(context, operator, left, right)

    def call(self, context: Context, obj: Any, /, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401
        """Call a macro, or a method of the table on a value that is counted."""
        owner = getattr(obj, '__self__', None)
        self.spend(STEP)
        if isinstance(owner, (str, list, dict)):
            budget.weigh(context, [owner if isinstance(owner, str) else '', *args])
        return super().call(context, obj, *args, **kwargs)

    def _range(self, *bounds: int) -> range:
        numbers = range(*bounds)
        if len(numbers) > _MOST_RANGE:
            raise ExceededError(f'a range has {len(numbers)} numbers, {_MOST_RANGE} are allowed')
        return numbers


def _told(error: BaseException) -> str:
    if isinstance(error, RecursionError):
        return 'it calls itself without end, or is nested too deeply'
    if isinstance(error, MemoryError):
        return 'it needs too much memory'
    return _lower(str(error) or type(error).__name__)


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:].rstrip('.')


def _line(error: BaseException) -> int | None:
    """The line of the template that an error comes from, as Jinja writes it into the traceback."""
    found, trace = None, error.__traceback__
    while trace is not None:
        if '__jinja_exception__' in trace.tb_frame.f_globals:
            found = trace.tb_lineno
        trace = trace.tb_next
    return found


def _failed(name: str, what: str, line: int | None = None) -> ReleaseKitError:
    hint = 'Change the template; `releasekit notes --format json` prints the data that it gets.'
    return fail(Code.TEMPLATE_FAILED, f'The template cannot be used: {what}.', hint, Place(name, line))


def no_heading(name: str, wanted: str) -> NoReturn:
    """Say that a template writes no heading that its section could be found by.

    Raises:
        ReleaseKitError: `RK-TEMPLATE-FAILED`.
    """
    hint = 'Begin it with {{ heading }}; for several packages, write `### NAME VERSION` above what is told of each.'
    raise fail(Code.TEMPLATE_FAILED, f'The template writes no heading {wanted}.', hint, Place(name))
