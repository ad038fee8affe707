"""What /generate takes beside a prompt, from the style, the aspect ratio and the image model."""

from __future__ import annotations

import math
from typing import Any, Protocol


class PaintDefaults(Protocol):
    """What an image model does unless told otherwise; pixels, steps, guidance scale, sampler."""

    @property
    def width(self) -> int: ...
    @property
    def height(self) -> int: ...
    @property
    def steps(self) -> int: ...
    @property
    def guidance_scale(self) -> float: ...
    @property
    def scheduler(self) -> str: ...


class ImageEntry(Protocol):
    """An image model as the catalogue has it."""

    @property
    def defaults(self) -> PaintDefaults: ...
    @property
    def multiple(self) -> int: ...
    @property
    def min_side(self) -> int: ...
    @property
    def max_pixels(self) -> int: ...


def generation_config(
    entry: ImageEntry, model: str, aspect_ratio: str, seed: int
) -> dict[str, Any]:
    """Return the config as it stands on the wire; `model` is the name a client will send."""
    width, height = size_for(entry, aspect_ratio)
    return {
        "model": model,
        "width": width,
        "height": height,
        "steps": entry.defaults.steps,
        "guidanceScale": entry.defaults.guidance_scale,
        "scheduler": entry.defaults.scheduler,
        "seed": seed,
        "numImages": 1,
    }


def size_for(entry: ImageEntry, aspect_ratio: str) -> tuple[int, int]:
    """Return width and height in pixels of this ratio, at the model's own area.

    Both are multiples of the entry's `multiple` and at least `min_side`; together at most
    `max_pixels`. A short side is raised to the minimum before the ratio is given up.
    """
    across, down = (int(part) for part in aspect_ratio.split(":"))
    own = entry.defaults.width * entry.defaults.height
    # A small model's narrow side would fall under its minimum: more area keeps the ratio.
    area = max(own, entry.min_side**2 * max(across, down) / min(across, down))
    scale = math.sqrt(min(area, entry.max_pixels) / (across * down))
    low = math.ceil(entry.min_side / entry.multiple)
    width = max(round(across * scale / entry.multiple), low)
    height = max(round(down * scale / entry.multiple), low)
    while width * height * entry.multiple**2 > entry.max_pixels and max(width, height) > low:
        # Rounding can step over the limit: take the step back on the longer side.
        if width >= height:
            width -= 1
        else:
            height -= 1
    return width * entry.multiple, height * entry.multiple
