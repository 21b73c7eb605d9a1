# SPDX-License-Identifier: Apache-2.0
"""Read as many mutants of a release.yaml as one likes; the first that is not read or refused as it should is shown.

The tests read 20,000 of them: `python scripts/fuzz.py --count 1000000 --seed 7` goes on where they end.
"""

from __future__ import annotations

import argparse
import sys
import traceback
from pathlib import Path

from releasekit.testing.mutants import check, mutants, seeds

_EXAMPLE = Path(__file__).parents[1] / 'tests' / 'spec' / 'complete.yaml'
_SHOWN = 10_000


def main() -> int:
    """Read mutants; 1 where one shows a mistake of ours."""
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument('--count', type=int, default=200_000)
    parser.add_argument('--seed', type=int, default=1_000_000)
    arguments = parser.parse_args()
    texts = seeds(_EXAMPLE.read_text(encoding='utf-8'))
    accepted = 0
    for number, data in enumerate(mutants(arguments.seed, arguments.count, texts), start=1):
        try:
            verdict = check(data)
        except Exception:  # noqa: BLE001 - whatever comes out is what is looked for
            print(f'{traceback.format_exc()}\nmutant {number} of seed {arguments.seed}: {data!r}')
            return 1
        if verdict.complaint:
            print(f'{verdict.complaint}\nmutant {number} of seed {arguments.seed}: {data!r}')
            return 1
        accepted += verdict.accepted
        if number % _SHOWN == 0:
            print(f'{number} read, {accepted} of them specs', flush=True)
    print(f'{arguments.count} read, {accepted} of them specs, none with a mistake of ours')
    return 0


if __name__ == '__main__':
    sys.exit(main())
