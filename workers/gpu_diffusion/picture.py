"""Raw pictures: RGB arrays (height, width, 3), uint8."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

PPM = "image/x-portable-pixmap"


def to_ppm(rgb: NDArray[np.uint8]) -> bytes:
    """The picture as PPM P6: a short header and the bytes as they are, nothing to compress."""
    height, width, _ = rgb.shape
    return b"P6\n%d %d\n255\n" % (width, height) + rgb.tobytes()
