"""Which font draws which part of a text: a chain of fonts for each run of characters."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby

import regex
from fontTools.unicodedata import script as script_of  # type: ignore[import-untyped]  # no stubs
from fontTools.unicodedata import script_name

from app.contracts.errors import UnsupportedText
from workers.cpu_processing.steps.breaks import clusters
from workers.cpu_processing.steps.fonts import (
    Face,
    color_emoji,
    coverage,
    named_face,
    packaged_faces,
    plain_system_faces,
    shaping,
)

# FiraGO has Latin, Greek, Cyrillic, Hebrew, Arabic, Devanagari, Thai and Georgian.
_FIRST = ("FiraGO Regular", "Noto Sans Regular")
_SIGNS = (
    "Noto Sans Symbols2 Regular",
    "Noto Sans Symbols Regular",
    "Noto Sans Math Regular",
    "Noto Music Regular",
    "Noto Emoji Regular",
)
_CJK = ("Noto Sans CJK SC Regular", "Noto Sans CJK JP Regular", "Noto Sans CJK KR Regular")
_EAST_ASIAN = frozenset(("Hani", "Hira", "Kana", "Hang", "Bopo"))
_EMOJI = "Zsye"
_SHARED = frozenset(("Zyyy", "Zinh"))
# Drawn as pictures unless a variation selector says otherwise; flags are pairs of letters.
_PICTURE = regex.compile(r"\p{Emoji_Presentation}(?!\uFE0E)|\p{Emoji}\uFE0F|[0-9#*]\uFE0F?\u20E3")
# HarfBuzz leaves out what Unicode says is never drawn, but for the fillers of Hangul, and makes
# every space out of U+0020, but for Ogham's, which is a stroke.
_UNDRAWN = regex.compile(
    r"[\p{Default_Ignorable_Code_Point}--[\u115F\u1160\u3164\uFFA0]]", regex.VERSION1
)
_SPACE = regex.compile(r"[\s--\u1680]", regex.VERSION1)


@dataclass(frozen=True)
class Glyphs:
    """What a reader takes for one character, and the face that draws it."""

    text: str
    face: Face


def spell(text: str, wanted: str | None = None) -> list[Glyphs]:
    """A face for each character of the text; a named font leads the chain.

    Raises InvalidRequest for an unknown name, UnsupportedText where characters have no glyph in
    any font or need a shaping library that this machine does not have.
    """
    _check_shaping(text)
    leading = named_face(wanted) if wanted is not None else None
    spelled: list[Glyphs] = []
    lacking: set[str] = set()
    for script, part in _items(text):
        for one, face in zip(part, _spell_item(part, script, leading), strict=True):
            if face is None:
                lacking |= _lacking(one, script, leading)
            else:
                spelled.append(Glyphs(one, face))
    if lacking:
        raise _unsupported("No font here has a glyph for", lacking)
    return spelled


def missing(text: str, face: Face) -> list[str]:
    """The characters that the face cannot draw, each once; spaces and marks of layout aside."""
    have = coverage(face)
    return sorted(char for char in _drawn(text) if ord(char) not in have)


def _drawn(text: str) -> set[str]:
    """The characters that a font needs for a text."""
    return set(_SPACE.sub(" ", _UNDRAWN.sub("", text)))


def _items(text: str) -> Iterator[tuple[str, list[str]]]:
    """Stretches of one script; signs that all scripts share go with what stands before them."""
    parts = clusters(text)
    scripts = [_script(part) for part in parts]
    current = next((script for script in scripts if script not in (None, _EMOJI)), None) or "Latn"
    resolved = []
    for script in scripts:
        current = script if script not in (None, _EMOJI) else current
        resolved.append(_EMOJI if script == _EMOJI else current)
    pairs = zip(resolved, parts, strict=True)
    for script, group in groupby(pairs, key=lambda pair: pair[0]):
        yield script, [part for _, part in group]


def _script(cluster: str) -> str | None:
    if _PICTURE.match(cluster):
        return _EMOJI
    for char in cluster:
        script = str(script_of(char))
        if script not in _SHARED:
            return "Hani" if script in _EAST_ASIAN else script
    return None


def _spell_item(part: list[str], script: str, leading: Face | None) -> list[Face | None]:
    """One face for all of it, else one for each word, else one for each character.

    Whole words, since letters that join or lean on each other do so within one font only.
    """
    first = list(_own_faces("".join(part), script, leading))
    whole = _covering("".join(part), first)
    if whole:
        return [whole] * len(part)
    faces: list[Face | None] = []
    for _, group in groupby(part, key=str.isspace):
        word = list(group)
        face = _covering("".join(word), first)
        faces += [face] * len(word) if face else [_for_one(one, script, leading) for one in word]
    return faces


def _for_one(cluster: str, script: str, leading: Face | None) -> Face | None:
    return _covering(cluster, _chain(cluster, script, leading))


def _covering(text: str, faces: Iterable[Face]) -> Face | None:
    needed = {ord(char) for char in _drawn(text)}
    return next((face for face in faces if needed <= coverage(face)), None)


def _lacking(cluster: str, script: str, leading: Face | None) -> set[str]:
    """What no font has of a cluster; all of it where only its parts are at hand."""
    chars = _drawn(cluster)
    return {char for char in chars if _for_one(char, script, leading) is None} or chars


def _chain(text: str, script: str, leading: Face | None) -> Iterator[Face]:
    yield from _own_faces(text, script, leading)
    packaged = packaged_faces()
    yield from (packaged[name] for name in _SIGNS)
    yield from (face for name, face in packaged.items() if name.endswith(" Regular"))
    yield from plain_system_faces()


def _own_faces(text: str, script: str, leading: Face | None) -> Iterator[Face]:
    """The faces made for a script, packaged ones first: a text looks the same on every machine."""
    packaged = packaged_faces()
    if leading:
        yield leading
    if script == _EMOJI:
        yield from (face for face in (color_emoji(),) if face)
        yield packaged["Noto Emoji Regular"]
    elif script == "Hani":
        yield from (packaged[name] for name in _east_asian(text))
    else:
        own = f"Noto Sans {script_name(script, default='')} Regular"
        yield from (packaged[name] for name in (*_FIRST, own) if name in packaged)


def _east_asian(text: str) -> list[str]:
    """Forms of the characters by language: kana tell Japanese, hangul Korean, else simplified."""
    scripts = {script_of(char) for char in text}
    best = _CJK[1] if scripts & {"Hira", "Kana"} else _CJK[2] if "Hang" in scripts else _CJK[0]
    return [best, *(name for name in _CJK if name != best)]


def needs_shaping(char: str) -> bool:
    """Whether a character joins, stacks or runs from right to left."""
    rtl = unicodedata.bidirectional(char) in ("R", "AL")
    return (
        rtl
        or "\u0900" <= char <= "\u0dff"
        or ("\u0f00" <= char <= "\u109f")
        or ("\u1780" <= char <= "\u17ff")
    )


def _check_shaping(text: str) -> None:
    bound = {char for char in text if needs_shaping(char)}
    if bound and not shaping():
        raise _unsupported("Without the fribidi library this machine cannot shape", bound)


def _unsupported(begin: str, chars: Iterable[str]) -> UnsupportedText:
    codes = [f"U+{ord(char):04X}" for char in sorted(chars)]
    return UnsupportedText(f"{begin} {', '.join(codes[:8])}.", {"missing": codes})
