"""Folds text so that spelling variants meet, and remembers where each character came from."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import lru_cache

# Written in many ways, and left out as often: Hawai'i, Hawaiʻi, Hawaii.
APOSTROPHES = frozenset("'\u2018\u2019\u201b\u02bc`\u00b4\uff07\u2032")
DROPPED = frozenset("\u02bb\u02bd\u02be\u02bf\u02b9\u0640\u05f3\u00ad")
SPACES = frozenset("-\u2010\u2011\u2012\u2013\u2212_\u00b7\u30fb\u05be")
ABBREVIATIONS = frozenset({"st", "mt", "ft"})
# Letters that Unicode does not decompose, though people type them plainly.
PLAIN_LETTERS = {
    "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i",
    "ħ": "h", "ə": "e", "ɛ": "e", "ɔ": "o", "ŋ": "ng", "ɓ": "b", "ɗ": "d", "ƙ": "k", "ƴ": "y",
    "ى": "ي", "ی": "ي", "ک": "ك", "ة": "ه", "&": "and",
}  # fmt: skip


@dataclass(frozen=True)
class Folded:
    """Folded text; `origin[i]` is the code point of `original` that `text[i]` came from."""

    original: str
    text: str
    origin: tuple[int, ...]

    def whole(self, start: int, end: int) -> bool:
        """Whether the slice cuts no original character (such as ß, or a ligature) in two."""
        begins = start == 0 or self.origin[start - 1] != self.origin[start]
        ends = end == len(self.text) or self.origin[end] != self.origin[end - 1]
        return begins and ends

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The slice's place in the original, in code points, with the accents around it."""
        first, last = self.origin[start], self.origin[end - 1] + 1
        while first > 0 and self.original[first - 1] in DROPPED:
            first -= 1
        while last < len(self.original) and _is_mark(self.original[last]):
            last += 1
        return first, last


def fold(text: str) -> Folded:
    """Fold case, accents, width, apostrophes, hyphens and runs of spaces."""
    pieces: list[str] = []
    origin: list[int] = []
    last = ""
    for index, character in enumerate(text):
        folded = fold_character(character)
        if character in APOSTROPHES:
            folded = _fold_apostrophe(text, index)
        elif character == "." and "".join(pieces[-3:]).split(" ")[-1] in ABBREVIATIONS:
            folded = ""
        if not folded or (folded == " " and last == " "):
            continue
        last = folded
        pieces.append(folded)
        if len(folded) == 1:
            origin.append(index)
        else:
            origin.extend([index] * len(folded))
    return Folded(text, "".join(pieces), tuple(origin))


def fold_term(term: str) -> str:
    """A term as it is looked for."""
    return fold(term).text.strip()


@lru_cache(maxsize=8192)
def fold_character(character: str) -> str:
    """One character folded on its own: none, one or several characters."""
    if character.isspace() or character in SPACES:
        return " "
    if character in DROPPED:
        return ""
    decomposed = unicodedata.normalize("NFKD", character.casefold()).casefold()
    kept = (PLAIN_LETTERS.get(letter, letter) for letter in decomposed if not _is_mark(letter))
    return "".join(kept)


@lru_cache(maxsize=8192)
def _is_mark(character: str) -> bool:
    """Accents, vowel points and invisible joiners, but no vowel sign of an Indic script."""
    code = ord(character)
    return (
        0x300 <= code <= 0x36F
        or 0x591 <= code <= 0x5C7
        or 0x610 <= code <= 0x61A
        or 0x64B <= code <= 0x65F
        or code == 0x670
        or 0x1AB0 <= code <= 0x1AFF
        or 0x1DC0 <= code <= 0x1DFF
        or 0x200B <= code <= 0x200F
        or 0x2060 <= code <= 0x2064
        or 0x20D0 <= code <= 0x20FF
        or 0xFE00 <= code <= 0xFE0F
        or 0xFE20 <= code <= 0xFE2F
        or code == 0xFEFF
    )


def _fold_apostrophe(text: str, index: int) -> str:
    """Nothing inside a word (Xi'an), a space at its edge and before a possessive s."""
    after = text[index + 1 : index + 3]
    if index == 0 or not text[index - 1].isalnum() or not after[:1].isalnum():
        return " "
    possessive = after[0] in "sS" and not after[1:].isalnum()
    return " " if possessive else ""
