# SPDX-License-Identifier: Apache-2.0
"""The console script `releasekit`. What a shell asks at each press of a key is answered before anything is imported."""

from __future__ import annotations

import os
import sys

from releasekit import lazy

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from importlib import metadata

    from releasekit.tasks import commandline
    from releasekit.tasks.completion import answer
    from releasekit.tasks.terminal import stream
else:
    answer = lazy.module('releasekit.tasks.completion.answer')
    commandline = lazy.module('releasekit.tasks.commandline')
    metadata = lazy.module('importlib.metadata')
    stream = lazy.module('releasekit.tasks.terminal.stream')

INTERRUPTED = 130


def main(argv: Sequence[str] | None = None) -> int:
    """Run the console script and return its exit status; `argv` holds the program's name and its arguments."""
    given = sys.argv if argv is None else argv
    try:
        if given[1:2] == ['--complete']:
            return answer.main(given[2:], os.environ)
        if given[1:] in (['--version'], ['-V']):
            return _say(f'releasekit {metadata.version("releasekit")}')
        return commandline.main(given)
    except KeyboardInterrupt:
        # It can come while modules are imported, before any task is there to be interrupted.
        return INTERRUPTED


def _say(text: str) -> int:
    """Print a line, also where nobody takes it; the exit status says whether it could be written."""
    out = stream.Stream(stream.whole(sys.stdout), str)
    out.write(f'{text}\n')
    if not out.failure:
        return 0
    stream.Stream(stream.whole(sys.stderr), str).write(f'Standard output could not be written: {out.failure}.\n')
    return 1


if __name__ == '__main__':
    sys.exit(main())
