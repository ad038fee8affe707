"""Fit a picture into a width and a height."""

from __future__ import annotations

from dataclasses import dataclass

from PIL import Image

from app.contracts.errors import ImageTooLarge, InvalidRequest
from workers.cpu_processing.steps.colour import Rgba
from workers.cpu_processing.steps.place import place
from workers.cpu_processing.steps.resample import Box, Picture, Size, resample
from workers.cpu_processing.steps.smart import busiest


@dataclass(frozen=True)
class Fit:
    """What is wanted: sides in pixels (None: as the ratio has it), how to fit, what to keep.

    cover fills both sides and cuts off, contain fits inside and pads with the background, fill
    ignores the ratio, inside fits inside, outside covers without cutting. With one side given, all
    keep the ratio. Unless told to enlarge, inside and contain leave a small picture at its size,
    and the others refuse a size that it does not have.
    """

    width: int | None = None
    height: int | None = None
    fit: str = "inside"
    gravity: str = "center"
    background: Rgba = (255, 255, 255, 255)
    enlarge: bool = False


def resize(image: Picture, want: Fit, max_pixels: int) -> Image.Image:
    """The fitted picture; ImageTooLarge where it would have more than `max_pixels`.

    InvalidRequest where the picture is too small for it and was not to be enlarged.
    """
    scaled = scaled_size(image.size, want)
    both = want.width is not None and want.height is not None
    target = (want.width or scaled[0], want.height or scaled[1]) if both else scaled
    final = target if want.fit in ("cover", "contain") else scaled
    if final[0] * final[1] > max_pixels:
        raise ImageTooLarge(
            f"The variant would be {final[0]}x{final[1]}, over {max_pixels} pixels.",
            {"width": final[0], "height": final[1], "limitPixels": max_pixels},
        )
    if not want.enlarge and (scaled[0] > image.width or scaled[1] > image.height):
        raise _too_small(image.size, scaled)
    if want.fit == "cover":
        return resample(image, target, _cover_box(image, target, want.gravity))
    scaled_image = resample(image, scaled)
    return _pad(scaled_image, target, want) if want.fit == "contain" else scaled_image


def scaled_size(source: Size, want: Fit) -> Size:
    """The size that the whole source is scaled to, before any cutting or padding."""
    if want.width is None and want.height is None:
        return source
    ratios = [
        side / of
        for side, of in ((want.width, source[0]), (want.height, source[1]))
        if side is not None
    ]
    if want.fit == "fill" and len(ratios) == 2:
        return want.width or source[0], want.height or source[1]
    factor = max(ratios) if want.fit in ("cover", "outside") else min(ratios)
    if want.fit in ("inside", "contain") and not want.enlarge:
        factor = min(factor, 1.0)
    return max(1, round(source[0] * factor)), max(1, round(source[1] * factor))


def _too_small(source: Size, scaled: Size) -> InvalidRequest:
    sentence = (
        f"The picture of {source[0]}x{source[1]} would be enlarged to {scaled[0]}x{scaled[1]}; "
        "ask for that with enlarge, or for a smaller size."
    )
    return InvalidRequest(sentence, {"enlarge": [sentence]})


def _cover_box(image: Picture, target: Size, gravity: str) -> Box:
    """The part of the source, in its own pixels, that has the target's ratio."""
    factor = max(target[0] / image.width, target[1] / image.height)
    wide, high = min(image.width, target[0] / factor), min(image.height, target[1] / factor)
    if gravity == "smart":
        left, top = busiest(image, wide, high)
    else:
        free = image.width - wide, image.height - high
        left = 0 if "west" in gravity else free[0] if "east" in gravity else free[0] / 2
        top = 0 if "north" in gravity else free[1] if "south" in gravity else free[1] / 2
    return left, top, left + wide, top + high


def _pad(image: Image.Image, target: Size, want: Fit) -> Image.Image:
    """The picture on a ground of the target's size; a clear background gives it alpha."""
    if image.size == target:
        return image
    gravity = "center" if want.gravity == "smart" else want.gravity
    clear = want.background[3] < 255
    mode = "RGBA" if clear or image.mode == "RGBA" else "RGB"
    ground = Image.new(mode, target, want.background if mode == "RGBA" else want.background[:3])
    ground.paste(image.convert(mode), place(target, image.size, gravity))
    return ground
