"""The fonts at hand, and which of them has every character of a text."""

from __future__ import annotations

import io
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import pymupdf_fonts  # type: ignore[import-untyped]  # no stubs
from fontTools.ttLib import TTFont, TTLibError  # type: ignore[import-untyped]  # no stubs
from PIL import ImageFont, features

from app.contracts.errors import InvalidRequest, UnsupportedText

# Tried in this order when no font is named: FiraGO has Latin, Greek, Cyrillic, Hebrew, Arabic,
# Devanagari, Thai and Georgian; the Noto fonts add signs.
PACKAGED = ("FiraGO Regular", "Noto Sans Regular", "Noto Sans Symbols2 Regular")
SYSTEM_FOLDERS = (Path("/usr/share/fonts"), Path("/usr/local/share/fonts"))
_PLAIN = frozenset(("Regular", "Book", "Roman", "Medium"))


@dataclass(frozen=True)
class Face:
    """One font file: "Family Style", and how to get its bytes."""

    name: str
    load: Callable[[], bytes]

    def at(self, pixels: int) -> ImageFont.FreeTypeFont:
        """The font at a size in pixels."""
        return ImageFont.truetype(io.BytesIO(_bytes(self)), pixels)


@lru_cache(maxsize=1)
def packaged_faces() -> dict[str, Face]:
    """The fonts that are installed with Imajin, by name."""
    described = {about["name"]: key for key, about in pymupdf_fonts.fontdescriptors.items()}
    return {name: Face(name, _packaged(key)) for name, key in described.items()}


@lru_cache(maxsize=1)
def system_faces() -> dict[str, Face]:
    """The TrueType and OpenType fonts of the machine, by name; read once, when first needed."""
    found: dict[str, Face] = {}
    for folder in SYSTEM_FOLDERS:
        for path in sorted(folder.rglob("*.[to]tf")):
            try:
                family, style = ImageFont.truetype(str(path), 10).getname()
            except OSError:
                continue
            name = f"{family} {style or 'Regular'}"
            found.setdefault(name, Face(name, path.read_bytes))
    return found


def choose_face(text: str, wanted: str | None = None) -> Face:
    """The named font, or the first at hand, that has every character of the text.

    Raises InvalidRequest for an unknown name, UnsupportedText where characters are missing or
    need a shaping library that this machine does not have.
    """
    _check_shaping(text)
    if wanted is not None:
        face = _named(wanted)
        lacking = missing(text, face)
        if lacking:
            raise _unsupported(f"The font {face.name} has no glyph for", lacking)
        return face
    least: list[str] | None = None
    for face in _by_preference():
        lacking = missing(text, face)
        if not lacking:
            return face
        least = lacking if least is None or len(lacking) < len(least) else least
    raise _unsupported("No one font here has a glyph for", least or [])


def missing(text: str, face: Face) -> list[str]:
    """The characters ("U+0E01") that the font cannot draw, each once; marks of layout aside."""
    drawn = {
        char for char in text if not char.isspace() and unicodedata.category(char) not in ("Cf",)
    }
    return [f"U+{ord(c):04X}" for c in sorted(drawn) if ord(c) not in _coverage(face)]


def shaping() -> bool:
    """Whether text can be shaped and set from right to left (libraqm with fribidi)."""
    return bool(features.check("raqm"))


def needs_shaping(char: str) -> bool:
    """Whether a character joins, stacks or runs from right to left."""
    rtl = unicodedata.bidirectional(char) in ("R", "AL")
    return (
        rtl
        or "\u0900" <= char <= "\u0dff"
        or "\u0f00" <= char <= "\u109f"
        or ("\u1780" <= char <= "\u17ff")
    )


def _check_shaping(text: str) -> None:
    bound = sorted({char for char in text if needs_shaping(char)})
    if bound and not shaping():
        codes = [f"U+{ord(char):04X}" for char in bound]
        raise _unsupported("Without the fribidi library this machine cannot shape", codes)


def _unsupported(begin: str, codes: list[str]) -> UnsupportedText:
    return UnsupportedText(f"{begin} {', '.join(codes[:8])}.", {"missing": codes})


def _named(wanted: str) -> Face:
    """A face by "Family Style" or by family alone, whatever the case."""
    faces = packaged_faces() | system_faces()
    by_name = {name.casefold(): face for name, face in faces.items()}
    asked = wanted.casefold().strip()
    for name in (asked, *(f"{asked} {style.casefold()}" for style in sorted(_PLAIN))):
        if name in by_name:
            return by_name[name]
    sentence = f"There is no font called {wanted!r} here."
    raise InvalidRequest(sentence, {"textOverlay.font": [sentence], "available": sorted(faces)})


def _by_preference() -> list[Face]:
    """Packaged faces first, so that a text looks the same on every machine."""
    packaged = packaged_faces()
    plain = {
        name: face
        for name, face in system_faces().items()
        if name.split()[-1] in _PLAIN and name not in packaged
    }
    return [packaged[name] for name in PACKAGED] + [
        plain[name] for name in sorted(plain, key=lambda name: ("Sans" not in name, name))
    ]


def _packaged(key: str) -> Callable[[], bytes]:
    return lambda: bytes(pymupdf_fonts.myfont(key))


@lru_cache(maxsize=16)
def _bytes(face: Face) -> bytes:
    return face.load()


@lru_cache(maxsize=256)
def _coverage(face: Face) -> frozenset[int]:
    """The code points that a face maps to glyphs; none where its tables are damaged."""
    try:
        with TTFont(io.BytesIO(_bytes(face)), lazy=True) as font:
            return frozenset(font.getBestCmap() or ())
    except (TTLibError, OSError, KeyError, ValueError):
        return frozenset()
