# SPDX-License-Identifier: Apache-2.0
"""The names that release.yaml may use of what is built in, and the nearest known name to a misspelt one."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping

STEPS = frozenset(
    {
        'preflight', 'check', 'bump', 'pin', 'changelog', 'lock', 'commit', 'tag', 'build', 'smoke', 'push', 'advance',
        'publish',
    }
)  # fmt: skip
TASKS = frozenset({'release', 'check', 'bump', 'pin', 'tag', 'changelog', 'build'})
# Where the built-in tasks stand, in the folder of this module.
TASKS_FILE = 'tasks.yaml'
# What `before-` and `after-` may name beside a step.
HOOKED_TASKS = frozenset({'release'})

# Parts of format 1 that this version cannot do yet: a path in release.yaml with `*` for any name or position,
# and the values there that are meant; none stands for the key itself.
LATER: Mapping[str, tuple[str, ...]] = {
    'ai': (),
    'announce': (),
    'branches': (),
    'policy': (),
    'schedule': (),
    'mode': ('pull-request',),
    'project.vcs': ('mercurial',),
    'project.forge': (),
    'project.repository': (),
    'project.api_url': (),
    'workspaces.*.ecosystem': ('jvm', 'dart', 'bazel', 'clojure'),
    'workspaces.*.version.scheme': ('calver',),
    'workspaces.*.build.submodules': (),
    'workspaces.*.build.lfs': (),
    'workspaces.*.build.artifacts': (),
    'workspaces.*.changelog.template': (),
    'workspaces.*.changelog.authors': (),
    'commits.convention': ('angular', 'changesets', 'both'),
    'commits.changesets': (),
    'targets.*.type': ('maven', 'pub', 'clojars', 'bcr'),
    'targets.*.attestations': (),
    'checks.*.use': (),
    'checks.*.with': (),
    'tasks.*.needs': (),
    'tasks.*.if': (),
    'tasks.*.sources': (),
    'tasks.*.outputs': (),
    'tasks.*.steps.*': ('forge-release', 'announce', 'sign', 'sbom', 'verify'),
}
_SPLIT = {tuple(pattern.split('.')): values for pattern, values in LATER.items()}


def is_later(path: tuple[str | int, ...], value: object = None) -> bool:
    """Whether a key, or a value of it, belongs to the format but not to this version."""
    for pattern, values in _SPLIT.items():
        if len(pattern) == len(path) and all(want in {'*', have} for want, have in zip(pattern, path, strict=True)):
            return not values or value in values
    return False


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """The question that names the nearest known word, or ''."""
    near = nearest(word, known)
    return f'did you mean `{near}`?' if near else ''


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word that is most like a misspelt one, or None where none is near."""
    # Longer words than any name cannot be near one, and comparing them takes time.
    return next(iter(difflib.get_close_matches(word, list(known), n=1)), None) if len(word) <= 64 else None
