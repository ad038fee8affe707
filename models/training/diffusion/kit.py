"""The drawing kit of the renderer: a supersampled canvas and a pen in a subject's own units."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from PIL import Image, ImageDraw

Colour = tuple[int, int, int]
Point = tuple[float, float]
SUPERSAMPLE = 2
OUTLINE = 2.6  # pixels of an anime outline in the finished picture


@dataclass(frozen=True)
class Light:
    """How a time of day and a style colour what is lit: a tint, whether lamps burn, the look."""

    tint: tuple[float, float, float]
    lamps: bool
    anime: bool

    def on(self, colour: Colour, gain: float = 1.0) -> Colour:
        """The colour as it looks in this light, brightened or darkened by a gain."""
        red, green, blue = (
            min(255, int(part * tint * gain)) for part, tint in zip(colour, self.tint, strict=True)
        )
        return (red, green, blue)


def mix(one: Colour, other: Colour, share: float) -> Colour:
    """A colour between two; share 0 is the first, 1 the second."""
    red, green, blue = (int(a + (b - a) * share) for a, b in zip(one, other, strict=True))
    return (red, green, blue)


@lru_cache(maxsize=8)
def shading(kind: str, anime: bool) -> tuple[float, ...]:
    """Gains from the lit left edge to the shaded right edge of a shape."""
    across = np.linspace(0, 1, 48)
    if kind == "plain":
        return (1.0,)
    if anime:
        return tuple(np.where(across < 0.62, 1.0, 0.74))
    if kind == "round":
        return tuple(1.14 - 0.62 * np.abs(across - 0.28) ** 1.15)
    return tuple(1.07 - 0.24 * across)


class Canvas:
    """A picture being painted at twice its size, in finished-picture pixel coordinates."""

    def __init__(self, size: tuple[int, int], light: Light) -> None:
        self.size = size
        self.light = light
        self.image = Image.new("RGB", (size[0] * SUPERSAMPLE, size[1] * SUPERSAMPLE))
        self.draw = ImageDraw.Draw(self.image)

    def fill(self, points: Sequence[Point], colour: Colour) -> None:
        """Fill a polygon with a finished colour (no light, no outline)."""
        self.draw.polygon([(x * SUPERSAMPLE, y * SUPERSAMPLE) for x, y in points], fill=colour)

    def shape(
        self,
        points: Sequence[Point],
        colour: Colour,
        shade: str = "flat",
        glow: bool = False,
        ink: bool = True,
    ) -> None:
        """Fill a polygon in this light, shaded across, outlined in the anime look."""
        big = [(x * SUPERSAMPLE, y * SUPERSAMPLE) for x, y in points]
        gains = shading("plain" if glow else shade, self.light.anime)
        if len(gains) == 1:
            self.draw.polygon(big, fill=colour if glow else self.light.on(colour))
        else:
            self._fill_shaded(big, colour, gains)
        if self.light.anime and ink:
            self.line(points, self.ink, OUTLINE, closed=True)

    @property
    def ink(self) -> Colour:
        """The colour of outlines in this light."""
        return (26, 20, 38)

    def line(
        self, points: Sequence[Point], colour: Colour, width: float, closed: bool = False
    ) -> None:
        """Draw a line of finished colour, its width in finished pixels."""
        big = [(x * SUPERSAMPLE, y * SUPERSAMPLE) for x, y in points]
        if closed:
            big += big[:2]
        self.draw.line(big, fill=colour, width=max(1, round(width * SUPERSAMPLE)), joint="curve")

    def _fill_shaded(self, big: Sequence[Point], colour: Colour, gains: Sequence[float]) -> None:
        left, top = (math.floor(min(p[axis] for p in big)) for axis in (0, 1))
        right, bottom = (math.ceil(max(p[axis] for p in big)) for axis in (0, 1))
        box = (max(1, right - left), max(1, bottom - top))
        mask = Image.new("L", box)
        ImageDraw.Draw(mask).polygon([(x - left, y - top) for x, y in big], fill=255)
        strip = np.array([self.light.on(colour, gain) for gain in gains], dtype=np.uint8)
        how = Image.Resampling.NEAREST if self.light.anime else Image.Resampling.BILINEAR
        tone = Image.fromarray(strip[None]).resize(box, how)
        self.image.paste(tone, (left, top), mask)

    def finished(self) -> Image.Image:
        """The picture at its own size."""
        return self.image.reduce(SUPERSAMPLE)


class Pen:
    """Draws a subject in its own units: x to the right, y up from its foot, height 1."""

    def __init__(self, canvas: Canvas, foot: Point, unit: float, variant: int) -> None:
        self.canvas, self.foot, self.unit, self.variant = canvas, foot, unit, variant

    @property
    def night(self) -> bool:
        """Whether lamps and windows are lit."""
        return self.canvas.light.lamps

    def pick(self, *choices: Colour) -> Colour:
        """One of the colours a subject may have, by the scene's variant."""
        return choices[self.variant % len(choices)]

    def at(self, points: Sequence[Point]) -> list[Point]:
        """The points in picture coordinates."""
        return [(self.foot[0] + x * self.unit, self.foot[1] - y * self.unit) for x, y in points]

    def poly(
        self, points: Sequence[Point], colour: Colour, shade: str = "flat", ink: bool = True
    ) -> None:
        """A polygon."""
        self.canvas.shape(self.at(points), colour, shade, ink=ink)

    def rect(
        self, left: float, low: float, right: float, high: float, colour: Colour,
        shade: str = "flat", ink: bool = True,
    ) -> None:  # fmt: skip
        """An upright rectangle."""
        corners = ((left, low), (left, high), (right, high), (right, low))
        self.poly(corners, colour, shade, ink)

    def mirrored(self, points: Sequence[Point], colour: Colour, shade: str = "flat") -> None:
        """A symmetric polygon, given by its right half from the foot up."""
        self.poly(list(points) + [(-x, y) for x, y in reversed(points)], colour, shade)

    def oval(
        self, x: float, y: float, rx: float, ry: float, colour: Colour,
        shade: str = "round", ink: bool = True,
    ) -> None:  # fmt: skip
        """An ellipse around a centre."""
        self.poly(arc(x, y, rx, ry, 0, 360), colour, shade, ink)

    def dome(self, x: float, low: float, rx: float, ry: float, colour: Colour) -> None:
        """A half round on a flat foot."""
        self.poly(arc(x, low, rx, ry, 0, 180), colour, "round")

    def onion(self, x: float, low: float, radius: float, height: float, colour: Colour) -> None:
        """An onion dome with a pointed top."""
        profile = ((0.62, 0), (0.95, 0.16), (1.0, 0.3), (0.86, 0.5), (0.45, 0.68), (0.14, 0.84))
        half = [(x + radius * u, low + height * v) for u, v in profile]
        other = [(2 * x - u, v) for u, v in reversed(half)]
        self.poly([*half, (x, low + height), *other], colour, "round")

    def arch(self, x: float, low: float, half: float, high: float, lit: bool = True) -> None:
        """A door or window with a round top: dark, or lamp-lit by night."""
        points = [(x + half, low), *arc(x, high - half, half, half, 0, 180), (x - half, low)]
        lamp = lit and self.night
        colour: Colour = (255, 208, 104) if lamp else (52, 44, 54)
        self.canvas.shape(self.at(points), colour, "plain", glow=lamp, ink=False)

    def stroke(self, points: Sequence[Point], colour: Colour, width: float) -> None:
        """A line in this light; the width in the subject's units, at least a pixel and a half."""
        lit = self.canvas.light.on(colour)
        self.canvas.line(self.at(points), lit, max(1.5, width * self.unit))


def arc(
    x: float, y: float, rx: float, ry: float, start: float, end: float, steps: int = 28
) -> list[Point]:
    """Points of an elliptic arc, angles in degrees, 0 to the right and 90 up."""
    angles = [math.radians(start + (end - start) * i / steps) for i in range(steps + 1)]
    return [(x + rx * math.cos(a), y + ry * math.sin(a)) for a in angles]
