# SPDX-License-Identifier: Apache-2.0
"""Path globs as uv reads them: those of the Rust crate `glob`, https://docs.rs/glob/latest/glob/struct.Pattern.html.

`members` walks folders, so `*` stays within one; `exclude` matches whole paths, so `*` crosses `/`.
"""

from __future__ import annotations

import functools
import posixpath
import re

# What means something in a class of a regular expression and nothing in one of a glob.
_SPECIAL = re.compile(r'([\\^\[\]&~|])')
_ESCAPED = r'\\\1'


class GlobError(ValueError):
    """A pattern that the crate refuses."""


def resolve(root: str, pattern: str) -> str:
    """A pattern relative to a folder, as one relative to the repository: no `.`, `..` or doubled `/` inside."""
    joined = posixpath.normpath(posixpath.join(root, pattern))
    if joined.startswith(('../', '/')) or joined == '..':
        raise GlobError('it leads out of the repository')
    return joined


@functools.lru_cache(maxsize=256)
def walking(pattern: str) -> re.Pattern[str]:
    """The regular expression of a `members` glob, to be matched in full against a folder.

    Raises:
        GlobError: The pattern is wrong.
    """
    return _compile(pattern, any_text='[^/]*', one='[^/]', between='(?:[^/]+/)*', last='(?:[^/]+/)*[^/]+')


@functools.lru_cache(maxsize=256)
def whole(pattern: str) -> re.Pattern[str]:
    """The regular expression of an `exclude` glob, to be matched in full against a folder.

    Raises:
        GlobError: The pattern is wrong.
    """
    return _compile(pattern, any_text='.*', one='.', between='(?:.*/)?', last='.*')


def _compile(pattern: str, *, any_text: str, one: str, between: str, last: str) -> re.Pattern[str]:
    expression = ''
    parts = pattern.split('/')
    for index, part in enumerate(parts):
        final = index == len(parts) - 1
        if part == '**':
            expression += last if final else between
            continue
        if '**' in part:
            raise GlobError('`**` must stand alone between slashes')
        expression += _component(part, any_text, one) + ('' if final else '/')
    return re.compile(expression, re.DOTALL)


def _component(part: str, any_text: str, one: str) -> str:
    found = ''
    position = 0
    while position < len(part):
        character = part[position]
        if character == '[':
            # The first character of a class is one of its members, even where it is a bracket.
            end = part.find(']', position + (3 if part[position + 1 : position + 2] == '!' else 2))
            if end < 0:
                raise GlobError('a `[` is not closed')
            found += _class(part[position + 1 : end])
            position = end
        else:
            found += any_text if character == '*' else one if character == '?' else re.escape(character)
        position += 1
    return found


def _class(body: str) -> str:
    negated = '^' if body.startswith('!') else ''
    members = body[1:] if negated else body
    return f'[{negated}{_SPECIAL.sub(_ESCAPED, members)}]'
