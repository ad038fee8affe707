"""Bring every pixel format to 8-bit L, RGB or RGBA in sRGB."""

from __future__ import annotations

import io
from functools import lru_cache

import numpy as np
from PIL import Image, ImageCms, ImageColor

from app.contracts.errors import InvalidRequest

_SPACES = {"L": "GRAY", "RGB": "RGB", "CMYK": "CMYK"}
Rgba = tuple[int, int, int, int]


def rgba(color: str) -> Rgba:
    """Red, green, blue, alpha of 0 to 255; InvalidRequest for a name that CSS does not have."""
    if color == "transparent":
        return 0, 0, 0, 0
    try:
        red, green, blue, alpha = ImageColor.getcolor(color, "RGBA")  # type: ignore[misc]
    except ValueError as error:
        sentence = f"{color!r} is not a colour."
        raise InvalidRequest(sentence, {"color": [sentence]}) from error
    return red, green, blue, alpha


def to_srgb(image: Image.Image, icc: bytes | None, keep_icc: bool = False) -> Image.Image:
    """An L, RGB or RGBA picture without info; L stays L.

    With `keep_icc` an RGB picture stays in the profile's own colours. A profile that is broken or
    made for another kind of pixels is ignored, as browsers do.
    """
    plain, alpha = _split_alpha(image)
    if icc and not (keep_icc and plain.mode == "RGB"):
        plain = _through_profile(plain, icc)
    if plain.mode == "CMYK":
        plain = plain.convert("RGB")
    if alpha is not None:
        plain = plain.convert("RGB")
        plain.putalpha(alpha)
    plain = plain.copy() if plain is image else plain
    plain.info = {}
    return plain


def keeps_profile(image: Image.Image) -> bool:
    """Whether a kept ICC profile would still describe what `to_srgb` makes of this picture."""
    return image.mode in ("RGB", "RGBA", "RGBX") or (
        image.mode == "P" and image.palette is not None and image.palette.mode.startswith("RGB")
    )


def flatten(image: Image.Image, background: Rgba) -> Image.Image:
    """The picture on an opaque ground, for formats without alpha; L and RGB pass unchanged."""
    if image.mode != "RGBA":
        return image
    ground = Image.new("RGBA", image.size, (*background[:3], 255))
    return Image.alpha_composite(ground, image).convert("RGB")


def _split_alpha(image: Image.Image) -> tuple[Image.Image, Image.Image | None]:
    """The colours as L, RGB or CMYK, and the alpha channel where there is transparency."""
    if image.mode.startswith("I") or image.mode == "F":
        return _eight_bits(image), _sixteen_bit_alpha(image)
    if image.has_transparency_data:
        full = image.convert("RGBA")
        return full.convert("RGB"), full.getchannel("A")
    if image.mode in _SPACES:
        return image, None
    return image.convert("L" if image.mode == "1" else "RGB"), None


def _eight_bits(image: Image.Image) -> Image.Image:
    """16-bit grey to L by its high byte; Pillow's own conversion would clip at 255."""
    values = np.asarray(image)
    return Image.fromarray((np.clip(values, 0, 65535).astype(np.uint32) >> 8).astype(np.uint8))


def _sixteen_bit_alpha(image: Image.Image) -> Image.Image | None:
    clear = image.info.get("transparency")
    if not isinstance(clear, int):
        return None
    return Image.fromarray(np.where(np.asarray(image) == clear, 0, 255).astype(np.uint8))


def _through_profile(image: Image.Image, icc: bytes) -> Image.Image:
    try:
        transform = _transform(icc, image.mode)
        if transform is None:
            return image
        return ImageCms.applyTransform(image, transform) or image
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return image


@lru_cache(maxsize=8)
def _transform(icc: bytes, mode: str) -> ImageCms.ImageCmsTransform | None:
    """The way from a profile to sRGB; None where the profile is for other pixels or changes none.

    Building one costs some milliseconds and applying it about 12 ns a pixel, so both are saved
    where a sample of the colour cube comes out as it went in: most photographs are sRGB already.
    """
    profile = ImageCms.ImageCmsProfile(io.BytesIO(_without_programs(icc)))
    if profile.profile.xcolor_space.strip() != _SPACES[mode]:
        return None
    out = "L" if mode == "L" else "RGB"
    if mode == "L":
        target = ImageCms.createProfile("sRGB")
        grey = ImageCms.buildTransform(profile, target, "L", "RGB")
        return None if _changes_nothing(grey, mode) else grey
    transform = ImageCms.buildTransform(
        profile,
        ImageCms.createProfile("sRGB"),
        mode,
        out,
        renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC,
        flags=ImageCms.Flags.BLACKPOINTCOMPENSATION,
    )
    return None if _changes_nothing(transform, mode) else transform


def _without_programs(icc: bytes) -> bytes:
    """The profile with its D2B and B2D tags made unknown, beside which it must have tables.

    They hold programs of any length that a table of the whole colour cube is made by: 160 KB of
    them took 5 s, and one element may be named again and again.
    """
    head, table = icc[:132], icc[132 : 132 + 12 * int.from_bytes(icc[128:132], "big")]
    entries = [table[at : at + 12] for at in range(0, len(table), 12)]
    masked = [b"xxxx" + one[4:] if one[:3] in (b"D2B", b"B2D") else one for one in entries]
    return head + b"".join(masked) + icc[132 + len(table) :]


def _changes_nothing(transform: ImageCms.ImageCmsTransform, mode: str) -> bool:
    if mode == "CMYK":
        return False
    levels = np.arange(0, 256, 17, dtype=np.uint8)
    cube = np.stack(np.meshgrid(levels, levels, levels), axis=-1).reshape(64, 64, 3)
    before = Image.fromarray(cube if mode == "RGB" else np.ascontiguousarray(cube[..., 0]))
    after = ImageCms.applyTransform(before, transform)
    difference = np.abs(np.asarray(before.convert("RGB"), int) - np.asarray(after, int))
    return bool(difference.max() <= 2)
