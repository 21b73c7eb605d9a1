# SPDX-License-Identifier: Apache-2.0
"""The characters that release.yaml may not have, and what is shown in their place."""

from __future__ import annotations

import re
import unicodedata

# All but what https://yaml.org/spec/1.2.2/#51-character-set allows, without the byte order mark; without what breaks
# a line for some readers of YAML and not for others; and without what shows a line in another order than it is read
# in (https://www.unicode.org/reports/tr55/, CVE-2021-42574).
REFUSED = re.compile(
    '[^\t\n\r\x20-\x7e\xa0-\u2027\u202f-\u2065\u206a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]'
)


def shown(text: str) -> str:
    """The text as it may be written to a terminal: what would steer it, or deceive, is replaced one by one."""
    return REFUSED.sub('\N{REPLACEMENT CHARACTER}', text)


def name(sign: str) -> str:
    """The number and the name of a character."""
    return f'U+{ord(sign):04X} {unicodedata.name(sign, "")}'.rstrip()
