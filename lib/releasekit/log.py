# SPDX-License-Identifier: Apache-2.0
"""Structured logs to one stream, human on a terminal and JSON elsewhere; nothing secret leaves through them.

Before `configure` nothing is logged, as befits a library, and structlog is not even imported.
"""

from __future__ import annotations

import base64
import contextlib
import dataclasses
import re
import uuid
from collections.abc import Generator, Iterable, Mapping, Set
from typing import TYPE_CHECKING, Any, Literal, TextIO
from urllib.parse import quote

from releasekit import lazy

if TYPE_CHECKING:
    import structlog
else:
    structlog = lazy.module('structlog')

Level = Literal['debug', 'info', 'warning', 'error']

MASK = '***'

_LEVELS: Mapping[Level, int] = {'debug': 10, 'info': 20, 'warning': 30, 'error': 40}

# Words that give away a variable that holds a credential. `KEY` counts only as a word of its own.
_SECRET_NAME = re.compile(
    r'TOKEN|PASSW(OR)?D|PASSPHRASE|SECRET|CREDENTIAL|AUTHORIZATION|COOKIE|NETRC|API_?KEY|(^|_)(KEYS?|PWD|PASS|PAT)(_|$)',
    re.IGNORECASE,
)
# Fields of ours are called `key` where an action is meant, so that word alone masks no field.
_SECRET_FIELD = re.compile(r'TOKEN|PASSWORD|PASSPHRASE|SECRET|CREDENTIAL|AUTHORIZATION|API_?KEY', re.IGNORECASE)
# The folder that a shell is in, not a password.
_NOT_SECRET = frozenset({'PWD', 'OLDPWD'})
# Switches are no secrets, whatever their name.
_SWITCHES = frozenset({'true', 'false', 'none', 'null', 'auto', 'always', 'never', 'disabled', 'enabled'})
_SHORTEST = 4

# Each begins with a literal, for which the regular expression engine looks first: whole plans are masked.
_USERINFO = re.compile(r'(://)([^\s/@]+)@')
_AUTH_SCHEMES = ('basic', 'bearer')
_AUTH_SCHEME = re.compile(r'\b(basic|bearer)(\s+)(?!realm=)[A-Za-z0-9+/=._~-]{6,}', re.IGNORECASE)
# Shapes that issuers document, so that scanners find leaked ones.
_SHAPES = tuple(
    re.compile(shape)
    for shape in (
        r'pypi-[A-Za-z0-9_-]{16,}',  # PyPI
        r'gh[pousr]_[A-Za-z0-9]{16,}',  # GitHub
        r'github_pat_[A-Za-z0-9_]{16,}',
        r'gl[a-z]{2,6}-[A-Za-z0-9_.-]{16,}',  # GitLab: glpat-, gldt-, glcbt- …
        r'npm_[A-Za-z0-9]{16,}',  # npm
        r'AKIA[A-Z0-9]{16}\b',  # AWS
        r'ASIA[A-Z0-9]{16}\b',
        r'xox[a-z]-[A-Za-z0-9-]{10,}',  # Slack
        r'eyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*',  # JSON Web Tokens
        r'-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)',
    )
)


def looks_secret(name: str) -> bool:
    """Whether a variable of this name probably holds a credential."""
    return name.upper() not in _NOT_SECRET and _SECRET_NAME.search(name) is not None


def has_userinfo(value: str) -> bool:
    """Whether a value holds a URL with a user name or a password in it."""
    return _USERINFO.search(value) is not None


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
    _learned.secrets |= frozenset(secret.strip() for secret in secrets if _worth(secret.strip()))
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
    """Masks the secret values of an environment, in clear, URL-quoted or base64, and whatever has a token's shape.

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
        if self._known is not _learned.forms:
            self._known = _learned.forms
            self._values = sorted(self._own | self._known, key=lambda form: (-len(form), form))
        for value in self._values:
            text = text.replace(value, MASK)
        text = _USERINFO.sub(rf'\1{MASK}@', text)
        lower = text.lower()
        if any(scheme in lower for scheme in _AUTH_SCHEMES):
            text = _AUTH_SCHEME.sub(rf'\1\2{MASK}', text)
        for shape in _SHAPES:
            text = shape.sub(MASK, text)
        return text

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

    def _field(self, name: str, value: Any) -> Any:  # noqa: ANN401
        return MASK if isinstance(value, (str, bytes)) and _SECRET_FIELD.search(name) else self.clean(value)

    def __call__(self, _logger: object, _method: str, event: Mapping[str, Any]) -> dict[str, Any]:
        """Act as a processor of structlog."""
        return self.clean(event)


def _forms(environment: Mapping[str, str]) -> frozenset[str]:
    # Who uses a credential takes the white space around it away.
    secrets = {value.strip() for name, value in environment.items() if looks_secret(name) and _worth(value.strip())}
    for value in environment.values():
        secrets |= {part for _, found in _USERINFO.findall(value) for part in found.split(':')[1:] if _worth(part)}
    users = {value for name, value in environment.items() if 'USER' in name.upper() and value}
    return _encoded(secrets, users)


def _encoded(secrets: Set[str], users: Set[str]) -> frozenset[str]:
    """Secrets as they are, quoted for a URL, and in base64 alone and after a name (RFC 7617)."""
    pairs = {f'{user}:{secret}' for user in users | {'', '__token__', 'x-access-token', 'oauth2'} for secret in secrets}
    # An environment may hold bytes that are no UTF-8, as lone surrogates.
    encoded = {base64.b64encode(text.encode('utf-8', 'surrogateescape')).decode() for text in secrets | pairs}
    quoted = {quote(secret, safe='', errors='surrogateescape') for secret in secrets}
    return frozenset(secrets | quoted | encoded | {text.rstrip('=') for text in encoded})


def _worth(value: str) -> bool:
    return len(value) >= _SHORTEST and value.lower() not in _SWITCHES


@dataclasses.dataclass(slots=True)
class _State:
    redactor: Redactor
    active: bool = False


_state = _State(Redactor({}))


def mask(text: str) -> str:
    """The text with everything secret masked; token shapes always, the environment's values after `configure`."""
    return _state.redactor.mask(text)


def configure(
    environment: Mapping[str, str], stream: TextIO, *, level: Level = 'warning', json: bool | None = None
) -> str:
    """Log to a stream from now on, and return the id of this run that every line carries.

    `json` None means JSON where the stream is no terminal. The environment's secrets are masked from here on.
    """
    human = stream.isatty() if json is None else not json
    _state.redactor = Redactor(environment)
    colors = human and stream.isatty() and not environment.get('NO_COLOR')
    renderer = (
        structlog.dev.ConsoleRenderer(colors=colors, exception_formatter=structlog.dev.plain_traceback)
        if human
        else structlog.processors.JSONRenderer(ensure_ascii=False)
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt='iso', utc=True, key='time'),
            structlog.processors.format_exc_info,
            _state.redactor,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(_LEVELS[level]),
        logger_factory=structlog.WriteLoggerFactory(file=stream),
        cache_logger_on_first_use=False,
    )
    run = uuid.uuid4().hex[:12]
    structlog.contextvars.bind_contextvars(run=run)
    _state.active = True
    return run


@dataclasses.dataclass(frozen=True, slots=True)
class Logger:
    """Logs facts under a name: an event called `component.past_fact`, and fields."""

    name: str

    def debug(self, event: str, **fields: object) -> None:
        """Log what only a developer asks for."""
        self._log('debug', event, fields)

    def info(self, event: str, **fields: object) -> None:
        """Log that something happened."""
        self._log('info', event, fields)

    def warning(self, event: str, **fields: object) -> None:
        """Log that something is not as it should be."""
        self._log('warning', event, fields)

    def error(self, event: str, **fields: object) -> None:
        """Log that something failed; `exc_info=error` adds the traceback."""
        self._log('error', event, fields)

    def _log(self, level: Level, event: str, fields: Mapping[str, Any]) -> None:
        if _state.active:
            getattr(structlog.get_logger(), level)(event, **{'logger': self.name, **fields})


def get(name: str) -> Logger:
    """The logger of a module, usually for its `__name__`."""
    return Logger(name)
