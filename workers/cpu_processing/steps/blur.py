"""Blur a picture so far that nothing in it can be recognised."""

from __future__ import annotations

from PIL import Image

CELLS = 8  # on the longer side: all that is left of the picture


def blur(image: Image.Image) -> Image.Image:
    """The picture as a smooth wash of at most 8 by 8 colours, in its own size.

    What was between them is gone from the pixels, so that nothing can bring it back.
    """
    longer = max(image.size)
    cells = (max(1, image.width * CELLS // longer), max(1, image.height * CELLS // longer))
    return image.resize(cells, Image.Resampling.BOX).resize(image.size, Image.Resampling.BICUBIC)
