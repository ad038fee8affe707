"""Lay a text or a picture over a picture, once or as a tiling."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from PIL import Image, ImageDraw

from workers.cpu_processing.steps.fonts import choose_face
from workers.cpu_processing.steps.place import place

_MARGIN = 0.03  # of the shorter side
_GAP = 0.6  # of the mark's longer side, between tiles
_STROKE = 0.06  # of the font size: a dark rim keeps a white mark readable on white


@dataclass(frozen=True)
class Mark:
    """A text, or a picture in RGBA; scale is the mark's width as a fraction of the picture's."""

    text: str | None = None
    picture: Image.Image | None = None
    position: str = "southeast"
    opacity: float = 0.5
    scale: float = 0.2
    tile: bool = False

    @classmethod
    def from_payload(cls, data: dict[str, Any], picture: Image.Image | None) -> Mark:
        """Read a loaded Watermark whose image, if any, was decoded already."""
        names = ("text", "position", "opacity", "scale", "tile")
        return cls(picture=picture, **{name: data[name] for name in names if name in data})


def watermark(image: Image.Image, mark: Mark) -> Image.Image:
    """The picture (RGB or RGBA) under the mark; UnsupportedText for characters without a glyph."""
    stamp = _faded(_stamp(image.size, mark), mark.opacity)
    layer = Image.new("RGBA", image.size, (0, 0, 0, 0))
    for corner in _corners(image.size, stamp.size, mark):
        layer.paste(stamp, corner)
    merged = Image.alpha_composite(image.convert("RGBA"), layer)
    return merged if image.mode == "RGBA" else merged.convert("RGB")


def _stamp(size: tuple[int, int], mark: Mark) -> Image.Image:
    """The mark at its size: as wide as the scale says, but never higher than the picture."""
    source = mark.picture if mark.picture is not None else _text_stamp(mark.text or "", size, mark)
    factor = min(mark.scale * size[0] / source.width, size[1] / source.height)
    target = max(1, round(source.width * factor)), max(1, round(source.height * factor))
    return source.convert("RGBA").resize(target, Image.Resampling.LANCZOS, reducing_gap=3.0)


def _text_stamp(text: str, size: tuple[int, int], mark: Mark) -> Image.Image:
    """White text with a dark rim, drawn near its final size so that scaling stays sharp."""
    line = " ".join(text.split())
    face = choose_face(line)
    probe = face.at(100).getlength(line) + 1
    pixels = max(8, min(round(100 * mark.scale * size[0] / probe), size[1]))
    font = face.at(pixels)
    rim = max(1, round(_STROKE * pixels))
    left, top, right, bottom = font.getbbox(line, stroke_width=rim)
    stamp = Image.new("RGBA", (round(right - left), round(bottom - top)), (0, 0, 0, 0))
    draw = ImageDraw.Draw(stamp)
    draw.text(
        (-left, -top),
        line,
        (255, 255, 255, 255),
        font,
        stroke_width=rim,
        stroke_fill=(0, 0, 0, 160),
    )
    return stamp


def _faded(stamp: Image.Image, opacity: float) -> Image.Image:
    stamp.putalpha(stamp.getchannel("A").point([round(level * opacity) for level in range(256)]))
    return stamp


def _corners(size: tuple[int, int], stamp: tuple[int, int], mark: Mark) -> list[tuple[int, int]]:
    """Where the mark goes; tiles stand like bricks, every second row shifted by half."""
    if not mark.tile:
        return [place(size, stamp, mark.position, round(_MARGIN * min(size)))]
    gap = max(4, round(_GAP * max(stamp)))
    step_x, step_y = stamp[0] + gap, stamp[1] + gap
    return [
        (x, y)
        for row, y in enumerate(range(gap // 2, size[1], step_y))
        for x in range(gap // 2 - (row % 2) * (step_x // 2), size[0], step_x)
    ]
