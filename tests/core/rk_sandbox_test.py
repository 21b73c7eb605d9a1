# SPDX-License-Identifier: Apache-2.0
"""Templates of others reach nothing, and neither take long nor make much, whatever they try."""

from __future__ import annotations

from typing import Any

import pytest

from releasekit.core.sandbox import MOST_OUTPUT, MOST_SOURCE, render
from releasekit.errors import Code, ReleaseKitError

DATA: dict[str, Any] = {
    'name': 'core',
    'count': 3,
    'items': ['a', 'b'],
    'notes': {'items': 'not a method', 'name': 'inner'},
    'pairs': [{'k': 'x', 'n': 1}, {'k': 'y', 'n': 2}, {'k': 'x', 'n': 3}],
}
FILTERS = {'loud': lambda value: f'{value}!'}


def made(text: str) -> str:
    return render(text, 't.j2', DATA, FILTERS)


def refused(text: str) -> tuple[str, str]:
    """What is said, and where."""
    with pytest.raises(ReleaseKitError) as caught:
        made(text)
    problem = caught.value.problems[0]
    assert problem.code is Code.TEMPLATE_FAILED
    return problem.message, str(problem.place)


@pytest.mark.parametrize(
    ('text', 'expected'),
    [
        ('{{ name|upper }} {{ count + 1 }} {{ 2 ** 10 }} {{ 7 // 2 }} {{ -count }}', 'CORE 4 1024 3 -3'),
        ('{% for x in items %}{{ loop.index }}{{ x }}{% endfor %}', '1a2b'),
        ('{{ notes.items }} {{ notes["name"] }} {{ notes.get("none", 1) }}', 'not a method inner 1'),
        ('{{ name ~ "-" ~ count }} {{ name + "!" }} {{ [1] + [2] == [1, 2] }}', 'core-3 core! True'),
        ('{{ name[1:3] }}{{ items[:1]|join }}', 'ora'),
        ('{{ items|join(", ") }} {{ pairs|join("-", "k") }}', 'a, b x-y-x'),
        ('{{ name|loud }} {{ "x y"|title }}', 'core! X Y'),
        ('{{ pairs|map(attribute="n")|sum }} {{ pairs|sum("n") }} {{ 2.345|round(2) }} {{ 2.5|round }}', '6 6 2.35 2'),
        ('{{ pairs|selectattr("k", "eq", "x")|list|length }}', '2'),
        ('{% for key, some in pairs|groupby("k") %}{{ key }}{{ some|length }}{% endfor %}', 'x2y1'),
        (
            ('{% set f = namespace(n=0) %}{% for p in pairs %}{% set f.n = f.n + p.n %}{% endfor %}{{ f.n }}'),
            '6',
        ),
        ('{% macro twice(x) %}{{ x }}{{ x }}{% endmacro %}{{ twice("ab") }}', 'abab'),
        ('{% set block %}{{ name }}{% endset %}{{ block }}', 'core'),
        ('{{ "a\nb"|indent(2) }}|{{ "ab"|center(6) }}|{{ "aXa"|replace("a", "bb") }}', 'a\n  b|  ab  |bbXbb'),
        ('{% if name is defined and missing is not defined %}yes{% endif %}', 'yes'),
        ('{{ "x" in items }} {{ "a,b".split(",")|length }} {{ none_at_all|default("d") }}', 'False 2 d'),
        ('{{ range(3)|list|length }}', '3'),
    ],
)
def test_what_a_template_needs_is_there(text: str, expected: str) -> None:
    """Loops, macros, filters and small numbers."""
    assert made(text) == expected


@pytest.mark.parametrize(
    'text',
    [
        '{{ name.__class__ }}',
        '{{ name["__class__"] }}',
        '{{ "".__class__.__mro__[1].__subclasses__() }}',
        '{{ (name|upper).__init__.__globals__ }}',
        '{{ name.format() }}',
        '{{ "{0.__class__}".format(name) }}',
        '{{ name.encode() }}',
        '{{ count.to_bytes(1) }}',
        '{{ items.append("x") }}',
        '{{ notes.update({}) }}',
        '{{ notes.clear() }}',
        '{{ range.__init__ }}',
        '{{ self._TemplateReference__context }}',
        '{{ loop }}',
        '{% for x in items %}{{ loop._iterable }}{% endfor %}',
        '{{ cycler("a") }}',
        '{{ lipsum(n=1000) }}',
        '{{ dict(a=1) }}',
        '{{ name|attr("upper") }}',
        '{{ name|pprint }}',
        '{{ name|_weigh }}',
        '{% macro _tick() %}{% endmacro %}',
        '{% set _x = 1 %}',
        '{% include "/etc/passwd" %}',
        '{% import "os" as os %}',
        '{% from "os" import path %}',
        '{% extends "x" %}',
        '{{ missing }}',
        '{{ notes.missing }}',
        '{{ name() }}',
        '{{ items }}',
        '{{ notes }}',
        '{{ name|loud|nothing }}',
        '{{ name | }}',
        '{% for x in items %}',
        '{{ 1 / 0 }}',
        '{{ "a" - 1 }}',
        '{{ "%s" % name }}',
        '{{ items * 2 }}',
    ],
)
def test_a_template_reaches_nothing(text: str) -> None:
    """No internals, no files, no other template, no name that is not there; the line is told."""
    _, place = refused(f'first line\n{text}')
    assert place == 't.j2:2'


# A text of a million characters, and lists that hold each other sixty times over.
_GROWN = '{% set ns = namespace(s="ab") %}{% for i in range(19) %}{% set ns.s = ns.s ~ ns.s %}{% endfor %}'
_NESTED = '{% set ns = namespace(a=[1], b=[1]) %}{% for i in range(60) %}{% set ns.a = [ns.a, ns.a] %}'


def _again(start: str, step: str) -> str:
    """A template that does the same 64 times with `ns.s`."""
    return f'{{% set ns = namespace(s={start}) %}}{{% for i in range(64) %}}{step}{{% endfor %}}'


BOMBS = {
    'times': '{{ "a" * 1000000000 }}',
    'power': '{{ 10 ** 10000000 }}',
    'towers': '{{ 64 ** 64 ** 64 ** 64 }}',
    'many digits': '{% set ns = namespace(x=9) %}{% for i in range(99) %}{% set ns.x = ns.x * ns.x %}{% endfor %}',
    'percent': '{{ "%1000000000d" % 1 }}',
    'format': '{{ "%1000000000d"|format(1) }}',
    'format method': '{{ "{:1000000000}".format(1) }}',
    'center': '{{ "a"|center(1000000000) }}',
    'center method': '{{ "a".center(1000000000) }}',
    'zfill': '{{ "a".zfill(1000000000) }}',
    'tabs': '{{ "\t".expandtabs(1000000000) }}',
    'indent': '{{ "a\nb"|indent(1000000000) }}',
    'range': '{{ range(1000000000)|list|length }}',
    'loops': '{% for x in range(9999) %}' * 3 + '{% endfor %}' * 3,
    'text in a loop': '{% for a in range(9999) %}{% for b in range(9999) %}xxxxxxxxxxxxxxxx{% endfor %}{% endfor %}',
    'tilde': _again('"ab"', '{% set ns.s = ns.s ~ ns.s %}'),
    'plus': _again('"ab"', '{% set ns.s = ns.s + ns.s %}'),
    'lists': _again('[1]', '{% set ns.s = ns.s + ns.s %}'),
    'join': _again('"ab"', '{% set ns.s = [ns.s, ns.s]|join(ns.s) %}'),
    'replace': _again('"aa"', '{% set ns.s = ns.s|replace("a", ns.s) %}'),
    'blocks': _again('"ab"', '{% set b %}{{ ns.s }}{{ ns.s }}{% endset %}{% set ns.s = b %}'),
    'macros': '{% macro f(x) %}{{ x }}{{ x }}{% endmacro %}' + '{{ ' + 'f(' * 40 + '"ab"' + ')' * 40 + ' }}',
    'tree of calls': '{% macro f(n) %}{% if n %}{{ f(n - 1) }}{{ f(n - 1) }}{% endif %}{% endmacro %}{{ f(60) }}',
    'endless calls': '{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}',
    'recursive loop': '{% for x in [1] recursive %}{{ loop([1]) }}{% endfor %}',
    'nested lists': _NESTED + '{% set ns.b = [ns.b, ns.b] %}{% endfor %}{{ ns.a == ns.b }}',
    'nested as text': _NESTED + '{% endfor %}{{ ns.a|lower }}',
    'comparing': _GROWN + '{% for a in range(9999) %}{{ ns.s ~ "" == ns.s }}{% endfor %}',
    'searching': _GROWN + '{% for a in range(9999) %}{{ "c" in ns.s }}{% endfor %}',
    'cutting': _GROWN + '{% for a in range(9999) %}{% set x = ns.s[1:] %}{% endfor %}',
    'methods': _GROWN + '{% for a in range(9999) %}{% set x = ns.s.upper() %}{% endfor %}',
    'filters': _GROWN + '{{ range(9999)|map("default")|select("in", ns.s)|list|length }}',
    'rounding': '{{ 1.5|round(1000000000, "ceil") }}',
    'parentheses': '{{ ' + '(' * 5000 + '1' + ')' * 5000 + ' }}',
    'nested blocks': '{% if 1 %}' * 3000 + '{% endif %}' * 3000,
    'lists in lists': '{{ ' + '[' * 3000 + ']' * 3000 + ' }}',
    'long source': 'x' * (MOST_SOURCE + 1),
    'long output': '{% for a in range(9999) %}' + 'x' * 150 + '{% endfor %}',
}


@pytest.mark.parametrize('name', BOMBS)
def test_a_bomb_does_not_go_off(name: str) -> None:
    """Every one of them ends with an error that says what was too much, before it is."""
    message, _ = refused(BOMBS[name])
    assert message.startswith('The template cannot be used: ')


def test_what_is_long_but_allowed_is_made() -> None:
    """The caps are far above what notes of a large repository need."""
    text = made('{% for a in range(9000) %}' + 'x' * 100 + '\n{% endfor %}')
    assert len(text) == 9000 * 101 < MOST_OUTPUT


def test_the_same_template_can_be_rendered_again() -> None:
    """What one rendering has used up is not missing in the next."""
    busy = '{% for a in range(9999) %}{% for b in range(25) %}{% endfor %}{% endfor %}done'
    assert [made(busy), made(busy)] == ['done', 'done']
