"""Lay a text or a picture over a picture, turned if wanted, once or as a tiling."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from PIL import Image

from workers.cpu_processing.steps.invisible import hide, no_key
from workers.cpu_processing.steps.place import Corner, color_in, lay, place
from workers.cpu_processing.steps.typeset import paint, paragraphs, set_lines

_MARGIN = 0.03  # of the shorter side
_GAP = 0.6  # of the mark's longer side, between tiles
_STROKE = 0.06  # of the font size: a dark rim keeps a white mark readable on white
_WHITE, _RIM = (255, 255, 255, 255), (0, 0, 0, 160)


@dataclass(frozen=True)
class Mark:
    """A text, or a picture in RGBA; scale is the mark's width as a fraction of the picture's.

    rotation is in degrees, against the clock; a mark is scaled first, then turned. `secret` is the
    key of an invisible mark, beside the seen one or alone.
    """

    text: str | None = None
    picture: Image.Image | None = None
    position: str = "southeast"
    opacity: float = 0.5
    scale: float = 0.2
    rotation: float = 0.0
    tile: bool = False
    secret: bytes | None = None

    @classmethod
    def from_payload(
        cls, data: dict[str, Any], picture: Image.Image | None, key: bytes | None = None
    ) -> Mark:
        """Read a loaded Watermark whose image, if any, was decoded already.

        InvalidRequest where it asks for an invisible mark and there is no key.
        """
        names = ("text", "position", "opacity", "scale", "rotation", "tile")
        secret = None
        if data.get("invisible"):
            secret = key or no_key()
        return cls(
            picture=picture,
            secret=secret,
            **{name: data[name] for name in names if name in data},
        )


def watermark(image: Image.Image, mark: Mark) -> Image.Image:
    """The picture (RGB or RGBA) under the mark, and with the invisible one in it.

    Raises UnsupportedText for characters without a glyph, InvalidRequest where the picture cannot
    hold an invisible mark.
    """
    seen = mark.text is not None or mark.picture is not None
    marked = _under(image, mark) if seen else image
    return hide(marked, mark.secret) if mark.secret else marked


def _under(image: Image.Image, mark: Mark) -> Image.Image:
    upright = _upright(image.size, mark)
    stamp = _faded(_turned(upright, mark.rotation), mark.opacity)
    if mark.tile:
        corners = _tiles(image.size, upright.size, stamp.size, mark.rotation)
    else:
        stamp = _shrunk(stamp, image.size)
        corners = [place(image.size, stamp.size, mark.position, round(_MARGIN * min(image.size)))]
    drawn = image.copy()
    lay(drawn, stamp, corners)
    return drawn


def _upright(size: tuple[int, int], mark: Mark) -> Image.Image:
    """The mark at its size: as wide as the scale says, but never higher than the picture."""
    source = mark.picture if mark.picture is not None else _text_stamp(mark.text or "", size, mark)
    factor = min(mark.scale * size[0] / source.width, size[1] / source.height)
    return _resized(source, factor)


def _shrunk(stamp: Image.Image, size: tuple[int, int]) -> Image.Image:
    """A turned mark takes more room; it is made smaller where it would leave the picture."""
    factor = min(size[0] / stamp.width, size[1] / stamp.height)
    return stamp if factor >= 1 else _resized(stamp, factor)


def _resized(source: Image.Image, factor: float) -> Image.Image:
    target = max(1, round(source.width * factor)), max(1, round(source.height * factor))
    return source.convert("RGBA").resize(target, Image.Resampling.LANCZOS, reducing_gap=3.0)


def _turned(stamp: Image.Image, degrees: float) -> Image.Image:
    if degrees % 360 == 0:
        return stamp
    # Turned with colours weighted by alpha ("RGBa"), or clear pixels would darken the rim.
    turned = stamp.convert("RGBa").rotate(degrees, Image.Resampling.BICUBIC, expand=True)
    return turned.convert("RGBA")


def _text_stamp(text: str, size: tuple[int, int], mark: Mark) -> Image.Image:
    """White text with a dark rim, drawn near its final size so that scaling stays sharp."""
    line = paragraphs(" ".join(text.split()))
    probe = set_lines(line, 100, math.inf).width + 1
    pixels = max(8, min(round(100 * mark.scale * size[0] / probe), size[1]))
    painted = paint(set_lines(line, pixels, math.inf, max(1, round(_STROKE * pixels))))
    stamp = Image.new("RGBA", painted.letters.size)
    if painted.outline:
        color_in(stamp, painted.outline, _RIM, (0, 0))
    color_in(stamp, painted.letters, _WHITE, (0, 0))
    if painted.pictures:
        lay(stamp, painted.pictures, [(0, 0)])
    return stamp.crop(painted.ink.getbbox() or (0, 0, 1, 1))


def _faded(stamp: Image.Image, opacity: float) -> Image.Image:
    stamp.putalpha(stamp.getchannel("A").point([round(level * opacity) for level in range(256)]))
    return stamp


def _tiles(
    size: tuple[int, int], upright: tuple[int, int], stamp: tuple[int, int], degrees: float
) -> list[Corner]:
    """Corners of turned marks that stand like bricks, in rows that are turned as they are."""
    gap = max(4, round(_GAP * max(upright)))
    step_x, step_y = upright[0] + gap, upright[1] + gap
    reach = math.hypot(*size) / 2
    columns, rows = (math.ceil(reach / step) + 1 for step in (step_x, step_y))
    cos, sin = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    corners = []
    for row in range(-rows, rows + 1):
        for column in range(-columns, columns + 1):
            along, across = (column + row % 2 / 2) * step_x, row * step_y
            x = size[0] / 2 + along * cos + across * sin - stamp[0] / 2
            y = size[1] / 2 - along * sin + across * cos - stamp[1] / 2
            corners.append((round(x), round(y)))
    return [(x, y) for x, y in corners if -stamp[0] < x < size[0] and -stamp[1] < y < size[1]]
