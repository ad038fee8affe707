"""Draw a text onto a picture: set in lines, outlined, with a shadow or on a box if wanted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from PIL import Image, ImageDraw, ImageFilter, ImageOps

from workers.cpu_processing.steps.colour import Rgba, rgba
from workers.cpu_processing.steps.contrast import choose, opposite
from workers.cpu_processing.steps.place import Corner, color_in, lay, place
from workers.cpu_processing.steps.typeset import (
    Block,
    Painted,
    Paragraph,
    paint,
    paragraphs,
    set_lines,
)

_MARGIN = 0.04  # of the shorter side, between the text and the picture's edge
_PADDING = 0.35  # of the font size, between the text and its box
_OUTLINE = 0.06  # of the font size: drawn unasked where no one colour is read on the ground
_SMALLEST = 8  # pixels; a text is shrunk to fit the picture, but not beyond reading


@dataclass(frozen=True)
class Shadow:
    """A soft copy of the text under it; all measures are fractions of the font size."""

    color: Rgba = (0, 0, 0, 160)
    blur: float = 0.12
    x: float = 0.05
    y: float = 0.08


@dataclass(frozen=True)
class Overlay:
    """What to draw. size is a fraction of the picture's height, max_width of its width.

    Without a colour the text is black or white, as it is read best on what it stands on; without
    a stroke colour the outline is the other of the two.
    """

    text: str
    position: str = "south"
    size: float = 0.06
    max_width: float = 0.9
    align: str = "center"
    color: Rgba | None = None
    stroke: float = 0.0
    stroke_color: Rgba | None = None
    shadow: Shadow | None = None
    background: Rgba | None = None
    font: str | None = None
    direction: str | None = None

    @classmethod
    def from_payload(cls, data: dict[str, Any]) -> Overlay:
        """Read a loaded TextOverlay; InvalidRequest for a colour that is none."""
        known = {key: data[key] for key in _PLAIN_FIELDS if key in data}
        stroke = data.get("stroke")
        if stroke:
            known["stroke"] = stroke["width"]
            known |= {"stroke_color": rgba(stroke["color"])} if "color" in stroke else {}
        if "shadow" in data:
            shadow = dict(data["shadow"])
            known["shadow"] = Shadow(rgba(shadow.pop("color")), **shadow)
        for name in ("color", "background"):
            if name in data:
                known[name] = rgba(data[name])
        return cls(**known)


_PLAIN_FIELDS = ("text", "position", "size", "max_width", "align", "font", "direction")


@dataclass(frozen=True)
class _Spot:
    """Where a block stands: the corner and size of the box round it, and its padding."""

    corner: Corner
    size: tuple[int, int]
    padding: int

    @property
    def box(self) -> tuple[int, int, int, int]:
        """Left, top, right, bottom."""
        left, top = self.corner
        return left, top, left + self.size[0], top + self.size[1]


@dataclass(frozen=True)
class _Ready:
    """A text set, coloured and painted for pictures of one size."""

    size: tuple[int, int]
    want: Overlay
    pixels: int
    spot: _Spot
    painted: Painted

    @classmethod
    def on(cls, image: Image.Image, want: Overlay) -> _Ready:
        """Made for this picture."""
        text = paragraphs(want.text, want.font, want.direction)
        block = fit(text, want, image.size)
        want, outlined = _coloured(image, want, _spot(image.size, block, want))
        if outlined:
            block = fit(text, want, image.size)
        spot = _spot(image.size, block, want)
        return cls(image.size, want, block.pixels, spot, paint(block, want.align))

    def drawn_on(self, image: Image.Image) -> Image.Image:
        """The picture with the text on it."""
        drawn = image.copy()
        if self.want.background:
            lay(drawn, _box(self.spot, self.want.background), [self.spot.corner])
        _write(drawn, self)
        return drawn


def overlay(image: Image.Image, want: Overlay) -> Image.Image:
    """The picture (RGB or RGBA) with the text on it.

    Raises UnsupportedText for characters without a glyph, InvalidRequest for an unknown font.
    """
    return _Ready.on(image, want).drawn_on(image)


def overlay_frames(want: Overlay) -> Callable[[Image.Image], Image.Image]:
    """`overlay` for frames that follow each other: set once, in the colours of the first."""
    ready: list[_Ready] = []

    def draw(frame: Image.Image) -> Image.Image:
        if not ready or ready[0].size != frame.size:
            ready[:] = [_Ready.on(frame, want)]
        return ready[0].drawn_on(frame)

    return draw


def fit(text: list[Paragraph], want: Overlay, size: tuple[int, int]) -> Block:
    """The text at the size wanted, or as large as it fits into the picture."""
    room = 1 - 2 * _MARGIN

    def at(pixels: int) -> Block:
        stroke = round(want.stroke * pixels)
        return set_lines(text, pixels, want.max_width * size[0] * room, stroke)

    def fits(block: Block) -> bool:
        return block.height <= size[1] * room and block.width <= size[0]

    low, high = _SMALLEST, max(_SMALLEST, round(want.size * size[1]))
    best = at(high)
    if fits(best):
        return best
    best = at(low)
    while high - low > 1:
        middle = at((low + high) // 2)
        if fits(middle):
            low, best = middle.pixels, middle
        else:
            high = middle.pixels
    return best


def _spot(size: tuple[int, int], block: Block, want: Overlay) -> _Spot:
    padding = round(_PADDING * block.pixels) if want.background else 0
    outer = block.width + 2 * padding, block.height + 2 * padding
    margin = round(_MARGIN * min(size))
    return _Spot(place(size, outer, want.position, margin), outer, padding)


def _coloured(image: Image.Image, want: Overlay, spot: _Spot) -> tuple[Overlay, bool]:
    """All colours chosen, and whether an outline was added because the ground is too busy."""
    added = False
    if want.color is None:
        choice = choose(_ground(image, want, spot))
        want = replace(want, color=choice.color)
        if not choice.enough and not want.stroke:
            want, added = replace(want, stroke=_OUTLINE, stroke_color=None), True
    if want.stroke_color is None:
        want = replace(want, stroke_color=opposite(want.color or choice.color))
    return want, added


def _ground(image: Image.Image, want: Overlay, spot: _Spot) -> Image.Image:
    """What touches the letters: the outline if its colour is given, else the box, the picture."""
    if want.stroke and want.stroke_color:
        return Image.new("RGBA", (1, 1), want.stroke_color)
    ground = image.crop(_within(image.size, spot.box))
    if want.background:
        lay(ground, Image.new("RGBA", ground.size, want.background), [(0, 0)])
    return ground


def _within(size: tuple[int, int], box: tuple[int, int, int, int]) -> tuple[int, int, int, int]:
    """The part of a box that lies in the picture, one pixel at least."""
    left, top = (max(0, min(box[axis], size[axis] - 1)) for axis in (0, 1))
    right, bottom = (min(box[axis + 2], size[axis]) for axis in (0, 1))
    return left, top, max(left + 1, right), max(top + 1, bottom)


def _box(spot: _Spot, color: Rgba) -> Image.Image:
    layer = Image.new("RGBA", spot.size, (*color[:3], 0))
    corner = max(0, min(spot.padding, *(side // 2 - 1 for side in spot.size)))
    right, bottom = spot.size[0] - 1, spot.size[1] - 1
    ImageDraw.Draw(layer).rounded_rectangle((0, 0, right, bottom), corner, color)
    return layer


def _write(image: Image.Image, ready: _Ready) -> None:
    """Shadow, outline, letters and emoji, the lowest first."""
    want, painted, spot = ready.want, ready.painted, ready.spot
    shift = spot.padding - painted.pad
    at = spot.corner[0] + shift, spot.corner[1] + shift
    if want.shadow:
        _cast(image, painted.ink, want.shadow, ready.pixels, at)
    if painted.outline and want.stroke_color:
        color_in(image, painted.outline, want.stroke_color, at)
    if want.color:
        color_in(image, painted.letters, want.color, at)
    if painted.pictures:
        lay(image, painted.pictures, [at])


def _cast(image: Image.Image, ink: Image.Image, shadow: Shadow, pixels: int, at: Corner) -> None:
    radius = shadow.blur * pixels
    spread = round(3 * radius)  # where a Gaussian has faded
    mask = ImageOps.expand(ink, spread)
    soft = mask.filter(ImageFilter.GaussianBlur(radius)) if radius else mask
    corner = round(at[0] + shadow.x * pixels) - spread, round(at[1] + shadow.y * pixels) - spread
    color_in(image, soft, shadow.color, corner)
