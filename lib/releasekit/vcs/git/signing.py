# SPDX-License-Identifier: Apache-2.0
"""What git lacks to sign, as far as it shows without signing: https://git-scm.com/docs/git-config#Documentation/git-config.txt-gpgformat."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from anyio import Path as AsyncPath

from releasekit.errors import Code, ReleaseKitError
from releasekit.ports import Command, Completed, Shell
from releasekit.ports.inspection import Lack
from releasekit.vcs.git.command import PASSES

_PROGRAMS = {'openpgp': 'gpg', 'ssh': 'ssh-keygen', 'x509': 'gpgsm'}
_ADDRESS = re.compile(r'<([^<>]+)>')
# Validity, the second field of a key's line in https://github.com/gpg/gnupg/blob/master/doc/DETAILS.
_UNUSABLE = {'e': 'has expired', 'r': 'is revoked', 'd': 'is disabled', 'i': 'is not valid'}
_SECONDS = 10.0


async def lack(shell: Shell, folder: Path, settings: Mapping[str, str], identity: str) -> Lack | None:
    """What is missing to sign by these settings, None where nothing is; `identity` is who commits.

    Only public keys are looked at: whether the private one can be used shows when it is.
    """
    form = settings.get('gpg.format', 'openpgp')
    if form not in _PROGRAMS:
        hint = 'Run `git config gpg.format openpgp`, or choose ssh or x509.'
        return Lack(f'`gpg.format` is {form}, which git does not know.', hint)
    program = settings.get(f'gpg.{form}.program') or (settings.get('gpg.program') if form == 'openpgp' else None)
    program = program or _PROGRAMS[form]
    key = settings.get('user.signingkey', '')
    if form == 'ssh':
        return await _ssh(folder, settings, key)
    known = key or next(iter(_ADDRESS.findall(identity)), '')
    if not known:
        return Lack('No key to sign with is known.', 'Run `git config user.signingkey KEY`.')
    # With `--dry-run` it makes no folder of its own where there is none.
    listing = (
        '--batch',
        '--dry-run',
        '--no-autostart',
        '--no-auto-check-trustdb',
        '--with-colons',
        '--list-keys',
        '--',
        known,
    )
    try:
        listed = await shell.run(Command((program, *listing), cwd=folder, passes=PASSES, timeout=_SECONDS))
    except ReleaseKitError as error:
        if error.code is not Code.TOOL_MISSING:
            raise
        return Lack(f'There is no program `{program}`, which signs.', f'Install {program}.')
    return _openpgp(program, known, listed)


async def _ssh(folder: Path, settings: Mapping[str, str], key: str) -> Lack | None:
    """https://git-scm.com/docs/git-config#Documentation/git-config.txt-usersigningKey."""
    if key.startswith(('key::', 'ssh-')):
        message = 'The key to sign with is named by itself: only an agent for ssh knows whether it is there.'
        return Lack(message, 'Look at `ssh-add -L`.', unknown=True)
    if not key:
        if settings.get('gpg.ssh.defaultkeycommand'):
            message = 'The key to sign with comes from `gpg.ssh.defaultKeyCommand`, which is not run here.'
            return Lack(message, 'Run that command to see the key.', unknown=True)
        return Lack('No key to sign with is known.', 'Run `git config user.signingkey PATH_OF_THE_PUBLIC_KEY`.')
    path = AsyncPath(folder) / await AsyncPath(key).expanduser()
    if not await path.is_file():
        hint = 'Run `git config user.signingkey PATH` with the path of a key that is there.'
        return Lack(f'The key to sign with, {key}, is not there.', hint)
    return None


def _openpgp(program: str, known: str, listed: Completed) -> Lack | None:
    keys = [line.split(':') for line in listed.text.splitlines() if line.startswith(('pub:', 'crt:'))]
    if listed.status != 0 or not keys:
        return Lack(f'{program} has no key {known}.', 'Import it, or run `git config user.signingkey KEY`.')
    bad = next((_UNUSABLE[fields[1]] for fields in keys if fields[1] in _UNUSABLE), None)
    if bad is not None and all(fields[1] in _UNUSABLE for fields in keys):
        return Lack(f'The key {known} {bad}.', f'Run `{program} --list-keys`, and set `user.signingkey` to another.')
    return None
