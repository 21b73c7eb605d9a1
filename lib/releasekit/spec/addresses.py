# SPDX-License-Identifier: Apache-2.0
"""The rules of addresses: a registry is reached by https; by plain http only on this machine, or said out loud."""

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


RULES: tuple[Rule, ...] = (registries,)
