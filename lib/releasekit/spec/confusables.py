# SPDX-License-Identifier: Apache-2.0
"""Characters that look like others, or like nothing: Unicode Technical Standard #39, as far as it is about ASCII.

https://www.unicode.org/reports/tr39/#Confusable_Detection; letters that only have another width or style are told
by their compatibility decomposition, https://www.unicode.org/reports/tr15/.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping

from releasekit.spec import characters

_LOOKS: Mapping[str, str] = {
    sign: ascii_sign
    for ascii_sign, signs in {
        'a': '\u0430\u03b1\u0251', 'b': '\u044c', 'c': '\u0441\u03f2', 'd': '\u0501', 'e': '\u0435',
        'g': '\u0261\u0581', 'h': '\u04bb\u0570', 'i': '\u0456\u03b9\u0131', 'j': '\u0458\u03f3', 'k': '\u043a\u03ba',
        'l': '\u04cf\u01c0', 'n': '\u0578', 'o': '\u043e\u03bf\u0585', 'p': '\u0440\u03c1', 'q': '\u051b\u0566',
        'r': '\u0433', 's': '\u0455', 'u': '\u057d\u03c5', 'v': '\u0475\u03bd', 'w': '\u051d\u0461', 'x': '\u0445',
        'y': '\u0443\u03b3', 'A': '\u0410\u0391', 'B': '\u0412\u0392', 'C': '\u0421\u03f9', 'E': '\u0415\u0395',
        'F': '\u03dc', 'G': '\u050c', 'H': '\u041d\u0397', 'I': '\u0406\u0399\u04c0', 'J': '\u0408\u037f',
        'K': '\u041a\u039a', 'M': '\u041c\u039c', 'N': '\u039d', 'O': '\u041e\u039f\u0555', 'P': '\u0420\u03a1',
        'Q': '\u051a', 'S': '\u0405\u054f', 'T': '\u0422\u03a4', 'U': '\u054d', 'V': '\u0474', 'W': '\u051c',
        'X': '\u0425\u03a7', 'Y': '\u04ae\u03a5', 'Z': '\u0396', '-': '\u2010\u2011\u2012\u2013\u2014\u2015\u2212',
        "'": '\u2018\u2019\u201b\u2032\u02bc', '"': '\u201c\u201d\u201e\u2033', ':': '\u0589\u05c3\u02d0\u2236\ua789',
        '/': '\u2044\u2215', '*': '\u2217', ' ': '\u1680',
    }.items()
    for sign in signs
}  # fmt: skip
# Variation selectors, and letters of no width.
_UNSEEN = frozenset({'\u034f', '\u115f', '\u1160', '\u3164', '\uffa0', *map(chr, range(0xFE00, 0xFE10))})
_NAMED = 3


def folded(text: str) -> str:
    """The text as it looks: in ASCII, as far as there is something alike."""
    return text if text.isascii() else ''.join(_look(sign) for sign in text)


def named(text: str) -> str:
    """A sentence for each of the first characters that look like others, or ''; none where the text is no imitation.

    A text of which some letters look like nothing in ASCII is simply of another script.
    """
    if text.isascii() or not folded(text).isascii():
        return ''
    return ' '.join(list(_sentences(text))[:_NAMED])


def _sentences(text: str) -> Iterator[str]:
    for sign in dict.fromkeys(sign for sign in text if not sign.isascii()):
        what, look = characters.name(sign), _look(sign)
        if look in {'', ' '}:
            yield f'It has {what}, which looks like {"a space" if look else "nothing"}.'
        else:
            yield f'It has {what}, which looks like `{look}`.'


def _look(sign: str) -> str:
    if sign in _UNSEEN or unicodedata.category(sign) == 'Cf':
        return ''
    return _LOOKS.get(sign) or unicodedata.normalize('NFKC', sign)
