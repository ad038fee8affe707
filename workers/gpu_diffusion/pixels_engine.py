"""From a model's numbers to pixels, and from those to a small JPEG."""

from __future__ import annotations

import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from app.contracts.errors import InternalError
from workers.gpu_diffusion import sizes
from workers.gpu_diffusion.preview import Preview

LONG_SIDE = 128  # pixels of a preview
MOST_BYTES = 8192
QUALITIES = (75, 55, 35, 15)


def as_bytes(picture: NDArray[np.float32], width: int, height: int) -> NDArray[np.uint8]:
    """Floats of 0..1 as bytes, at the size asked for."""
    if not np.isfinite(picture).all():
        raise InternalError("The model gave numbers that are no picture.", {})
    rgb = (picture * 255).round().astype(np.uint8)
    have = (rgb.shape[1], rgb.shape[0])
    if have == (width, height):
        return rgb
    box = sizes.covering_box(have, (width, height))
    scaled = Image.fromarray(rgb).resize((width, height), Image.Resampling.LANCZOS, box)
    return np.asarray(scaled)


def small_jpeg(rgb: NDArray[np.uint8]) -> Preview | None:
    """The picture at 128 pixels and in at most 8192 bytes; None where it stays larger."""
    picture = Image.fromarray(rgb)
    scale = LONG_SIDE / max(picture.size)
    width, height = (max(1, round(side * scale)) for side in picture.size)
    picture = picture.resize((width, height), Image.Resampling.BICUBIC)
    for quality in QUALITIES:
        file = io.BytesIO()
        picture.save(file, "JPEG", quality=quality)
        if file.tell() <= MOST_BYTES:
            return Preview(file.getvalue(), width, height)
    return None
