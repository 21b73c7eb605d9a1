# SPDX-License-Identifier: Apache-2.0
"""Masks secrets in whatever text they hide: those of an environment, those learned on the way, and known shapes."""

from __future__ import annotations

import base64
import contextlib
import dataclasses
import json
import re
import shlex
from collections.abc import Generator, Iterable, Iterator, Mapping, Set
from typing import Any
from urllib.parse import quote, quote_plus, unquote

from releasekit.shapes import ASSIGNED, AUTH_SCHEME, AUTH_SCHEMES, SHAPES, USERINFO

MASK = '***'

# Words that give away a variable that holds a credential. `KEY` counts only as a word of its own.
_SECRET_NAME = re.compile(
    r'TOKEN|PASSW(OR)?D|PASSPHRASE|SECRET|CREDENTIAL|AUTHORIZATION|COOKIE|NETRC|API_?KEY|WEBHOOK'
    r'|(^|_)OTLP_([A-Z]+_)?HEADERS$|(^|_)AUTH$|(^|_)(KEYS?|PWD|PASS|PAT|JWT)(_|$)',
    re.IGNORECASE,
)
# Fields of ours are called `key` where an action is meant, so that word alone masks no field.
_SECRET_FIELD = re.compile(r'TOKEN|PASSWORD|PASSPHRASE|SECRET|CREDENTIAL|AUTHORIZATION|API_?KEY', re.IGNORECASE)
# The folder that a shell is in, not a password.
_NOT_SECRET = frozenset({'PWD', 'OLDPWD'})
# Switches are no secrets, whatever their name.
_SWITCHES = frozenset({'true', 'false', 'none', 'null', 'auto', 'always', 'never', 'disabled', 'enabled'})
_SHORTEST = 4
# A part of a secret is looked for by itself from this length on; shorter ones are found in ordinary texts too.
_PART = 8
# A user's name in an address that is as long as this is a token.
_TOKEN = 20
_MARKUP = str.maketrans({'&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#x27;'})
# Names that registries take in place of a user's.
_USERS = ('', '__token__', 'x-access-token', 'oauth2')


def looks_secret(name: str) -> bool:
    """Whether a variable of this name probably holds a credential."""
    return name.upper() not in _NOT_SECRET and _SECRET_NAME.search(name) is not None


def has_userinfo(value: str) -> bool:
    """Whether a value holds a URL with a user name or a password in it."""
    return USERINFO.search(value) is not None


def credentials_in(text: str) -> set[str]:
    """The passwords and tokens in the addresses and the headers of a text, such as git's configuration.

    CI systems write them there; a forge takes a token as a password, or in place of the user's name.
    """
    found: set[str] = set()
    for _, userinfo in USERINFO.findall(text):
        user, sign, word = userinfo.partition(':')
        found |= {word, unquote(word)} if sign else {user} if len(user) >= _TOKEN else set()
    for header in AUTH_SCHEME.finditer(text):
        given = header[0].split()[-1]
        found.add(given)
        with contextlib.suppress(ValueError):
            found.add(base64.b64decode(given, validate=True).decode().partition(':')[2])
    return {secret for secret in found if _worth(secret)}


def is_credential(name: str) -> bool:
    """Whether a variable of this name holds a credential: `add_secrets` named it, or it looks secret."""
    return name in _learned.names or looks_secret(name)


@dataclasses.dataclass(slots=True)
class _Learned:
    """What was learned to be secret while the process ran, and the variables that it came from."""

    names: frozenset[str] = frozenset()
    secrets: frozenset[str] = frozenset()
    users: frozenset[str] = frozenset()
    forms: frozenset[str] = frozenset()


_learned = _Learned()


def add_secrets(secrets: Iterable[str], users: Iterable[str] = (), names: Iterable[str] = ()) -> None:
    """Mask these values from now on, also in base64 with a user's name before them, whoever masks.

    `names` are variables that hold credentials, whatever they are called. Nothing is forgotten but by `forgetting`.
    """
    _learned.names |= frozenset(names)
    _learned.users |= frozenset(user.strip() for user in users if user.strip())
    _learned.secrets |= frozenset(part for secret in secrets for part in _parts(secret))
    forms = _encoded(_learned.secrets, _learned.users)
    if forms != _learned.forms:
        _learned.forms = forms


@contextlib.contextmanager
def forgetting() -> Generator[None, None, None]:
    """Forget afterwards what `add_secrets` was told meanwhile: tests share a process."""
    before = dataclasses.replace(_learned)
    try:
        yield
    finally:
        for field in dataclasses.fields(before):
            setattr(_learned, field.name, getattr(before, field.name))


class Redactor:
    """Masks the secret values of an environment, however they are written, and whatever has a token's shape.

    What `add_secrets` was told is masked as well, be it before or after.
    """

    __slots__ = ('_known', '_own', '_values')

    def __init__(self, environment: Mapping[str, str]) -> None:
        """Learn the values of the variables whose names look secret, and of URLs with userinfo."""
        self._own = _forms(environment)
        self._known: frozenset[str] | None = None
        self._values: list[str] = []

    def mask(self, text: str) -> str:
        """The text with `***` in place of everything secret."""
        for value in self._current():
            text = text.replace(value, MASK)
        text = USERINFO.sub(rf'\1{MASK}@', text)
        lower = text.lower()
        if any(scheme in lower for scheme in AUTH_SCHEMES):
            text = AUTH_SCHEME.sub(rf'\1\2{MASK}', text)
        for word, shape in SHAPES:
            if word in text:
                text = shape.sub(MASK, text)
        for needed, shape in ASSIGNED:
            if any(word in lower for word in needed):
                text = shape.sub(rf'\1{MASK}', text)
        return text

    def begun(self, text: str) -> int:
        """How many of the last characters of a text could be the beginning of a secret that is known."""
        ends = (
            length
            for value in self._current()
            for length in range(min(len(value) - 1, len(text)), 0, -1)
            if text.endswith(value[:length])
        )
        return max(ends, default=0)

    def clean(self, value: Any) -> Any:  # noqa: ANN401 - a field of a log line can be anything
        """The value with every text in it masked; what is not plain data becomes its masked text."""
        if value is None or isinstance(value, (bool, int, float)):
            return value
        if isinstance(value, str):
            return self.mask(value)
        if isinstance(value, bytes):
            return self.mask(value.decode('utf-8', 'replace'))
        if isinstance(value, Mapping):
            return {self.mask(str(key)): self._field(str(key), item) for key, item in value.items()}
        if isinstance(value, (list, tuple, set, frozenset)):
            return [self.clean(item) for item in value]
        return self.mask(str(value))

    def _current(self) -> list[str]:
        """All forms of all secrets that are known by now, the longest first."""
        if self._known is not _learned.forms:
            self._known = _learned.forms
            self._values = sorted(self._own | self._known, key=lambda form: (-len(form), form))
        return self._values

    def _field(self, name: str, value: Any) -> Any:  # noqa: ANN401
        return MASK if isinstance(value, (str, bytes)) and _SECRET_FIELD.search(name) else self.clean(value)

    def __call__(self, _logger: object, _method: str, event: Mapping[str, Any]) -> dict[str, Any]:
        """Act as a processor of structlog."""
        return self.clean(event)


def _forms(environment: Mapping[str, str]) -> frozenset[str]:
    named = (value for name, value in environment.items() if looks_secret(name))
    secrets = {part for value in named for part in _parts(value)}
    for value in environment.values():
        secrets |= credentials_in(value)
    users = {value for name, value in environment.items() if 'USER' in name.upper() and value}
    return _encoded(secrets, users)


def _parts(value: str) -> Iterator[str]:
    """A secret without the white space around it, as who uses it takes it; its lines, and the values in a list.

    Lines are shown one by one, as in a message that is indented; a list of headers is written as W3C baggage is
    (https://opentelemetry.io/docs/specs/otel/protocol/exporter/#specifying-headers-via-environment-variables).
    """
    value = value.strip()
    if not _worth(value):
        return
    yield value
    yield from (line.strip() for line in value.splitlines() if len(line.strip()) >= _PART)
    for _, sign, item in (pair.partition('=') for pair in value.split(',')):
        if sign and len(item.strip()) >= _PART:
            yield from {item.strip(), unquote(item.strip())}


def _encoded(secrets: Set[str], users: Set[str]) -> frozenset[str]:
    """All the ways in which secrets are written, alone and in base64 after a name (RFC 7617)."""
    pairs = {f'{user}:{secret}' for user in {*users, *_USERS} for secret in secrets}
    written = {form for secret in secrets for form in _written(secret)}
    joined = {form for pair in pairs for form in _base64(_bytes(pair))}
    return frozenset(form for form in written | joined if len(form) >= _SHORTEST)


def _written(secret: str) -> Iterator[str]:
    """A secret as programs write it: as it is, quoted for a URL, JSON, Python, HTML or a shell, in hex and base64."""
    yield secret
    for quoted in (quote(secret, '', errors='surrogateescape'), quote(secret, errors='surrogateescape')):
        yield quoted
        yield re.sub('%[0-9A-F]{2}', lambda found: found[0].lower(), quoted)
    yield quote_plus(secret, errors='surrogateescape')
    yield from (json.dumps(secret, ensure_ascii=ascii_)[1:-1] for ascii_ in (True, False))
    yield from (repr(secret)[1:-1], secret.translate(_MARKUP))
    yield shlex.quote(secret)
    data = _bytes(secret)
    yield from (data.hex(), data.hex().upper())
    yield from _base64(data)


def _base64(data: bytes) -> Iterator[str]:
    """Bytes in both alphabets of base64 (RFC 4648), alone and as they stand in the middle of something longer."""
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        whole = encode(data).decode()
        yield whole
        yield whole.rstrip('=')
        if len(data) >= _PART:
            # Before the data stand 0, 1 or 2 bytes of its first group of three; only what they don't touch is known.
            for before, shared in ((0, 0), (1, 2), (2, 3)):
                yield encode(bytes(before) + data).decode()[shared : (before + len(data)) * 8 // 6]


def _bytes(text: str) -> bytes:
    # An environment may hold bytes that are no UTF-8, as lone surrogates.
    return text.encode('utf-8', 'surrogateescape')


def _worth(value: str) -> bool:
    return len(value) >= _SHORTEST and value.lower() not in _SWITCHES
