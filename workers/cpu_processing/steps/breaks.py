"""Where a line may end, by the rules of its script (ICU, which knows words without spaces too)."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import accumulate

import regex
from icu4py.breakers import BaseBreaker, CharacterBreaker, LineBreaker

_PLAIN = "en"  # the root rules: strict for Japanese, dictionaries for Thai, Lao, Khmer, Burmese
_PHRASES = "ja@lw=phrase"
_KANA = regex.compile(r"[\p{Hiragana}\p{Katakana}]")
_INSIDE_KOREAN = regex.compile(r"(?<=\p{Hangul})(?=\p{Hangul})")


def clusters(text: str) -> list[str]:
    """What a reader takes for single characters: letters with their marks, whole emoji."""
    return list(CharacterBreaker(text, _PLAIN))


def line_ends(text: str) -> tuple[frozenset[int], frozenset[int]]:
    """The places where a line may end, first as one would like it, then as one may.

    Japanese is best broken between phrases and Korean between words; where those are too wide,
    both may break between characters that the rules do not hold together.
    """
    allowed = _ends(LineBreaker(text, _PLAIN))
    liked = _ends(LineBreaker(text, _PHRASES)) if _KANA.search(text) else allowed
    liked -= {match.start() for match in _INSIDE_KOREAN.finditer(text)}
    return frozenset(liked), frozenset(allowed)


def _ends(breaker: BaseBreaker) -> set[int]:
    return set(accumulate(len(part) for part in _parts(breaker)))


def _parts(breaker: BaseBreaker) -> Iterator[str]:
    return iter(breaker)
