# SPDX-License-Identifier: Apache-2.0
"""The rules of addresses: by https; by plain http only on this machine or, for a registry, said out loud."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from urllib.parse import urlsplit

from releasekit.errors import Code, Problem, Severity
from releasekit.spec.kinds import target_kinds
from releasekit.spec.places import Path
from releasekit.spec.rules import Rule, Subject


def registries(subject: Subject) -> Iterator[Problem]:
    """Every address of a target is one, and safe."""
    kinds = target_kinds(subject.kinds)
    for name, target in subject.spec.targets.items():
        for key, url in (('url', target.url), ('index', target.index)):
            path: Path = ('targets', name, key)
            scheme, host = _parts(url)
            if target.type not in kinds or url.startswith(kinds[target.type].beginnings):
                continue
            if scheme not in {'http', 'https'} or not host:
                hint = f'Write the whole address, such as {getattr(kinds[target.type], key)}.'
                yield subject.invalid(path, f'`{key}` is `{url}`, which is no address of a registry.', hint)
            elif scheme == 'http' and not is_loopback(host):
                severity = Severity.WARNING if target.insecure else Severity.ERROR
                message = (
                    f'Target `{name}` is reached at {host} by plain http: anyone on the way can read and change it.'
                )
                hint = 'Use https, or say `insecure: true` if the network between is yours alone.'
                if target.insecure:
                    hint = 'Use https as soon as the registry has it, and remove `insecure`.'
                yield Problem(Code.REGISTRY_INSECURE, message, hint, subject.places.value(path), severity)


def forge(subject: Subject) -> Iterator[Problem]:
    """The address of the forge's API is one, and nobody reads the token on its way there."""
    if (url := subject.spec.project.api_url) is None:
        return
    scheme, host = _parts(url)
    path: Path = ('project', 'api_url')
    if scheme not in {'http', 'https'} or not host:
        hint = 'Write the whole address, such as https://github.example.org/api/v3.'
        yield subject.invalid(path, f'`api_url` is `{url}`, which is no address of an API.', hint)
    elif scheme == 'http' and not is_loopback(host):
        message = f'The API of the forge is reached at {host} by plain http: anyone on the way can read the token.'
        yield subject.invalid(path, message, 'Use https.')


def is_loopback(host: str) -> bool:
    """Whether a host name or address is this machine."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == 'localhost' or host.endswith('.localhost')


def _parts(url: str) -> tuple[str, str]:
    """Scheme and host; empty where the address cannot be read."""
    try:
        parts = urlsplit(url)
        # A port that is none raises only when it is read.
        readable = parts.port != 0
    except ValueError:
        return '', ''
    return (parts.scheme, parts.hostname or '') if readable else ('', '')


RULES: tuple[Rule, ...] = (registries, forge)
