"""Pictures for tests, made in code: good ones, odd ones and hostile ones."""

from __future__ import annotations

import io
import struct
import zlib
from functools import lru_cache
from typing import Any

import numpy as np
from PIL import ExifTags, Image, PngImagePlugin

RED, GREEN, BLUE, YELLOW = (220, 30, 30), (30, 160, 60), (40, 60, 200), (230, 210, 40)
# Pillow turn that stores an upright picture so that this EXIF orientation shows it upright again.
_STORED = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}


def corners(width: int = 60, height: int = 40) -> Image.Image:
    """Four coloured quarters: red and green above, blue and yellow below."""
    image = Image.new("RGB", (width, height), RED)
    image.paste(GREEN, (width // 2, 0, width, height // 2))
    image.paste(BLUE, (0, height // 2, width // 2, height))
    image.paste(YELLOW, (width // 2, height // 2, width, height))
    return image


def photo(width: int = 320, height: int = 240, seed: int = 1) -> Image.Image:
    """Something like a photograph: clouds of several sizes and a little noise."""
    random = np.random.default_rng(seed)
    sum_ = np.full((height, width, 3), 40, np.float32)
    for cells, strength in ((4, 90), (16, 50), (64, 30)):
        dots = random.integers(0, 255, (cells, cells, 3), dtype=np.uint8)
        smooth = Image.fromarray(dots).resize((width, height), Image.Resampling.BICUBIC)
        sum_ += np.asarray(smooth, np.float32) / 255 * strength
    sum_ += random.normal(0, 2, sum_.shape)
    return Image.fromarray(np.clip(sum_, 0, 255).astype(np.uint8))


def file(image: Image.Image, form: str = "PNG", **options: Any) -> bytes:
    """The picture as a file of this Pillow format."""
    out = io.BytesIO()
    image.save(out, form, **options)
    return out.getvalue()


def opened(data: bytes) -> Image.Image:
    """A file read back, with its pixels."""
    image = Image.open(io.BytesIO(data))
    image.load()
    return image


def turned(orientation: int, form: str = "PNG") -> bytes:
    """`corners` stored sideways, with the EXIF orientation that shows it upright."""
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    turn = _STORED.get(orientation)
    stored = corners() if turn is None else corners().transpose(turn)
    return file(stored, form, exif=exif)


def telling_exif() -> Image.Exif:
    """EXIF with a camera, a place, an artist and a copyright."""
    exif = Image.Exif()
    exif[ExifTags.Base.Make] = "Camera Works"
    exif[ExifTags.Base.Artist] = "A. Painter"
    exif[ExifTags.Base.Copyright] = "(c) A. Painter"
    exif[ExifTags.Base.Orientation] = 1
    exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.BodySerialNumber] = "0815"
    exif.get_ifd(ExifTags.IFD.GPSInfo)[ExifTags.GPS.GPSLatitude] = (35.0, 0.0, 42.0)
    return exif


def exif_with_thumbnail() -> bytes:
    """EXIF whose second directory holds a small JPEG, as cameras write it."""
    small = file(photo(16, 12), "JPEG")
    first = struct.pack("<HHHII", 1, ExifTags.Base.Orientation, 3, 1, 1) + struct.pack("<I", 26)
    second = struct.pack("<HHHIIHHII", 2, 0x0201, 4, 1, 56, 0x0202, 4, 1, len(small)) + b"\0\0\0\0"
    return b"Exif\0\0II*\0" + struct.pack("<I", 8) + first + second + small


XMP = (
    b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF '
    b'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="" '
    b'xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/" Secret="yes" '
    b'Iptc4xmpExt:DigitalSourceType="http://cv.iptc.org/newscodes/digitalsourcetype/'
    b'trainedAlgorithmicMedia"/></rdf:RDF></x:xmpmeta>'
)


def telling_jpeg(icc: bytes | None = None) -> bytes:
    """A JPEG with EXIF, GPS, XMP, IPTC, a comment, a maker's segment and foreign bytes behind."""
    options: dict[str, Any] = {"exif": telling_exif(), "xmp": XMP, "comment": b"taken at home"}
    if icc:
        options["icc_profile"] = icc
    data = file(photo(96, 64), "JPEG", quality=90, **options)
    return with_segment(with_segment(data, 0xED, _iptc()), 0xEA, b"MAKER\0notes") + b"PK\x03\x04zip"


def with_segment(jpeg: bytes, marker: int, payload: bytes) -> bytes:
    """The JPEG with one more segment behind its first marker."""
    return jpeg[:2] + struct.pack(">BBH", 0xFF, marker, len(payload) + 2) + payload + jpeg[2:]


def _iptc() -> bytes:
    record = b"".join(
        b"\x1c\x02" + struct.pack(">BH", number, len(text)) + text
        for number, text in ((80, b"B. Liner"), (116, b"(c) B. Liner"))
    )
    return b"Photoshop 3.0\x008BIM\x04\x04\0\0" + struct.pack(">I", len(record)) + record


def telling_png() -> bytes:
    """A PNG with text of all three kinds, EXIF and a time."""
    info = PngImagePlugin.PngInfo()
    info.add_text("Software", "Painter 3")
    info.add_text("Comment", "secret " * 40, zip=True)
    info.add_itxt("Title", "Überschrift")
    info.add(b"tIME", struct.pack(">HBBBBB", 2024, 5, 6, 7, 8, 9))
    return file(photo(64, 48), "PNG", pnginfo=info, exif=telling_exif())


def swapped_profile() -> bytes:
    """An ICC profile like sRGB with red and blue exchanged: its pure red is sRGB's blue."""
    primaries = {
        "r": (0.14307, 0.06061, 0.71391),
        "g": (0.38515, 0.71687, 0.09708),
        "b": (0.43607, 0.22249, 0.01392),
    }
    tags = {
        b"desc": b"desc\0\0\0\0" + struct.pack(">I", 8) + b"Swapped\0" + b"\0" * 78,
        b"cprt": b"text\0\0\0\0none\0\0\0\0",
        b"wtpt": _xyz((0.9642, 1.0, 0.82491)),
    }
    for channel, primary in primaries.items():
        tags[f"{channel}XYZ".encode()] = _xyz(primary)
        tags[f"{channel}TRC".encode()] = b"curv\0\0\0\0" + struct.pack(">IH", 1, 563) + b"\0\0"
    body, table, at = b"", b"", 128 + 4 + 12 * len(tags)
    for name, value in tags.items():
        padded = value + b"\0" * (-len(value) % 4)
        table += name + struct.pack(">II", at + len(body), len(value))
        body += padded
    head = struct.pack(
        ">I4sI4s4s4s", at + len(body), b"lcms", 0x02100000, b"mntr", b"RGB ", b"XYZ "
    )
    head += struct.pack(">6H4s", 2024, 1, 1, 0, 0, 0, b"acsp")
    head = head.ljust(68, b"\0") + struct.pack(">iii", 63190, 65536, 54061)
    return head.ljust(128, b"\0") + struct.pack(">I", len(tags)) + table + body


def _xyz(value: tuple[float, float, float]) -> bytes:
    return b"XYZ \0\0\0\0" + struct.pack(">iii", *(round(part * 65536) for part in value))


def chunk(kind: bytes, payload: bytes) -> bytes:
    """One PNG chunk with its CRC."""
    return (
        struct.pack(">I", len(payload))
        + kind
        + payload
        + struct.pack(">I", zlib.crc32(kind + payload))
    )


def claiming_png(width: int, height: int) -> bytes:
    """A PNG of a few bytes whose header claims this size."""
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0"))


@lru_cache(maxsize=4)
def bomb_png(kind: bytes) -> bytes:
    """A whole little PNG with a zTXt or iCCP chunk that unpacks to 64 MB."""
    packed = zlib.compress(b"\0" * (64 << 20), 9)
    data = file(corners())
    return data[:33] + chunk(kind, b"name\0\0" + packed) + data[33:]


def animated(form: str, frames: int = 3) -> bytes:
    """An animation of differing frames."""
    pictures = [photo(32, 24, seed) for seed in range(frames)]
    return file(pictures[0], form, save_all=True, append_images=pictures[1:], duration=50)


def moving(
    form: str, times: tuple[int, ...] = (50, 120, 200), plays: int = 0, clear: bool = False
) -> bytes:
    """A red square that goes east over green, or over nothing, by 20 pixels a frame."""
    # Pillow takes a WebP for opaque where each frame's own rectangle is.
    alpha = 255 if form == "GIF" else 254
    frames = []
    for number in range(len(times)):
        frame = Image.new("RGBA", (100, 40), (0, 0, 0, 0) if clear else (30, 160, 60, 255))
        frame.paste((*RED, alpha), (number * 20, 10, number * 20 + 20, 30))
        frames.append(frame if clear else frame.convert("RGB"))
    options: dict[str, Any] = {"disposal": 2} if form == "GIF" else {"lossless": True}
    if form == "GIF" and plays != 1:
        options["loop"] = max(0, plays - 1)
    elif form != "GIF":
        options["loop"] = plays
    moves = {"save_all": True, "append_images": frames[1:], "duration": list(times)}
    return file(frames[0], form, **moves, **options)


def frames_of(data: bytes) -> list[tuple[Image.Image, int]]:
    """Every frame of a file in RGBA, with its milliseconds."""
    shown = []
    with Image.open(io.BytesIO(data)) as image:
        for number in range(getattr(image, "n_frames", 1)):
            image.seek(number)
            image.load()
            shown.append((image.convert("RGBA"), round(image.info.get("duration", 0))))
    return shown


def deep_png(*channels: int) -> bytes:
    """A PNG of one colour, 16 bits a channel: grey or RGB, without alpha or with it."""
    kind = {1: 0, 2: 4, 3: 2, 4: 6}[len(channels)]
    row = b"\0" + struct.pack(f">{len(channels)}H", *channels) * 8
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", 8, 8, 16, kind, 0, 0, 0))
    body = chunk(b"IDAT", zlib.compress(row * 8)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + head + body


def phone_jpeg() -> bytes:
    """A multi-picture JPEG, as phones write them: a photograph with a preview behind it."""
    return file(photo(96, 64), "MPO", save_all=True, append_images=[photo(48, 32, 2)])


def ppm(image: Image.Image) -> bytes:
    """The picture as the diffusion worker hands it on."""
    return b"P6\n%d %d\n255\n" % image.size + image.convert("RGB").tobytes()


def near(one: Any, other: Any, tolerance: int = 12) -> bool:
    """Whether two colours differ by no more than this in each channel."""
    return all(abs(a - b) <= tolerance for a, b in zip(one, other, strict=True))
