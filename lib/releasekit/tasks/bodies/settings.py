# SPDX-License-Identifier: Apache-2.0
"""The task that prints every setting: of flags, and of release.yaml."""

from __future__ import annotations

import fnmatch
import os
from collections.abc import Iterator
from typing import TYPE_CHECKING

from releasekit import lazy
from releasekit.errors import Code, fail
from releasekit.spec.names import FLAG_VARIABLES, nearest
from releasekit.tasks.command import Session, warn
from releasekit.tasks.flags import Flags, option
from releasekit.tasks.terminal.layout import Table

if TYPE_CHECKING:
    from releasekit.core import guide
    from releasekit.core.guide import Setting
    from releasekit.run import settings
    from releasekit.spec import keys, overrides
    from releasekit.tasks import library
else:
    guide = lazy.module('releasekit.core.guide')
    keys = lazy.module('releasekit.spec.keys')
    library = lazy.module('releasekit.tasks.library')
    overrides = lazy.module('releasekit.spec.overrides')
    settings = lazy.module('releasekit.run.settings')


def config(session: Session) -> None:
    """Print every setting with its value, or those whose key fits `--only`."""
    flags = session.flags
    project = library.opened(flags)
    warn(session, project.warnings)
    found = [*_flags(flags), *settings.settings(project, overrides.flagged(flags.config))]
    found = [each for each in found if _wanted(each, flags)]
    if not found:
        raise _nothing(flags, [each.key for each in settings.settings(project, ())])
    if session.console.as_json:
        session.console.document(guide.SETTINGS_SCHEMA, guide.Settings(tuple(found)))
    elif flags.show_origin:
        rows = tuple((each.key, each.value, each.place or each.origin) for each in found)
        session.console.show([Table(('setting', 'value', 'from'), rows)])
    else:
        session.console.show([Table(('setting', 'value'), tuple((each.key, each.value) for each in found))])


def _wanted(setting: Setting, flags: Flags) -> bool:
    """Whether a glob fits; the path of a part of the file stands for all below it."""
    return not flags.only or any(
        fnmatch.fnmatchcase(setting.key, glob) or fnmatch.fnmatchcase(setting.key, f'{glob}.*') for glob in flags.only
    )


def _nothing(flags: Flags, known: list[str]) -> Exception:
    near = nearest(flags.only[0], known)
    hint = f'Did you mean `{near}`?' if near else 'Run `releasekit config` for all settings.'
    return fail(Code.USAGE, f'There is no setting `{flags.only[0]}`.', hint)


def _flags(flags: Flags) -> Iterator[Setting]:
    """The flags that a variable can stand for."""
    for variable, name in sorted(FLAG_VARIABLES.items()):
        if not name:
            yield _plain(variable)
            continue
        text, flag = keys.written(getattr(flags, name)), option(name)
        if name in flags.given:
            yield guide.Setting(flag, text, 'flag', flag)
        elif os.environ.get(variable):
            yield guide.Setting(flag, text, 'environment', variable)
        else:
            yield guide.Setting(flag, text, 'default', None)


def _plain(variable: str) -> Setting:
    """What a variable alone can set: how much is logged, in which form, and the id of the run."""
    given, name = os.environ.get(variable), variable.removeprefix('RELEASEKIT_').replace('_', '-').lower()
    return guide.Setting(name, given or 'auto', 'environment' if given else 'default', variable if given else None)
