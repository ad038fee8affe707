"""Draw a text onto a picture: wrapped, aligned, outlined, on a box if wanted."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import Any

from PIL import Image, ImageDraw, ImageFont

from workers.cpu_processing.steps.colour import Rgba, rgba
from workers.cpu_processing.steps.fonts import Face, choose_face, shaping
from workers.cpu_processing.steps.place import place

_MARGIN = 0.04  # of the shorter side, between the text and the picture's edge
_LEADING = 1.08  # line height over ascent and descent
_PADDING = 0.35  # of the font size, between the text and its box
_SMALLEST = 8  # pixels; a text is shrunk to fit the picture, but not beyond reading


@dataclass(frozen=True)
class Overlay:
    """What to draw. size is a fraction of the picture's height, max_width of its width."""

    text: str
    position: str = "south"
    size: float = 0.06
    max_width: float = 0.9
    align: str = "center"
    color: Rgba = (255, 255, 255, 255)
    stroke: float = 0.0
    stroke_color: Rgba = (0, 0, 0, 255)
    background: Rgba | None = None
    font: str | None = None
    direction: str | None = None

    @classmethod
    def from_payload(cls, data: dict[str, Any]) -> Overlay:
        """Read a loaded TextOverlay; InvalidRequest for a colour that is none."""
        known = {key: data[key] for key in _PLAIN_FIELDS if key in data}
        stroke = data.get("stroke")
        if stroke:
            known |= {"stroke": stroke["width"], "stroke_color": rgba(stroke["color"])}
        for name in ("color", "background"):
            if name in data:
                known[name] = rgba(data[name])
        return cls(**known)


_PLAIN_FIELDS = ("text", "position", "size", "max_width", "align", "font", "direction")


@dataclass(frozen=True)
class _Block:
    """Lines at a font size, and the pixels they take with their outline."""

    lines: list[str]
    font: ImageFont.FreeTypeFont
    stroke: int
    line_height: int
    width: int
    height: int
    direction: str | None

    def length(self, line: str) -> float:
        """A line's width in pixels."""
        return self.font.getlength(line, direction=self.direction)


def overlay(image: Image.Image, want: Overlay) -> Image.Image:
    """The picture (RGB or RGBA) with the text on it.

    Raises UnsupportedText for characters without a glyph, InvalidRequest for an unknown font.
    """
    face = choose_face(want.text, want.font)
    block = _fit(want, face, image.size)
    padding = round(_PADDING * block.font.size) if want.background else 0
    outer = block.width + 2 * padding, block.height + 2 * padding
    margin = round(_MARGIN * min(image.size))
    left, top = place(image.size, outer, want.position, margin)
    layer = Image.new("RGBA", image.size, (*want.color[:3], 0))
    draw = ImageDraw.Draw(layer)
    if want.background:
        right, bottom = left + outer[0] - 1, top + outer[1] - 1
        corner = max(0, min(padding, *(side // 2 - 1 for side in outer)))
        draw.rounded_rectangle((left, top, right, bottom), corner, want.background)
    text = Image.new("RGBA", image.size, (*_edge_color(want), 0))
    _write(ImageDraw.Draw(text), block, want, (left + padding, top + padding))
    merged = Image.alpha_composite(image.convert("RGBA"), Image.alpha_composite(layer, text))
    return merged if image.mode == "RGBA" else merged.convert("RGB")


def _edge_color(want: Overlay) -> tuple[int, int, int]:
    """The colour that half-covered pixels at the glyphs' rim blend with."""
    return want.stroke_color[:3] if want.stroke else want.color[:3]


def _write(
    draw: ImageDraw.ImageDraw, block: _Block, want: Overlay, corner: tuple[int, int]
) -> None:
    for number, line in enumerate(block.lines):
        free = block.width - 2 * block.stroke - block.length(line)
        shift = {"left": 0.0, "center": free / 2, "right": free}[want.align]
        at = corner[0] + block.stroke + shift, corner[1] + block.stroke + number * block.line_height
        draw.text(
            at,
            line,
            want.color,
            block.font,
            anchor="la",
            direction=block.direction,
            stroke_width=block.stroke,
            stroke_fill=want.stroke_color,
        )


def _fit(want: Overlay, face: Face, size: tuple[int, int]) -> _Block:
    """The text at the size wanted, or smaller until it fits into the picture."""
    pixels = max(_SMALLEST, round(want.size * size[1]))
    room = 1 - 2 * _MARGIN
    while True:
        block = lay_out(want, face, pixels, want.max_width * size[0] * room)
        fits = block.height <= size[1] * room and block.width <= size[0]
        if fits or pixels <= _SMALLEST:
            return block
        pixels = max(_SMALLEST, int(pixels * 0.9))


def lay_out(want: Overlay, face: Face, pixels: int, room: float) -> _Block:
    """The text broken into lines no wider than `room` pixels."""
    font = face.at(pixels)
    direction = want.direction if shaping() else None
    stroke = round(want.stroke * pixels)
    ascent, descent = font.getmetrics()
    lines = [
        line
        for paragraph in want.text.replace("\t", " ").splitlines()
        for line in _wrap(paragraph, font, direction, room - 2 * stroke)
    ]
    line_height = round((ascent + descent) * _LEADING)
    width = max(font.getlength(line, direction=direction) for line in lines)
    height = line_height * (len(lines) - 1) + ascent + descent
    return _Block(
        lines, font, stroke, line_height, round(width) + 2 * stroke, height + 2 * stroke, direction
    )


def _wrap(
    paragraph: str, font: ImageFont.FreeTypeFont, direction: str | None, room: float
) -> list[str]:
    """Greedy lines of words; a word wider than a line is broken between characters."""
    lines = [""]
    for word in paragraph.split():
        joined = f"{lines[-1]} {word}" if lines[-1] else word
        if font.getlength(joined, direction=direction) <= room:
            lines[-1] = joined
            continue
        pieces = _pieces(word, font, direction, room)
        lines = lines + pieces if lines[-1] else lines[:-1] + pieces
    return lines


def _pieces(
    word: str, font: ImageFont.FreeTypeFont, direction: str | None, room: float
) -> list[str]:
    pieces = [""]
    for char in word:
        stays = unicodedata.category(char).startswith("M")  # a mark stays with its letter
        too_wide = font.getlength(pieces[-1] + char, direction=direction) > room
        if pieces[-1] and too_wide and not stays:
            pieces.append("")
        pieces[-1] += char
    return pieces
