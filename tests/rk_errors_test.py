# SPDX-License-Identifier: Apache-2.0
"""How problems are written for people."""

from __future__ import annotations

import pytest

from releasekit.errors import Code, Exit, Place, Problem, ReleaseKitError, Severity, advice, fail, render

EXAMPLE = """\
error[RK-SPEC-INVALID]: `ecosytem` is not a key of a workspace.
  --> release.yaml:9:5
   |
 9 |     ecosytem: python
   |     ^^^^^^^^ did you mean `ecosystem`?
   |
   = hint: Rename the key, or run `releasekit explain RK-SPEC-INVALID` for the keys that a workspace takes."""


def test_a_problem_is_written_as_the_format_documents_it() -> None:
    """The example of the documentation, to the letter."""
    place = Place('release.yaml', 9, 5, '    ecosytem: python', 8, 'did you mean `ecosystem`?')
    message = '`ecosytem` is not a key of a workspace.'
    hint = 'Rename the key, or run `releasekit explain RK-SPEC-INVALID` for the keys that a workspace takes.'
    assert render(Problem(Code.SPEC_INVALID, message, hint, place)) == EXAMPLE


@pytest.mark.parametrize(
    ('place', 'lines'),
    [
        (None, [' = hint: Do it.']),
        (Place('a/b.py'), [' --> a/b.py', '  = hint: Do it.']),
        (Place('a.py', 7), ['  --> a.py:7', '   = hint: Do it.']),
        (
            Place('a.py', 120, 3, 'ab cd', 2),
            ['    --> a.py:120:3', '     |', ' 120 | ab cd', '     |   ^^', '     |', '     = hint: Do it.'],
        ),
        (Place('a.py', 1, 1, ''), ['  --> a.py:1:1', '   |', ' 1 | ', '   | ^', '   |', '   = hint: Do it.']),
    ],
    ids=['nowhere', 'file', 'line', 'wide-margin', 'empty-line'],
)
def test_what_is_not_known_of_a_place_is_left_out(place: Place | None, lines: list[str]) -> None:
    """The hint stands below the last part that there is."""
    assert render(Problem(Code.USAGE, 'Wrong.', 'Do it.', place)).splitlines()[1:] == lines


@pytest.mark.parametrize(
    ('place', 'told'),
    [
        (None, 'Do it.'),
        (Place('a.py', 7), 'Do it.'),
        (Place('a.py', 7, 1, 'x', label='did you mean `y`?'), 'Did you mean `y`? Do it.'),
        (Place('a.py', 7, 1, 'x', label='first in line 3'), 'First in line 3. Do it.'),
    ],
)
def test_in_one_line_the_advice_has_what_stands_beside_the_caret(place: Place | None, told: str) -> None:
    """Where no source is shown, the nearest name would be lost."""
    assert advice(Problem(Code.USAGE, 'Wrong.', 'Do it.', place)) == told


@pytest.mark.parametrize(
    ('source', 'column', 'length', 'caret'),
    [
        ('\tkey: x', 2, 3, '\t^^^'),
        ('a\t\tkey', 4, 3, ' \t\t^^^'),
        ('版本: x', 1, 2, '^^^^'),
        ('版本: x', 5, 1, '      ^'),
        ('e\u0301a: x', 3, 1, ' ^'),
    ],
)
def test_the_caret_stands_below_what_it_means(source: str, column: int, length: int, caret: str) -> None:
    """Tabs stay tabs, wide characters take two columns and combining ones none."""
    written = render(Problem(Code.USAGE, 'Wrong.', 'Do it.', Place('a', 1, column, source, length)))
    assert written.splitlines()[4] == f'   | {caret}'


def test_a_warning_says_that_it_is_one() -> None:
    """Warnings have the same form."""
    problem = Problem(Code.SPEC_UNUSED, 'Odd.', 'Do it.', severity=Severity.WARNING)
    assert render(problem) == 'warning[RK-SPEC-UNUSED]: Odd.\n = hint: Do it.'


@pytest.mark.parametrize(
    ('code', 'exit_'),
    [
        (Code.SPEC_INVALID, Exit.USAGE),
        (Code.LOCKED, Exit.LOCKED),
        (Code.BUG, Exit.BUG),
        (Code.BUILD_FAILED, Exit.FAILED),
    ],
)
def test_a_code_stands_for_an_exit_status(code: Code, exit_: Exit) -> None:
    """The first problem's code decides, unless the error says otherwise."""
    error = fail(code, 'Wrong.', 'Do it.')
    assert (error.exit, error.code) == (exit_, code)
    assert ReleaseKitError(*error.problems, exit=Exit.PARTIAL).exit is Exit.PARTIAL
