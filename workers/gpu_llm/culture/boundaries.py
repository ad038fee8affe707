"""Where words begin and end, in scripts with spaces between words and in those without."""

from __future__ import annotations

import unicodedata
from enum import Enum
from functools import lru_cache


class Kind(Enum):
    """How a folded character takes part in words."""

    OUTSIDE = "punctuation, space, symbol"
    LETTER = "a script that puts spaces between words"
    KATAKANA = "runs of it are words"
    HANGUL = "spaces before a word, particles glued behind it"
    UNSPACED = "no spaces between words"
    SIGN = "belongs to the character before it"


# Han, Hiragana and Bopomofo; Thai and Lao; Tibetan and Myanmar; Khmer.
UNSPACED_RANGES = (
    (0x3041, 0x309F),
    (0x3005, 0x3007),
    (0x3105, 0x312F),
    (0x3400, 0x9FFF),
    (0xF900, 0xFAFF),
    (0x20000, 0x323AF),
    (0x0E00, 0x0EFF),
    (0x0F00, 0x109F),
    (0x1780, 0x17FF),
)
# Particles that Arabic and Hebrew write as one word with the noun behind them.
ARABIC_PROCLITICS = ("ال", "وال", "بال", "فال", "كال", "لل", "و", "ب", "ل", "ف", "ك")
HEBREW_PROCLITICS = ("ה", "ו", "ב", "ל", "מ", "ש", "כ", "וה", "בה", "שב", "מה", "של")
PROCLITICS = frozenset({*ARABIC_PROCLITICS, *HEBREW_PROCLITICS})
SHORTEST_PLURAL = 4


@lru_cache(maxsize=8192)
def kind(character: str) -> Kind:
    """The kind of one folded character."""
    code = ord(character)
    if 0x1160 <= code <= 0x11FF or unicodedata.category(character) in ("Mn", "Mc"):
        return Kind.SIGN
    if not character.isalnum() and code != 0x30FC:
        return Kind.OUTSIDE
    if 0x30A1 <= code <= 0x30FF:
        return Kind.KATAKANA
    if 0x1100 <= code <= 0x115F:
        return Kind.HANGUL
    if any(low <= code <= high for low, high in UNSPACED_RANGES):
        return Kind.UNSPACED
    return Kind.LETTER


def starts_word(text: str, start: int) -> bool:
    """Whether a word begins at this offset of the folded text."""
    return start == 0 or not _joined(text, start) or _after_proclitic(text, start)


def ends_word(text: str, end: int) -> int | None:
    """Where the word ends that ends here or after a plural s; None inside a word."""
    if end == len(text) or not _joined(text, end) or kind(text[end]) is Kind.HANGUL:
        return end
    if not _takes_plural(text, end):
        return None
    for ending in ("es", "s"):
        stop = end + len(ending)
        if text.startswith(ending, end) and (stop == len(text) or not _joined(text, stop)):
            return stop
    return None


def _joined(text: str, at: int) -> bool:
    """Whether the characters before and behind this offset stand in one word."""
    after = kind(text[at])
    if after is Kind.SIGN:
        return True
    base = at - 1
    while base > 0 and kind(text[base]) is Kind.SIGN:
        base -= 1
    before = kind(text[base])
    loose = (Kind.OUTSIDE, Kind.UNSPACED)
    return before not in loose and after not in loose and before is after


def _takes_plural(text: str, end: int) -> bool:
    tail = text[max(0, end - SHORTEST_PLURAL) : end]
    return len(tail) == SHORTEST_PLURAL and tail.isascii() and tail[-1].isalpha()


def _after_proclitic(text: str, start: int) -> bool:
    if text[start].isascii():
        return False
    begin = start
    while begin > 0 and start - begin < 4 and kind(text[begin - 1]) is Kind.LETTER:
        begin -= 1
    return text[begin:start] in PROCLITICS
