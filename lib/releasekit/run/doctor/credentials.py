# SPDX-License-Identifier: Apache-2.0
"""The credential of each target: there, and of the right kind. No value is shown, not even in part."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

from releasekit.ecosystems import ECOSYSTEMS
from releasekit.ecosystems import advice as shapes
from releasekit.ecosystems.base import RegistryPart
from releasekit.errors import ReleaseKitError
from releasekit.ports import Credential
from releasekit.run.doctor.examination import Examination
from releasekit.run.doctor.findings import Finding, error, passed, warning
from releasekit.spec.model import PasswordAuth, Target, TokenAuth


def targets(examination: Examination) -> list[str]:
    """The targets that packages go to; all of release.yaml where the packages are not known."""
    spec = examination.project.spec
    if examination.opened.found is None:
        return list(spec.targets)
    used = {target for package in examination.packages.packages if package.publish for target in package.targets}
    return [name for name in spec.targets if name in used]


def part(target: Target) -> RegistryPart:
    """What a type of target is."""
    return next(each.registries[target.type] for each in ECOSYSTEMS.values() if target.type in each.registries)


async def credential(examination: Examination, name: str) -> AsyncIterator[Finding]:
    """The credential of a target is there and of the right kind."""
    target = examination.project.spec.targets[name]
    if target.auth == 'none':
        yield passed(f'{name} asks for none')
        return
    try:
        part(target).ready(target, examination.environment)
    except ReleaseKitError as caught:
        yield _missing(examination, target, caught)
        return
    if not isinstance(target.auth, (TokenAuth, PasswordAuth)):
        yield passed(f'{name}: this job of {examination.ci or "CI"} can be identified')
        return
    doubts = part(target).advice.doubts(target, _held(examination, target.auth))
    for doubt in doubts:
        message, hint = f'{" and ".join(_variables(target.auth))}: {doubt.message}', doubt.hint
        yield error(message, hint) if doubt.fatal else warning(message, hint)
    if not doubts:
        yield passed(f'{" and ".join(_variables(target.auth))} {"are" if _is_pair(target) else "is"} set')


def _missing(examination: Examination, target: Target, caught: ReleaseKitError) -> Finding:
    """A credential that is not there; one that only CI can have is missed nowhere else."""
    problem = caught.problems[0]
    if target.auth == 'trusted':
        if examination.ci:
            return error(problem.message, problem.hint)
        message = f'{target.url} is published to by trusted publishing, which works in CI only: not from here.'
        return warning(message, 'Release in CI; `releasekit release --dry-run` shows here what would be done.')
    wanted = part(target).advice.issuer
    other = next(_alike(examination, wanted), None) if wanted and isinstance(target.auth, TokenAuth) else None
    if other is None:
        return error(problem.message, problem.hint)
    hint = f'If that is the one, name it in release.yaml: `auth: {{token: {{env: {other}}}}}`.'
    return error(f'{problem.message} {other} holds what looks like a token of {wanted}.', hint)


def _alike(examination: Examination, issuer: str) -> Iterator[str]:
    """The variables whose values look like tokens of an issuer."""
    return (name for name, value in sorted(examination.environment.items()) if shapes.issuer(value.strip()) == issuer)


def _held(examination: Examination, auth: TokenAuth | PasswordAuth) -> Credential:
    user, *rest = [examination.environment.get(name, '').strip() for name in _variables(auth)]
    return Credential(user, rest[0]) if rest else Credential('', user)


def _variables(auth: TokenAuth | PasswordAuth) -> tuple[str, ...]:
    return (auth.token.env,) if isinstance(auth, TokenAuth) else (auth.username.env, auth.password.env)


def _is_pair(target: Target) -> bool:
    return isinstance(target.auth, PasswordAuth)
