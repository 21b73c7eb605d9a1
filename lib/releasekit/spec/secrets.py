# SPDX-License-Identifier: Apache-2.0
"""Finds secrets in a text by their shape. They never go further: what is read on has them blotted out."""

from __future__ import annotations

import re
from collections.abc import Iterator

from releasekit.errors import Code, Problem
from releasekit.spec.places import Places, Span, split

# Each shape is the one that its issuer documents; the part that is secret is the group `secret`.
_SHAPES = (
    ('a PyPI token', r'(?P<secret>pypi-AgE[A-Za-z0-9_-]{13,})'),
    ('a GitHub token', r'(?P<secret>gh[pousr]_[A-Za-z0-9]{20,}|github_pat_[A-Za-z0-9_]{20,})'),
    ('a GitLab token', r'(?P<secret>glpat-[A-Za-z0-9_-]{16,})'),
    ('an npm token', r'(?P<secret>npm_[A-Za-z0-9]{30,})'),
    ('a Slack token', r'(?P<secret>xox[abeoprs]-[A-Za-z0-9-]{10,})'),
    ('an AWS access key', r'(?P<secret>(?:AKIA|ASIA)[0-9A-Z]{16})'),
    ('a private key', r'(?P<secret>-----BEGIN [A-Z ]{0,32}PRIVATE KEY-----)'),
    ('a password in a URL', r'://[^/\s:@\'"]{0,256}:(?P<secret>[^/\s@\'"]{1,1024})@'),
)
_PATTERNS = tuple((name, re.compile(rf'(?<![A-Za-z0-9_]){shape}')) for name, shape in _SHAPES[:-2]) + tuple(
    (name, re.compile(shape)) for name, shape in _SHAPES[-2:]
)
_HINT = 'Remove it, revoke it, and name an environment variable in its place: `auth: {token: {env: NAME}}`.'


def blot(text: str) -> str:
    """The text with every secret written over; lines and columns stay."""
    for _, pattern in _PATTERNS:
        text = pattern.sub(_over, text)
    return text


def find(text: str, path: str) -> Iterator[Problem]:
    """The secrets of a text, in comments too; no problem repeats one."""
    places = Places(path, split(blot(text)))
    for number, line in enumerate(split(text), start=1):
        for name, pattern in _PATTERNS:
            for match in pattern.finditer(line):
                start, end = match.span('secret')
                place = places.place(Span(number, start + 1, end - start))
                yield Problem(Code.SPEC_SECRET, f'This is {name}; the file is no place for secrets.', _HINT, place)


def _over(match: re.Match[str]) -> str:
    start, end = match.span('secret')
    whole, offset = match.group(), match.start()
    return f'{whole[: start - offset]}{"x" * (end - start)}{whole[end - offset :]}'
