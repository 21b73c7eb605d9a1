# SPDX-License-Identifier: Apache-2.0
"""The simple repository API: pages as JSON (PEP 691) or HTML (PEP 503, 592), asked for in this order.

https://packaging.python.org/en/latest/specifications/simple-repository-api/
"""

from __future__ import annotations

import html.parser
import json
import re
import urllib.parse
from collections.abc import Iterator, Mapping
from typing import Any

from packaging.utils import (
    InvalidSdistFilename,
    InvalidWheelFilename,
    canonicalize_name,
    parse_sdist_filename,
    parse_wheel_filename,
)
from packaging.version import InvalidVersion, Version

from releasekit.ports import PublishedFile, Response

ACCEPT = 'application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.01'

_MAJOR = '1'
_SHA256 = re.compile(r'[0-9a-f]{64}')


class PageError(ValueError):
    """A page that is no page of a simple index."""


def page(response: Response, name: str, version: str) -> Mapping[str, PublishedFile]:
    """The files of one version on a project's page, by name.

    Raises:
        PageError: The page cannot be read, or is of a later version of the API (PEP 629).
    """
    read = _json if 'json' in response.headers.get('content-type', '') else _html
    wanted = (canonicalize_name(name), Version(version))
    return {file.filename: file for file in read(response) if _release(file.filename) == wanted}


def _release(filename: str) -> tuple[str, Version] | None:
    try:
        if filename.endswith('.whl'):
            return parse_wheel_filename(filename)[:2]
        return parse_sdist_filename(filename)
    except (InvalidSdistFilename, InvalidWheelFilename, InvalidVersion):
        return None


def _json(response: Response) -> Iterator[PublishedFile]:
    try:
        document: Any = json.loads(response.body)
        _check(_string(document['meta'].get('api-version', '1.0')))
        for file in document['files']:
            filename, href = _string(file['filename']), _string(file['url'])
            told, yanked = _digest(file.get('hashes', {}).get('sha256')), file.get('yanked', False) is not False
            if (url := _joined(response.url, href)) is not None:
                yield PublishedFile(filename, told or _fragment(url), _bare(url), yanked)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise PageError(f'its JSON is none of PEP 691: {error!r}') from error


def _html(response: Response) -> Iterator[PublishedFile]:
    parser = _Links()
    try:
        parser.feed(response.body.decode('utf-8', 'replace'))
    except AssertionError as error:
        # What Python 3.10 and later say to a marked section of an unknown kind.
        raise PageError(f'its HTML cannot be parsed: {error}') from error
    _check(parser.api)
    if (base := _joined(response.url, parser.base)) is None:
        raise PageError(f'its base is {parser.base!r}, which is no address')
    for href, text, yanked in parser.links:
        if (url := _joined(base, href)) is not None:
            path = urllib.parse.unquote(urllib.parse.urlsplit(url).path)
            filename = ''.join(text).strip() or path.rsplit('/', maxsplit=1)[-1]
            yield PublishedFile(filename, _fragment(url), _bare(url), yanked)


def _joined(base: str, href: str) -> str | None:
    """The absolute address of a link, None where it is none: nothing can be had from there."""
    try:
        url = urllib.parse.urljoin(base, href)
        urllib.parse.urlsplit(url)
    except ValueError:
        return None
    return url


def _string(value: Any) -> str:  # noqa: ANN401 - JSON enters here
    if not isinstance(value, str):
        raise TypeError(f'{type(value).__name__} where text belongs')
    return value


def _digest(value: object) -> str | None:
    """A SHA-256 in hex, None for anything else."""
    digest = value.lower() if isinstance(value, str) else ''
    return digest if _SHA256.fullmatch(digest) else None


def _check(api: str) -> None:
    if api.split('.', maxsplit=1)[0] != _MAJOR:
        raise PageError(f'it is of version {api} of the API')


def _fragment(url: str) -> str | None:
    kind, _, digest = urllib.parse.urlsplit(url).fragment.partition('=')
    return _digest(digest) if kind == 'sha256' else None


def _bare(url: str) -> str:
    return urllib.parse.urldefrag(url).url


class _Links(html.parser.HTMLParser):
    """Collects the anchors of a page: address, text and whether it is yanked."""

    def __init__(self) -> None:
        super().__init__()
        self.links: list[tuple[str, list[str], bool]] = []
        self.api = '1.0'
        self.base = ''
        self._open = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if tag == 'meta' and values.get('name') == 'pypi:repository-version':
            self.api = values.get('content') or self.api
        elif tag == 'base':
            self.base = values.get('href') or ''
        elif tag == 'a' and values.get('href'):
            self.links.append((values['href'] or '', [], 'data-yanked' in values))
            self._open = True

    def handle_endtag(self, tag: str) -> None:
        self._open = self._open and tag != 'a'

    def handle_data(self, data: str) -> None:
        if self._open:
            self.links[-1][1].append(data)
