"""Scale pixels: Lanczos by libvips, from and to Pillow's pictures."""

from __future__ import annotations

from typing import cast

import pyvips  # type: ignore[import-untyped]  # no stubs
from PIL import Image

Size = tuple[int, int]
Box = tuple[float, float, float, float]

# libvips sees nothing but pixels that the door let in: no operation that opens a file, no cache of
# pictures of other jobs, and no threads beside those that make the variants.
pyvips.block_untrusted_set(True)
pyvips.cache_set_max(0)
pyvips.vips_lib.vips_concurrency_set(1)


class Packed:
    """The pixels of an L, RGB or RGBA picture, packed once and scaled many times.

    It takes three quarters of Pillow's memory and stands in for the picture where only its size
    is asked for, a part is cut out, or it is scaled.
    """

    def __init__(self, image: Image.Image) -> None:
        self.mode, self.size = image.mode, image.size
        self.width, self.height = image.size
        bands = len(image.getbands())
        pixels = pyvips.Image.new_from_memory(image.tobytes(), *image.size, bands, "uchar")
        self.pixels = pixels.copy(interpretation="b-w" if bands == 1 else "srgb")

    def crop(self, box: tuple[int, int, int, int]) -> Image.Image:
        """The part from left and top to right and bottom, as Pillow's picture."""
        left, top, right, bottom = box
        part = self.pixels.extract_area(left, top, right - left, bottom - top)
        return _unpacked(part, self.mode)

    def unpacked(self) -> Image.Image:
        """The whole as Pillow's picture."""
        return _unpacked(self.pixels, self.mode)


Picture = Image.Image | Packed


def resample(picture: Picture, size: Size, box: Box | None = None) -> Image.Image:
    """An L, RGB or RGBA picture, or a box of it in its own pixels, scaled to `size`.

    The kernel is Lanczos with three lobes; what is shrunk by far is halved by means before, down
    to twice the size. Colours of RGBA are weighted by their alpha. A box is taken to the nearest
    pixel. MemoryError where libvips finds no room.
    """
    whole = (0, 0, *picture.size)
    left, top, right, bottom = (round(edge) for edge in box or whole)
    area = (left, top, max(1, right - left), max(1, bottom - top))
    try:
        if area == whole and size == picture.size:
            return picture.unpacked() if isinstance(picture, Packed) else picture
        part = picture.pixels if isinstance(picture, Packed) else Packed(picture).pixels
        part = part if area == whole else part.extract_area(*area)
        return _unpacked(_scaled(part, size, clear=picture.mode == "RGBA"), picture.mode)
    except pyvips.Error as error:
        raise MemoryError(str(error)) from error


def _scaled(part: pyvips.Image, size: Size, clear: bool) -> pyvips.Image:
    part = part.premultiply() if clear else part
    part = part.resize(size[0] / part.width, vscale=size[1] / part.height)
    return part.unpremultiply().cast("uchar") if clear else part


def _unpacked(part: pyvips.Image, mode: str) -> Image.Image:
    pixels = cast("bytes", part.write_to_memory())
    return Image.frombuffer(mode, (part.width, part.height), pixels, "raw", mode, 0, 1)
