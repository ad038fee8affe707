"""Turn a picture upright: the eight EXIF orientations."""

from __future__ import annotations

from PIL import Image

_ORIENTATION_TAG = 0x0112
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def orient(image: Image.Image, exif: Image.Exif) -> Image.Image:
    """The picture as a viewer shows it; an orientation outside 1 to 8 counts as upright."""
    turn = _TURNS.get(exif.get(_ORIENTATION_TAG, 1))
    return image if turn is None else image.transpose(turn)
