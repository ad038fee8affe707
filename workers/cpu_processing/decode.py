"""The one door for untrusted bytes: what comes through is a decoded picture within the limits."""

from __future__ import annotations

import io
import struct
import warnings
from dataclasses import dataclass

from PIL import Image

from app.contracts.errors import ImageTooLarge, InternalError, InvalidImage
from workers.cpu_processing.containers import sniff
from workers.cpu_processing.header import Header, read_header

FORMATS = ("png", "jpeg", "webp", "avif", "gif")
_ALIASES = {"jpg": "jpeg", "pjpeg": "jpeg"}
# Everything that Pillow's readers were seen to raise on broken files: a zTXt or iCCP bomb is a
# bare ValueError, a bad PNG chunk a SyntaxError, a cut header a struct.error or EOFError, and
# libavif's refusal a bare RuntimeError.
BROKEN = (
    OSError,
    ValueError,
    SyntaxError,
    EOFError,
    MemoryError,
    OverflowError,
    RuntimeError,
    IndexError,
    KeyError,
    TypeError,
    struct.error,
)


@dataclass(frozen=True)
class Limits:
    """What a picture sent in may be at most: pixels in all, frames, and pixels on one side."""

    max_pixels: int = 50_000_000
    max_frames: int = 1
    max_side: int = 16384


@dataclass(frozen=True)
class Decoded:
    """A file let in: its format, its first frame as it is stored, and its bytes."""

    format: str
    image: Image.Image
    data: bytes


def open_image(data: bytes, limits: Limits, declared_type: str | None = None) -> Decoded:
    """Decode untrusted bytes.

    Raises InvalidImage for what is no whole picture of an allowed format or not of the declared
    media type, ImageTooLarge from the header alone, before memory or time is spent on pixels.
    """
    form = _format_of(data, declared_type)
    try:
        header = read_header(data, form, count_to=limits.max_frames + 1)
    except (struct.error, IndexError, ValueError) as error:
        raise _invalid("The file's header is truncated or damaged.", form) from error
    check_limits(header, limits)
    return Decoded(form, _load(data, form, header, limits), data)


def _format_of(data: bytes, declared_type: str | None) -> str:
    if not data:
        raise _invalid("The file is empty.")
    form = sniff(data)
    if form is None:
        raise _invalid("The bytes are not a PNG, JPEG, WebP, AVIF or GIF picture.")
    declared = (declared_type or f"image/{form}").lower().removeprefix("image/")
    if _ALIASES.get(declared, declared) != form:
        raise _invalid(f"The data URI says {declared_type}, but the bytes are {form}.", form)
    return form


def check_limits(header: Header, limits: Limits) -> None:
    """ImageTooLarge, or InvalidImage for a picture without pixels; else nothing."""
    width, height = header.width, header.height
    if width < 1 or height < 1:
        raise _invalid("The picture has no pixels.")
    details = {"width": width, "height": height, "limitPixels": limits.max_pixels}
    if width * height > limits.max_pixels:
        sentence = f"The picture of {width}x{height} has more than {limits.max_pixels} pixels."
        raise ImageTooLarge(sentence, details)
    if max(width, height) > limits.max_side:
        sentence = f"The picture of {width}x{height} has a side over {limits.max_side} pixels."
        raise ImageTooLarge(sentence, {**details, "limitSide": limits.max_side})
    if header.frames > limits.max_frames:
        raise ImageTooLarge(
            f"The picture is animated; at most {limits.max_frames} frame(s) are taken.",
            {**details, "frames": header.frames, "limitFrames": limits.max_frames},
        )
    if width * height * header.frames > limits.max_pixels:
        sentence = (
            f"The animation of {header.frames} frames of {width}x{height} has more than "
            f"{limits.max_pixels} pixels."
        )
        raise ImageTooLarge(sentence, {**details, "frames": header.frames})


def _load(data: bytes, form: str, header: Header, limits: Limits) -> Image.Image:
    """Decode the first frame. Our limits have spoken, so Pillow's own warnings stay silent."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            image = Image.open(io.BytesIO(data), formats=[form.upper()])
            check_limits(_seen(image, form, header), limits)
            image.load()
    except Image.DecompressionBombError as error:
        sentence = f"The picture is larger than its header says: over {limits.max_pixels} pixels."
        size = {"width": header.width, "height": header.height}
        raise ImageTooLarge(sentence, {**size, "limitPixels": limits.max_pixels}) from error
    except BROKEN as error:
        raise _invalid("The file is truncated or damaged.", form) from error
    return image


def _seen(image: Image.Image, form: str, header: Header) -> Header:
    """What the decoder itself says, in case the file tells two stories."""
    # A JPEG of several pictures (MPO) is no animation: phones put previews behind the first one.
    frames = getattr(image, "n_frames", 1) if form in ("png", "webp", "avif") else header.frames
    return Header(*image.size, frames=frames)


def _invalid(reason: str, form: str | None = None) -> InvalidImage:
    details = {"reason": reason} | ({"format": form} if form else {})
    return InvalidImage(f"The image cannot be used. {reason}", details)


def read_ppm(data: bytes) -> Image.Image:
    """Read the binary PPM (P6, 8 bits) that the diffusion worker hands on, as RGB.

    Raises InternalError where it is anything else: only our own worker writes these.
    """
    fields = data[:64].split(maxsplit=3)
    try:
        width, height = int(fields[1]), int(fields[2])
        pixels = data[-3 * width * height :]
        head = data[: -len(pixels)]
        if fields[0] != b"P6" or head.split() != [b"P6", *fields[1:3], b"255"]:
            raise ValueError("header")
        return Image.frombytes("RGB", (width, height), pixels)
    except (IndexError, ValueError) as error:
        raise InternalError("A raw picture was damaged on its way between workers.") from error
