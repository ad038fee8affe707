"""The fonts at hand: those of the installed packages, then those of the machine."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from pathlib import Path

import pymupdf_fonts  # type: ignore[import-untyped]  # no stubs
import uharfbuzz as hb
from PIL import ImageFont, features

from app.contracts.errors import InvalidRequest

SYSTEM_FOLDERS = (
    Path("/usr/share/fonts"),
    Path("/usr/local/share/fonts"),
    Path.home() / ".fonts",
    Path.home() / ".local/share/fonts",
)
_WEIGHTS = {"Regular": 400, "Bold": 700}
_PLAIN = frozenset(("Regular", "Book", "Roman", "Medium"))
_LARGE = 4_000_000  # bytes
_STRIKE = 109  # pixels; the one size in which Noto Color Emoji has its pictures


@dataclass(frozen=True)
class Face:
    """One font: "Family Style", the file or the packaged key it comes from, and what to set in it.

    weight is a place on a variable font's axis; strike the only size of a font made of pictures.
    """

    name: str
    source: Path | str
    index: int = 0
    weight: int | None = None
    strike: int | None = None

    def at(self, pixels: int) -> ImageFont.FreeTypeFont:
        """The font at a size in pixels, or at the only size it has."""
        return _sized(self, self.strike or pixels)

    def scale(self, pixels: int) -> float:
        """How many pixels of the picture one pixel of `at(pixels)` becomes."""
        return pixels / self.strike if self.strike else 1.0


@lru_cache(maxsize=1)
def packaged_faces() -> dict[str, Face]:
    """The fonts that are installed with Imajin, by name."""
    described = pymupdf_fonts.fontdescriptors.items()
    single = {about["name"]: Face(about["name"], key) for key, about in described}
    noto = {face.name: face for face in (*_noto_faces(), *_cjk_faces())}
    return single | noto


@lru_cache(maxsize=1)
def system_faces() -> dict[str, Face]:
    """The TrueType and OpenType fonts of the machine, by name; read once, when first needed."""
    found: dict[str, Face] = {}
    for path in _system_files("*.[to]t[fc]"):
        for index in range(16 if path.suffix == ".ttc" else 1):
            try:
                family, style = ImageFont.truetype(str(path), 10, index=index).getname()
            except OSError:
                break
            name = f"{family} {style or 'Regular'}"
            found.setdefault(name, Face(name, path, index))
    return found


@lru_cache(maxsize=1)
def color_emoji() -> Face | None:
    """The machine's colour emoji, where they are pictures: FreeType draws no COLR version 1."""
    for path in _system_files("NotoColorEmoji*.ttf"):
        face = Face("Noto Color Emoji", path, strike=_STRIKE)
        if "CBDT" in _tables(face):
            return face
    return None


@lru_cache(maxsize=1)
def plain_system_faces() -> tuple[Face, ...]:
    """The machine's upright, regular fonts, those without serifs first."""
    packaged = packaged_faces()
    plain = {
        name: face
        for name, face in system_faces().items()
        if name.split()[-1] in _PLAIN and name not in packaged
    }
    order = sorted(plain, key=lambda name: ("Sans" not in name, name))
    return tuple(plain[name] for name in order)


def named_face(wanted: str) -> Face:
    """A face by "Family Style" or by family alone, whatever the case; else InvalidRequest."""
    faces = packaged_faces() | system_faces()
    by_name = {name.casefold(): face for name, face in faces.items()}
    asked = wanted.casefold().strip()
    for name in (asked, *(f"{asked} {style.casefold()}" for style in sorted(_PLAIN))):
        if name in by_name:
            return by_name[name]
    sentence = f"There is no font called {wanted!r} here."
    raise InvalidRequest(sentence, {"textOverlay.font": [sentence], "available": sorted(faces)})


@lru_cache(maxsize=512)
def coverage(face: Face) -> frozenset[int]:
    """The code points that a face has glyphs for; none where it is damaged or drawn in layers."""
    try:
        tables = _tables(face)
        if "COLR" in tables or ("CBDT" in tables and not face.strike):
            return frozenset()
        return frozenset(_harfbuzz(face).unicodes)
    except (hb.HarfBuzzError, OSError, ValueError):
        return frozenset()


def shaping() -> bool:
    """Whether text can be shaped and set from right to left (libraqm with fribidi)."""
    return bool(features.check("raqm"))


def file_bytes(face: Face) -> bytes:
    """The whole font file."""
    return face.source.read_bytes() if isinstance(face.source, Path) else _packaged(face.source)


def _noto_faces() -> Iterator[Face]:
    for path in _package_files("manimgx_fonts", "*.ttf"):
        family, _ = ImageFont.truetype(str(path), 10).getname()
        slant = " Italic" if "Italic" in path.name else ""
        for style, weight in _WEIGHTS.items():
            name = f"{family} {style}{slant}".replace("Regular Italic", "Italic")
            yield Face(name, path, weight=weight)


def _cjk_faces() -> Iterator[Face]:
    for path in _package_files("manimgx_fonts_cjk", "*.ttc"):
        for index in range(5):  # Japanese, Korean, simplified, traditional, Hong Kong
            family, _ = ImageFont.truetype(str(path), 10, index=index).getname()
            for style, weight in _WEIGHTS.items():
                yield Face(f"{family} {style}", path, index, weight)


def _package_files(package: str, pattern: str) -> list[Path]:
    return sorted(Path(str(files(package))).glob(pattern))


def _system_files(pattern: str) -> Iterator[Path]:
    return (path for folder in SYSTEM_FOLDERS for path in sorted(folder.rglob(pattern)))


def _sized(face: Face, pixels: int) -> ImageFont.FreeTypeFont:
    """Every size maps its file anew, so of the 33 MB of CJK only a few are kept."""
    return _few(face, pixels) if _is_large(face.source) else _many(face, pixels)


@lru_cache(maxsize=256)
def _is_large(source: Path | str) -> bool:
    return isinstance(source, Path) and source.stat().st_size > _LARGE


def _opened(face: Face, pixels: int) -> ImageFont.FreeTypeFont:
    # A path rather than bytes where there is one, so that a large file is mapped, not copied.
    source = str(face.source) if isinstance(face.source, Path) else io.BytesIO(file_bytes(face))
    font = ImageFont.truetype(source, pixels, index=face.index)
    if face.weight is not None:
        font.set_variation_by_axes([face.weight])
    return font


_few = lru_cache(maxsize=6)(_opened)
_many = lru_cache(maxsize=48)(_opened)


@lru_cache(maxsize=16)
def _packaged(key: str) -> bytes:
    return bytes(pymupdf_fonts.myfont(key))


def _harfbuzz(face: Face) -> hb.Face:
    whole = isinstance(face.source, Path)
    blob = hb.Blob.from_file_path(str(face.source)) if whole else hb.Blob(file_bytes(face))
    return hb.Face(blob, face.index)


def _tables(face: Face) -> list[str]:
    return list(_harfbuzz(face).table_tags)
