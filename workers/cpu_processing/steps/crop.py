"""Cut an exact rectangle out of a picture."""

from __future__ import annotations

from PIL import Image

from app.contracts.errors import InvalidRequest
from workers.cpu_processing.steps.resample import Picture


def crop(image: Picture, x: int, y: int, width: int, height: int) -> Image.Image:
    """The rectangle with its top left corner at (x, y), in pixels of the upright picture.

    Raises InvalidRequest where it does not lie wholly inside.
    """
    if x + width > image.width or y + height > image.height or x < 0 or y < 0:
        sentence = (
            f"The crop of {width}x{height} at ({x}, {y}) does not lie within "
            f"the picture of {image.width}x{image.height}."
        )
        raise InvalidRequest(sentence, {"crop": [sentence]})
    return image.crop((x, y, x + width, y + height))
