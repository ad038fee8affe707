"""Where a smaller rectangle stands in a larger one, and how it is laid there."""

from __future__ import annotations

from collections.abc import Iterable

from PIL import Image

Corner = tuple[int, int]


def place(outer: tuple[int, int], inner: tuple[int, int], position: str, margin: int = 0) -> Corner:
    """The top left corner of `inner` (width, height) in `outer`, `margin` pixels off the edges."""
    free_x, free_y = outer[0] - inner[0], outer[1] - inner[1]
    left = margin if "west" in position else free_x - margin if "east" in position else free_x // 2
    top = (
        margin
        if position.startswith("north")
        else free_y - margin
        if position.startswith("south")
        else free_y // 2
    )
    return left, top


def lay(image: Image.Image, layer: Image.Image, corners: Iterable[Corner]) -> None:
    """Lay an RGBA layer over an RGB or RGBA picture, in place, cut off at the picture's edges."""
    if image.mode != "RGBA":
        colors, alpha = layer.convert("RGB"), layer.getchannel("A")
        for corner in corners:
            image.paste(colors, corner, alpha)
        return
    for x, y in corners:
        cut = max(0, -x), max(0, -y), min(layer.width, image.width - x), image.height - y
        box = (*cut[:3], min(layer.height, cut[3]))
        if box[0] < box[2] and box[1] < box[3]:
            image.alpha_composite(layer, (max(0, x), max(0, y)), box)


def color_in(
    image: Image.Image, mask: Image.Image, color: tuple[int, int, int, int], corner: Corner
) -> None:
    """Lay a colour over an RGB or RGBA picture, in place, as dense as mask and colour say."""
    if color[3] < 255:
        mask = mask.point([level * color[3] // 255 for level in range(256)])
    if image.mode != "RGBA":
        image.paste(color[:3], corner, mask)
        return
    layer = Image.new("RGBA", mask.size, color)
    layer.putalpha(mask)
    lay(image, layer, [corner])
