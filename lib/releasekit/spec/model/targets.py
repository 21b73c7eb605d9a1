# SPDX-License-Identifier: Apache-2.0
"""Targets: the registries that packages go to, and how one is known there."""

from __future__ import annotations

import dataclasses
from typing import Literal

from releasekit.spec.model.fields import ENV_NAME, doc


@dataclasses.dataclass(frozen=True, slots=True)
class EnvValue:
    """A value that is read from the environment when it is needed."""

    env: str = doc(
        'Name of the environment variable.',
        examples=['PYPI_TOKEN'],
        pattern=ENV_NAME,
        patternErrorMessage='a name such as PYPI_TOKEN',
    )


@dataclasses.dataclass(frozen=True, slots=True)
class TokenAuth:
    """Authentication by a token."""

    token: EnvValue = doc('The token.', examples=[{'env': 'PYPI_TOKEN'}])


@dataclasses.dataclass(frozen=True, slots=True)
class PasswordAuth:
    """Authentication by a name and a password."""

    username: EnvValue = doc('The user name.', examples=[{'env': 'REGISTRY_USER'}])
    password: EnvValue = doc('The password.', examples=[{'env': 'REGISTRY_PASSWORD'}])


Auth = Literal['trusted', 'none'] | TokenAuth | PasswordAuth


@dataclasses.dataclass(frozen=True, slots=True)
class Target:
    """A registry that packages go to."""

    type: str = doc('Kind of registry.', examples=['pypi'])
    url: str = doc(
        'Where files are uploaded; the default is the public registry of the type.',
        '',
        examples=['https://test.pypi.org/legacy/'],
        format='uri',
    )
    index: str = doc(
        'Where they are read back; the default is the public registry of the type.',
        '',
        examples=['https://test.pypi.org/simple/'],
        format='uri',
    )
    auth: Auth = doc(
        'trusted (OIDC), none, a token or a name and password.',
        'trusted',
        examples=['trusted', {'token': {'env': 'PYPI_TOKEN'}}],
    )
    attestations: bool = doc(
        'Whether signed statements of where the files come from go with them.', False, examples=[True]
    )
    insecure: bool = doc('Whether plain http is allowed to a host that is not this machine.', False, examples=[True])
    provenance: bool = doc(
        'npm: whether the npm CLI publishes, with a signed statement of provenance.', False, examples=[True]
    )
    staged: bool = doc(
        'npm: whether publications wait on the registry until a person approves them.', False, examples=[True]
    )
