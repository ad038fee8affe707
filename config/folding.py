"""Texts as rules compare them: one spelling for what looks alike, and simple disguises undone."""

from __future__ import annotations

import re
import unicodedata

# Letters that Unicode does not decompose into a base letter and an accent.
_PLAIN = str.maketrans(
    {"ı": "i", "ł": "l", "ø": "o", "đ": "d", "ð": "d", "æ": "ae", "œ": "oe", "ى": "ي", "ة": "ه"}
)
# Marks without a combining class that change no sound: joiners, variation selectors, kashida,
# fillers. All other marks of class 0 are vowel signs of Indic scripts and belong to the word.
_NOTHING = re.compile(
    r"[\u034f\u0640\u115f\u1160\u180b-\u180f\u2800\ufe00-\ufe0f\U000e0100-\U000e01ef]"
)
_SOUNDED = (0, 8, 9)  # combining classes of vowel signs, kana voicing and virama

_CJK = "\u0e00-\u0e7f\u2e80-\u9fff\uac00-\ud7a3\uf900-\ufaff\U00020000-\U0003ffff"
_SIGNS = "\u0900-\u0903\u093a-\u094f\u0962\u0963"  # Devanagari's vowel signs are no \w
LETTER = rf"(?:[^\W_{_CJK}]|[{_SIGNS}])"
START = rf"(?<![^\W_{_CJK}])(?<![{_SIGNS}])"
END = rf"(?!{LETTER})"
SPACELESS = re.compile(rf"[{_CJK}]")  # scripts written without spaces between words

_LOOKALIKES = str.maketrans("авекмнорстухіјѕԁɡαεικνορτυ", "abekmhopctyxijsdgaeiknoptu")
_LEET = str.maketrans("034578@$€!", "oeastbasei")
_WORD = re.compile(r"[^\s]+")
_REPEATED = re.compile(r"([^\W\d_])\1{2,}")
_SPELT_OUT = re.compile(
    r"(?<!\w)[^\W_](?:(?P<gap>[ ]|[^\w\s]{1,2}|_)[^\W_])(?:(?P=gap)[^\W_])+(?!\w)"
)
_CJK_GAP = re.compile(rf"(?<=[{_CJK}])[\s.・·_*-]+(?=[{_CJK}])")


def fold(text: str) -> str:
    """Lower case, compatible forms unified, accents and invisible characters gone."""
    return " ".join(_folded(text).split())


def views(text: str) -> tuple[str, ...]:
    """The folded text, and where that differs, the text with its disguises taken off.

    Undone are letters of a look-alike alphabet, digits and signs in place of letters, letters
    repeated or set apart. A 1 may stand for i or for l, three letters and more for one or for two.
    """
    folded = _folded(text)
    spelt = _SPELT_OUT.sub(_joined, _CJK_GAP.sub("", folded))
    plain = (_undisguised(spelt, "i", r"\1"), _undisguised(spelt, "l", r"\1\1"))
    return tuple(dict.fromkeys(" ".join(view.split()) for view in (folded, *plain)))


def _folded(text: str) -> str:
    parts = unicodedata.normalize("NFKD", _NOTHING.sub("", text)).casefold()
    kept = (char for char in parts if _sounds(char))
    return unicodedata.normalize("NFKC", "".join(kept)).translate(_PLAIN)


def _undisguised(text: str, one: str, kept: str) -> str:
    return _REPEATED.sub(kept, _WORD.sub(lambda word: _unmasked(word[0], one), text))


def _sounds(char: str) -> bool:
    kind = unicodedata.category(char)
    if kind == "Mn":
        return unicodedata.combining(char) in _SOUNDED
    return kind not in ("Cf", "Me")


def _joined(found: re.Match[str]) -> str:
    letters = found[0].replace(found["gap"], "")
    articles = [article for article in ("a", "an") if letters.startswith(article)]
    return f" {' '.join(letters.removeprefix(article) for article in ('', *articles))} "


def _unmasked(word: str, one: str) -> str:
    """A word with letters of ours in it, freed of the others; any other as it is."""
    if not re.search(r"[a-z]", word):
        return word
    word = word.translate(_LOOKALIKES)
    inner = word.strip("!@$€.,;:?")  # a mark at the end is punctuation
    if not inner or not re.search(r"[a-z]", inner):
        return word
    return word.replace(inner, inner.translate(_LEET).replace("1", one))
