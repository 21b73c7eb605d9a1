# SPDX-License-Identifier: Apache-2.0
"""Where `migrate` calls the library, and asks which tool is meant."""

from __future__ import annotations

from releasekit.core import migration
from releasekit.core.migration import Left, Migration, Taken
from releasekit.core.written import scalar
from releasekit.errors import Code, ReleaseKitError
from releasekit.run.backtest import Replayed
from releasekit.run.survey import begin, carry
from releasekit.run.survey.begin import Begun, Proven
from releasekit.run.survey.carry import Carried, Found
from releasekit.run.survey.draft import Choice
from releasekit.tasks import beginnings, library
from releasekit.tasks.flags import Flags
from releasekit.tasks.terminal.console import Console

SCHEMA = migration.SCHEMA


def begun(flags: Flags) -> Begun | str:
    """What is seen around the current folder; the path of a release.yaml that is there and needs nothing.

    Raises:
        ReleaseKitError: `RK-SPEC-EXISTS` where a tool was named beside a release.yaml, or what is wrong with that.
    """
    try:
        return beginnings.begun(flags)
    except ReleaseKitError as error:
        if error.code is not Code.SPEC_EXISTS or flags.from_:
            raise
    return library.opened(flags).spec_path.name


def carried(begun_: Begun, flags: Flags, console: Console) -> Carried:
    """The release.yaml of a tool's settings: the tool that was named, the only one, or the one that is answered."""
    found = library.run(carry.find(begun_))
    asks = len(found) > 1 and console.can_ask and not (flags.from_ or flags.yes or console.as_json)
    name = _asked(console, found) if asks else carry.choose(found, flags.from_)
    return library.run(carry.carry(begun_, found, name))


def proven(begun_: Begun, done: Carried) -> Proven:
    """The text, loaded and planned."""
    return library.run(begin.prove(begun_, done.text))


def replayed(begun_: Begun, proven_: Proven) -> Replayed:
    """The releases of the past against the text."""
    return library.run(begin.backtest(begun_, proven_))


def document(begun_: Begun, done: Carried, proven_: Proven, past: Replayed | None, *, written: bool) -> Migration:
    """What came of it, for machines."""
    return Migration(
        path=begun_.shown,
        written=written,
        tool=done.tool,
        files=done.files,
        packages=proven_.packages,
        released=proven_.released,
        taken=tuple(
            Taken('.'.join(str(key) for key in each.path), scalar(each.value), each.why) for each in done.taken
        ),
        left=tuple(Left(gap.what, gap.path, gap.line or 0, gap.did, gap.instead) for gap in done.gaps),
        text=proven_.text,
        backtest=None if past is None else past.result,
    )


def nothing(path: str) -> Migration:
    """That nothing was to be done, for machines."""
    return Migration(path, False, '', (), 0, 0, (), (), '')


def _asked(console: Console, found: Found) -> str:
    options = {name: f'{name}, {sources[0].path}' for name, sources in found.items()}
    return beginnings.ask(console, Choice('from', 'Which tool makes the releases?', options))
