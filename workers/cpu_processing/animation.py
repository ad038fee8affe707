"""Animations: every frame of a source with its time, made ready once for all variants."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from PIL import Image

from app.contracts.errors import ImageTooLarge, InvalidImage
from workers.cpu_processing.decode import BROKEN, Decoded
from workers.cpu_processing.steps.crop import crop
from workers.cpu_processing.steps.resample import Picture
from workers.cpu_processing.steps.smart import busiest

MOVING = ("gif", "webp")  # the formats that are written with all frames
UNSAID = 100  # milliseconds: what browsers show a frame for that names no time
Step = Callable[[Image.Image], Image.Image]


@dataclass(frozen=True)
class Motion:
    """Frames of one size and mode, milliseconds of each, and how often they play (0: for ever)."""

    frames: tuple[Image.Image, ...]
    durations: tuple[int, ...]
    plays: int = 0

    def each(self, step: Step) -> Motion:
        """The animation with `step` done to every frame."""
        return Motion(tuple(step(frame) for frame in self.frames), self.durations, self.plays)


def read_motion(file: Decoded, clean: Step) -> Motion | None:
    """All frames through `clean`; None for a still picture.

    Raises InvalidImage or ImageTooLarge for a frame that is damaged or of another size.
    """
    # A JPEG of several pictures (MPO) is no animation: phones put previews behind the first one.
    if file.format == "jpeg" or getattr(file.image, "n_frames", 1) == 1:
        return None
    frames, durations = zip(*_frames(file, clean), strict=True)
    return Motion(_of_one_mode(frames), durations, _plays(file))


def _frames(file: Decoded, clean: Step) -> Iterator[tuple[Image.Image, int]]:
    image = file.image
    count = int(getattr(image, "n_frames", 1))
    # An APNG may hold a picture for readers without animation; it is no frame.
    begin = int(bool(getattr(image, "default_image", False)))
    for number in range(begin, count):
        _show(file, number)
        yield clean(image), round(image.info.get("duration") or UNSAID)


def _show(file: Decoded, number: int) -> None:
    image, size = file.image, file.image.size
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            image.seek(number)
            if image.size == size:
                image.load()
    except Image.DecompressionBombError as error:
        sentence = f"Frame {number + 1} is larger than the picture."
        raise ImageTooLarge(sentence, {"width": size[0], "height": size[1]}) from error
    except BROKEN as error:
        raise _invalid(f"Frame {number + 1} is truncated or damaged.", file.format) from error
    if image.size != size:
        raise _invalid(f"Frame {number + 1} is larger than the picture.", file.format)


def _of_one_mode(frames: tuple[Image.Image, ...]) -> tuple[Image.Image, ...]:
    modes = {frame.mode for frame in frames}
    mode = "RGBA" if "RGBA" in modes else "RGB" if "RGB" in modes else "L"
    return tuple(frame if frame.mode == mode else frame.convert(mode) for frame in frames)


def _plays(file: Decoded) -> int:
    """How often the animation plays; a GIF counts what comes after the first time."""
    loop = file.image.info.get("loop")
    if file.format == "gif":
        return 1 if loop is None else int(loop) and int(loop) + 1
    return int(loop or 0)


def steady(spec: dict[str, Any], first: Picture) -> dict[str, Any]:
    """A variant's spec with a smart gravity fixed to what the first frame gives for all."""
    smart = spec.get("gravity") == "smart" and spec.get("fit") == "cover"
    if not (smart and "width" in spec and "height" in spec):
        return spec
    box = spec.get("crop", {"x": 0, "y": 0, "width": first.width, "height": first.height})
    part = crop(first, **box)
    factor = max(spec["width"] / part.width, spec["height"] / part.height)
    wide = max(1, min(part.width, round(spec["width"] / factor)))
    high = max(1, min(part.height, round(spec["height"] / factor)))
    left, top = busiest(part, wide, high)
    x, y = min(round(left), part.width - wide), min(round(top), part.height - high)
    fixed = {"x": box["x"] + x, "y": box["y"] + y, "width": wide, "height": high}
    return spec | {"crop": fixed, "gravity": "center"}


def _invalid(reason: str, form: str) -> InvalidImage:
    return InvalidImage(f"The image cannot be used. {reason}", {"reason": reason, "format": form})
