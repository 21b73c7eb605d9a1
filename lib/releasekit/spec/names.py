# SPDX-License-Identifier: Apache-2.0
"""The names that release.yaml may use of what is built in, and the nearest known name to a misspelt one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from releasekit import lazy

if TYPE_CHECKING:
    import difflib

    from releasekit.spec import confusables
else:
    # They are needed where something is misspelt, and this module at every start.
    confusables = lazy.module('releasekit.spec.confusables')
    difflib = lazy.module('difflib')

STEPS = frozenset(
    {
        'preflight', 'check', 'bump', 'pin', 'changelog', 'changesets', 'lock', 'commit', 'tag', 'build', 'smoke',
        'push', 'advance', 'publish',
    }
)  # fmt: skip
TASKS = frozenset({'release', 'check', 'bump', 'pin', 'tag', 'changelog', 'build', 'snapshot'})
# Where the built-in tasks stand, in the folder of this module.
TASKS_FILE = 'tasks.yaml'
# The word of a command that is the `python` of its task.
ENVIRONMENT_WORD = 'python'
# What `before-` and `after-` may name beside a step.
HOOKED_TASKS = frozenset({'release'})

# The environment variables that are no settings of release.yaml, and the flag that each stands for, if there is one.
FLAG_VARIABLES: Mapping[str, str] = {
    'RELEASEKIT_DEBUG': 'debug',
    'RELEASEKIT_DRY_RUN': 'dry_run',
    'RELEASEKIT_FORMAT': 'format',
    'RELEASEKIT_LOG': '',
    'RELEASEKIT_LOG_FORMAT': '',
    'RELEASEKIT_QUIET': 'quiet',
    'RELEASEKIT_RUN_ID': '',
    'RELEASEKIT_SPEC': 'spec',
    'RELEASEKIT_STRICT': 'strict',
    'RELEASEKIT_VERBOSE': 'verbose',
    'RELEASEKIT_YES': 'yes',
}

# Parts of format 1 that this version cannot do yet: a path in release.yaml with `*` for any name or position,
# and the values there that are meant; none stands for the key itself, which may only be written with its default.
LATER: Mapping[str, tuple[str, ...]] = {
    'ai': (),
    'announce': (),
    'policy': (),
    'mode': ('pull-request',),
    'project.vcs': ('mercurial',),
    'workspaces.*.ecosystem': ('jvm', 'dart', 'bazel', 'clojure'),
    'workspaces.*.build.submodules': (),
    'workspaces.*.build.lfs': (),
    'workspaces.*.build.artifacts': (),
    'targets.*.type': ('maven', 'pub', 'clojars', 'bcr'),
    'targets.*.attestations': (),
    'checks.*.use': (),
    'tasks.*.steps.*': ('forge-release', 'announce', 'sign', 'sbom', 'verify'),
}
# The steps among them.
LATER_STEPS = frozenset(LATER['tasks.*.steps.*'])


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """The question that names the nearest known word, or ''."""
    near = nearest(word, known)
    return f'did you mean `{near}`?' if near else ''


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word that is most like a misspelt one, or None where none is near."""
    # Longer words than any name cannot be near one, and comparing them takes time.
    if len(word) > 64:
        return None
    word, words = confusables.folded(word), list(known)
    same = next((name for name in words if bare(name) == bare(word)), None)
    # Of a short word, two letters in the wrong order are half of it.
    same = same or next((name for name in words if sorted(bare(name)) == sorted(bare(word))), None)
    return same or next(iter(difflib.get_close_matches(word, words, n=1)), None)


def bare(name: str) -> str:
    """A name without what people write in other ways: `firstParent`, `first-parent`."""
    return name.casefold().replace('-', '').replace('_', '')
