"""Write a picture as a file: PNG, JPEG, WebP or AVIF, at a quality or towards a target."""

from __future__ import annotations

import io
import os
from dataclasses import dataclass
from typing import IO, Any

from PIL import Image, PngImagePlugin

from app.contracts.errors import InvalidRequest
from workers.cpu_processing.quality import search, ssim
from workers.cpu_processing.steps.colour import Rgba, flatten
from workers.cpu_processing.steps.sanitize import Kept, prove_clean

# About the same look: SSIM near 0.98 on photographs.
DEFAULT_QUALITY = {"jpeg": 80, "webp": 80, "avif": 60}
MEDIA_TYPES = {form: f"image/{form}" for form in ("png", "jpeg", "webp", "avif", "gif")}
WHITE: Rgba = (255, 255, 255, 255)
# zlib-ng on a 1024x1024 picture: level 2 117 ms and 1625 KB, 4 262 ms and 1362 KB,
# 6 529 ms and 1376 KB; above 4 there is only time to lose.
PNG_LEVEL = 4
# libaom at quality 60 on 1024x1024: speed 6 134 ms, speed 8 35 ms at the same bytes.
AVIF_SPEED = 8
WEBP_METHOD = 4
WEBP_MAX_SIDE = 16383


@dataclass(frozen=True)
class Encoded:
    """A file's bytes, its format, the quality it was made at (None: lossless) and its SSIM."""

    data: bytes
    format: str
    quality: int | None = None
    ssim: float | None = None


def encode(
    image: Image.Image,
    form: str,
    quality: int | dict[str, Any] | None = None,
    background: Rgba = WHITE,
    kept: Kept | None = None,
) -> Encoded:
    """Encode an L, RGB or RGBA picture and prove the file clean.

    quality: 1 to 100, {"ssim": least similarity}, {"max_bytes": most bytes}, or None for the
    format's default; PNG is lossless and knows max_bytes alone. JPEG has no alpha: the picture is
    laid on `background`. Raises InvalidRequest, with what was reached, for an impossible target.
    """
    kept = kept or Kept()
    if form == "webp" and max(image.size) > WEBP_MAX_SIDE:
        raise impossible(f"WebP holds at most {WEBP_MAX_SIDE} pixels a side.", {})
    image = flatten(image, background) if form == "jpeg" else image
    target = quality if isinstance(quality, dict) else {}
    if form == "png":
        done = _png(image, target, kept)
    elif "ssim" in target:
        done = _to_similarity(image, form, target["ssim"], kept)
    elif "max_bytes" in target:
        done = _to_size(image, form, target["max_bytes"], kept)
    else:
        chosen = quality if isinstance(quality, int) else DEFAULT_QUALITY[form]
        done = Encoded(write(image, form, chosen, kept), form, chosen)
    prove_clean(done.data, form, image.size, kept)
    return done


def write(image: Image.Image, form: str, quality: int, kept: Kept) -> bytes:
    """The bytes of one encoding; the picture's own info is never written."""
    options: dict[str, Any] = {"exif": kept.exif, "icc_profile": kept.icc or None}
    if form == "png":
        info = PngImagePlugin.PngInfo()
        if kept.xmp:
            info.add_itxt("XML:com.adobe.xmp", kept.xmp.decode())
        options |= {"compress_level": PNG_LEVEL, "pnginfo": info}
    else:
        options |= {"quality": quality, "xmp": kept.xmp}
    if form == "jpeg":
        options |= {"progressive": True, "optimize": True, "subsampling": "4:2:0"}
    elif form == "webp":
        options |= {"method": WEBP_METHOD}
    elif form == "avif":
        # Tiles would be coded side by side, for 3 % more bytes; here the variants are.
        options |= {"speed": AVIF_SPEED, "subsampling": "4:2:0", "autotiling": False}
    with _scratch() as out:
        image.save(
            out,
            form.upper(),
            **{key: value for key, value in options.items() if value not in (b"", None)},
        )
        out.seek(0)
        return out.read()


def _scratch() -> IO[bytes]:
    """A file in memory. Into a real descriptor Pillow writes JPEG and PNG without Python's lock."""
    if hasattr(os, "memfd_create"):
        return os.fdopen(os.memfd_create("variant"), "w+b")
    return io.BytesIO()


def _png(image: Image.Image, target: dict[str, Any], kept: Kept) -> Encoded:
    data = write(image, "png", 100, kept)
    limit = target.get("max_bytes", len(data))
    if len(data) > limit:
        sentence = f"PNG is lossless and needs {len(data)} bytes; {limit} cannot be reached."
        raise impossible(sentence, {"maxBytes": limit, "reachedBytes": len(data)})
    return Encoded(data, "png", ssim=1.0 if "ssim" in target else None)


def _to_similarity(image: Image.Image, form: str, least: float, kept: Kept) -> Encoded:
    def attempt(quality: int) -> Encoded:
        data = write(image, form, quality, kept)
        with Image.open(io.BytesIO(data)) as again:
            return Encoded(data, form, quality, round(ssim(image, again), 4))

    found = search(attempt, lambda tried: (tried.ssim or 0.0) >= least, rising=True)
    if isinstance(found, tuple):
        return found[1]
    sentence = f"An SSIM of {least} cannot be reached; the best is {found.ssim}."
    raise impossible(sentence, {"ssim": least, "reachedSsim": found.ssim})


def _to_size(image: Image.Image, form: str, most: int, kept: Kept) -> Encoded:
    def attempt(quality: int) -> Encoded:
        return Encoded(write(image, form, quality, kept), form, quality)

    found = search(attempt, lambda tried: len(tried.data) <= most, rising=False)
    if isinstance(found, tuple):
        with Image.open(io.BytesIO(found[1].data)) as again:
            reached = round(ssim(image, again), 4)
        return Encoded(found[1].data, form, found[1].quality, reached)
    sentence = f"{most} bytes cannot be reached; the smallest file has {len(found.data)}."
    raise impossible(sentence, {"maxBytes": most, "reachedBytes": len(found.data)})


def impossible(sentence: str, reached: dict[str, Any]) -> InvalidRequest:
    """The refusal of a quality that cannot be had, with what was reached."""
    return InvalidRequest(sentence, {"quality": [sentence], **reached})
