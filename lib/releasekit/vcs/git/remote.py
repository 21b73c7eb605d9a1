# SPDX-License-Identifier: Apache-2.0
"""Talks to git remotes. What git's exit status says of a push proves nothing: callers read the refs back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from releasekit.errors import Code, fail
from releasekit.ports import RemoteRef
from releasekit.vcs.git.command import Git

# A command line must not grow without bound: a thousand tags are asked for in some ten calls.
_BATCH = 100


class GitRemote:
    """The `Remote` port over the git program."""

    def __init__(self, git: Git) -> None:
        """Talk to the remotes of the repository that `git` runs in."""
        self._git = git
        self._places: dict[str, str] = {}

    async def default_branch(self, remote: str) -> str | None:
        """The branch that `refs/remotes/REMOTE/HEAD` points to, as `git clone` sets it."""
        prefix = f'refs/remotes/{remote}/'
        found = await self._git.run('symbolic-ref', '--quiet', f'{prefix}HEAD', check=False)
        return found.text.removeprefix(prefix) if found.status == 0 else None

    async def address(self, remote: str) -> str | None:
        """What `remote.NAME.url` says, before any `insteadOf` of this machine."""
        found = await self._git.run('config', '--get', f'remote.{remote}.url', check=False)
        return found.text if found.status == 0 else None

    async def place(self, remote: str) -> str:
        """Where a remote is pushed to, and so read back from.

        Raises:
            ReleaseKitError: `RK-GIT-FAILED` for a remote that is not there, or that is pushed to several places.
        """
        if remote not in self._places:
            listed = await self._git.run('remote', 'get-url', '--push', '--all', '--', remote, check=False)
            if 'No such remote' in listed.complaint:
                hint = f'Run `git remote add {remote} URL`, or name another remote as `project.remote`.'
                raise fail(Code.GIT_FAILED, f'There is no remote {remote}.', hint)
            urls = listed.text.splitlines()
            if len(urls) > 1:
                hint = f'Give {remote} one address, or name another remote as `project.remote`.'
                raise fail(Code.GIT_FAILED, f'{remote} is pushed to {len(urls)} addresses.', hint)
            fetched = (await self._git.run('remote', 'get-url', '--', remote)).text
            self._places[remote] = remote if urls == [fetched] else urls[0]
        return self._places[remote]

    async def refs(self, remote: str, refs: Sequence[str]) -> Mapping[str, RemoteRef]:
        """Ask the remote; tags come with the commit behind them (`ref^{}` in the answer of `ls-remote`)."""
        objects: dict[str, str] = {}
        place = await self.place(remote)
        for start in range(0, len(refs), _BATCH):
            patterns = [name for ref in refs[start : start + _BATCH] for name in (ref, f'{ref}^{{}}')]
            answer = await self._git.run('ls-remote', '--quiet', '--', place, *patterns)
            for line in answer.text.splitlines():
                object_, _, name = line.partition('\t')
                objects[name] = object_
        wanted = set(refs)
        return {
            name: RemoteRef(object_, objects.get(f'{name}^{{}}', object_))
            for name, object_ in objects.items()
            if name in wanted
        }

    async def push(self, remote: str, refs: Mapping[str, str], expect: Mapping[str, str]) -> None:
        """Push atomically; every ref is compared and swapped (`--force-with-lease`), so that nothing is overwritten."""
        if not refs:
            # Without a ref git would push what the user's own settings name.
            return
        leases = [f'--force-with-lease={ref}:{expect.get(ref, "")}' for ref in refs]
        names = [f'{object_}:{ref}' for ref, object_ in refs.items()]
        pushed = await self._git.run(
            'push', '--atomic', '--no-verify', '--no-signed', '--porcelain', '--no-follow-tags',
            '--recurse-submodules=no', *leases, '--', await self.place(remote), *names, check=False,
        )  # fmt: skip
        if pushed.status == 0:
            return
        rejected = [line for line in pushed.text.splitlines() if line.startswith('!')]
        hint = 'Look at what the remote says: a protected branch, a hook, or somebody was faster.'
        if rejected:
            message = '\n'.join([f'{remote} refused the push: {_reason(rejected)}.', *_said(pushed.complaint)])
            raise fail(Code.GIT_REFUSED, message, hint)
        raise fail(Code.GIT_FAILED, f'The push to {remote} failed: {pushed.complaint}', 'Run it again to go on.')

    async def fetch(self, remote: str, ref: str) -> str:
        """Fetch the objects of one ref; FETCH_HEAD is not written, so that parallel fetches do not meet."""
        tip = (await self.refs(remote, [ref])).get(ref)
        if tip is None:
            raise fail(Code.GIT_FAILED, f'{remote} has no {ref}.', f'Push {ref} to {remote} first.')
        known = await self._git.run('cat-file', '-e', f'{tip.commit}^{{commit}}', check=False)
        if known.status != 0:
            await self._git.run(
                'fetch',
                '--quiet',
                '--no-tags',
                '--no-write-fetch-head',
                '--refmap=',
                '--',
                await self.place(remote),
                ref,
            )
        return tip.commit


def _reason(rejected: Sequence[str]) -> str:
    told = sorted({line.rpartition('[')[2].replace(']', '', 1) for line in rejected if '[' in line})
    refs = ', '.join(line.split('\t')[1].rpartition(':')[2] for line in rejected[:3] if '\t' in line)
    return f'{refs}: {"; ".join(told)}' if refs else '; '.join(told)


def _said(complaint: str) -> list[str]:
    """What hooks of the remote wrote: git marks it."""
    lines = (line.partition('remote:') for line in complaint.splitlines())
    return [f'{mark} {text.strip()}' for _, mark, text in lines if mark and text.strip()]
