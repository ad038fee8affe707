"""The one door for untrusted bytes: what comes through is a decoded picture within the limits."""

from __future__ import annotations

import io
import struct
import warnings
from dataclasses import dataclass

from PIL import Image

from app.contracts.errors import ImageTooLarge, InternalError, InvalidImage
from workers.cpu_processing.burden import MAX_SCANS, weigh
from workers.cpu_processing.containers import TooHeavy, sniff
from workers.cpu_processing.foreign import name_of
from workers.cpu_processing.header import Header, read_header
from workers.cpu_processing.time_limit import OutOfTime, time_limit

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
    OverflowError,
    RuntimeError,
    IndexError,
    KeyError,
    TypeError,
    struct.error,
)


@dataclass(frozen=True)
class Limits:
    """What a picture sent in may be at most, and what it may cost.

    Pixels in all, frames, pixels on one side, bytes of metadata, and seconds of processor time.
    """

    max_pixels: int = 50_000_000
    max_frames: int = 1
    max_side: int = 16384
    max_metadata: int = 16 << 20
    decode_seconds: float = 10.0


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
    form, header = enter(data, limits, declared_type)
    return Decoded(form, _load(data, form, header, limits), data)


def enter(data: bytes, limits: Limits, declared_type: str | None = None) -> tuple[str, Header]:
    """The format and the header of untrusted bytes that any decoder may now be given.

    Raises InvalidImage or ImageTooLarge; no pixel is decoded.
    """
    form = _format_of(data, declared_type)
    try:
        header = read_header(data, form, count_to=limits.max_frames + 1)
        check_limits(header, limits)
        _check_burden(data, form, header, limits)
    except TooHeavy as error:
        raise _invalid(str(error), form) from error
    except (struct.error, IndexError, ValueError) as error:
        raise _invalid("The file's header is truncated or damaged.", form) from error
    return form, header


def _check_burden(data: bytes, form: str, header: Header, limits: Limits) -> None:
    """What a file asks for beyond the size that its header says."""
    burden = weigh(data, form, limits.max_metadata)
    if burden.scans > MAX_SCANS:
        sentence = f"The JPEG has {burden.scans} scans; at most {MAX_SCANS} are decoded."
        raise _too_large(sentence, header, limits, scans=burden.scans, limitScans=MAX_SCANS)
    pixels = 0
    for stream in burden.streams:
        pixels += stream.width * stream.height
        if stream.width:
            check_limits(Header(stream.width, stream.height), limits)
        if stream.width * stream.height > header.width * header.height:
            told = f"{header.width}x{header.height}, its data {stream.width}x{stream.height}"
            raise _invalid(f"The boxes of the AVIF say {told}.", form)
    # Colour, alpha, a thumbnail and a gain map, each with as many pixels as the picture may have.
    if pixels > 4 * limits.max_pixels:
        sentence = f"The parts of the AVIF have {pixels} pixels together."
        raise _too_large(sentence, header, limits)


def _format_of(data: bytes, declared_type: str | None) -> str:
    if not data:
        raise _invalid("The file is empty.")
    form = sniff(data)
    if form is None:
        known = name_of(data)
        what = f"; they look like {known}" if known else ""
        raise _invalid(f"The bytes are not a PNG, JPEG, WebP, AVIF or GIF picture{what}.")
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
        with warnings.catch_warnings(), time_limit(limits.decode_seconds):
            warnings.simplefilter("ignore")
            image = Image.open(io.BytesIO(data), formats=[form.upper()])
            check_limits(_seen(image, form, header), limits)
            image.load()
    except OutOfTime as error:
        sentence = f"The picture took more than {limits.decode_seconds} s to decode."
        details = {"limitSeconds": limits.decode_seconds}
        raise _too_large(sentence, header, limits, **details) from error
    except MemoryError as error:
        sentence = "The picture needs more memory to decode than a worker may take."
        raise _too_large(sentence, header, limits) from error
    except Image.DecompressionBombError as error:
        sentence = f"The picture is larger than its header says: over {limits.max_pixels} pixels."
        raise _too_large(sentence, header, limits) from error
    except BROKEN as error:
        raise _invalid("The file is truncated or damaged.", form) from error
    return image


def _seen(image: Image.Image, form: str, header: Header) -> Header:
    """What the decoder itself says, in case the file tells two stories."""
    # A JPEG of several pictures (MPO) is no animation: phones put previews behind the first one.
    frames = header.frames if form == "jpeg" else getattr(image, "n_frames", 1)
    return Header(*image.size, frames=frames)


def _too_large(sentence: str, header: Header, limits: Limits, **more: float) -> ImageTooLarge:
    size = {"width": header.width, "height": header.height, "limitPixels": limits.max_pixels}
    return ImageTooLarge(sentence, {**size, **more})


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
