# SPDX-License-Identifier: Apache-2.0
"""When a release is due."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any, Literal

from releasekit.spec.model.fields import TIMEOUT, Bump, doc

_DAY = '(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)'
_DAYS = f'{_DAY}(?:-{_DAY})?'
_HOURS = '(?:[01]?[0-9]|2[0-3]):[0-5][0-9]-(?:(?:[01]?[0-9]|2[0-3]):[0-5][0-9]|24:00)'
_WINDOW: Mapping[str, Any] = {
    'pattern': f'^(?:{_DAYS}(?:,{_DAYS})* )?{_HOURS}(?: [A-Za-z][A-Za-z0-9_+/-]*)?$',
    'patternErrorMessage': 'days, hours and a time zone, such as Mon-Thu 09:00-16:00 UTC',
}


@dataclasses.dataclass(frozen=True, slots=True)
class Schedule:
    """When a release is due."""

    cadence: Literal['daily', 'weekly', 'monthly'] | None = doc(
        'How often at most: once a day, a week (from Monday) or a month; any time where left out.',
        None,
        examples=['weekly'],
    )
    window: str | None = doc(
        'Days and hours in which a release may begin; hours may go over midnight. The zone is UTC, which is the '
        'default, or one of the IANA such as Europe/Berlin.',
        None,
        examples=['Mon-Thu 09:00-16:00 UTC', 'Fri,Sat 22:00-02:00 Europe/Berlin'],
        **_WINDOW,
    )
    cooldown: float | None = doc(
        'Seconds, or a duration such as 60m, that the last commit must be old.', None, examples=['60m'], **TIMEOUT
    )
    min_bump: Bump | None = doc(
        'The least level that makes a release due; any where left out.', None, examples=['patch']
    )
