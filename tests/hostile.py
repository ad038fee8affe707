"""Files for the bad-input matrix: what somebody might send as an image."""

from __future__ import annotations

import gzip
import io
import os
import struct
import zipfile
import zlib

import numpy as np
from PIL import Image, PngImagePlugin

from tests.pictures import chunk, corners, file, photo, swapped_profile, with_segment


def solid_png(width: int, height: int, channels: int = 1) -> bytes:
    """A real PNG of one grey, small as a file and large as a picture; four channels: half clear."""
    packer = zlib.compressobj(9)
    row = b"\0" + b"\x80" * width * channels
    data = b"".join(packer.compress(row) for _ in range(height)) + packer.flush()
    head = chunk(
        b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 6 if channels == 4 else 0, 0, 0, 0)
    )
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def header_only(width: int, height: int) -> bytes:
    """57 bytes: a PNG's header and an empty picture behind it."""
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", b"") + chunk(b"IEND", b"")


def bad_crc() -> bytes:
    """A PNG whose picture data belies its checksum."""
    data = bytearray(file(photo(64, 48)))
    data[data.index(b"IDAT") + 30] ^= 0x55
    return bytes(data)


def long_animation() -> bytes:
    """A WebP of few bytes that unpacks to 60 frames of 1500x1500."""
    frames = [Image.new("RGB", (1500, 1500), (97 * shade % 256, 0, 0)) for shade in range(60)]
    return file(frames[0], "WEBP", save_all=True, append_images=frames[1:], method=0)


def endless_gif() -> bytes:
    """A GIF of 20,000 frames."""
    small = [Image.new("P", (2, 2), shade) for shade in (0, 1)]
    whole = file(small[0], "GIF", save_all=True, append_images=small[1:], duration=20)
    frame = whole[whole.rindex(b"\x21\xf9") : -1]
    return whole[:-1] + frame * 20_000 + b";"


def large_profile() -> bytes:
    """A JPEG that carries eight megabytes of colour profile."""
    profile = swapped_profile()
    profile += b"\0" * (8_000_000 - len(profile))
    profile = struct.pack(">I", len(profile)) + profile[4:]
    return file(photo(96, 64), "JPEG", icc_profile=profile)


def large_exif() -> bytes:
    """A JPEG that carries as much EXIF as a segment holds."""
    ascii_tag = struct.pack("<HHHII", 1, 0x010E, 2, 65_000, 26) + b"\0\0\0\0"
    exif = b"Exif\0\0II*\0" + struct.pack("<I", 8) + ascii_tag + b"x" * 65_000
    return with_segment(file(photo(96, 64), "JPEG"), 0xE1, exif)


def polyglot() -> bytes:
    """A PNG that is a ZIP too, with a script in its text."""
    info = PngImagePlugin.PngInfo()
    info.add_text("Comment", "<script>alert(1)</script>")
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as packed:
        packed.writestr("evil.sh", "echo evil")
    return file(corners(), "PNG", pnginfo=info) + archive.getvalue()


def sixteen_bits() -> bytes:
    """A grey PNG of 16 bits a sample."""
    ramp = np.linspace(0, 65535, 64 * 48, dtype=np.uint16).reshape(48, 64)
    return file(Image.fromarray(ramp))


def cmyk() -> bytes:
    """A JPEG for print."""
    return file(corners().convert("CMYK"), "JPEG")


def grey_and_clear() -> bytes:
    """A PNG of grey and alpha."""
    return file(Image.new("LA", (60, 40), (90, 128)))


OTHER_FORMATS = {
    "TIFF": file(corners(), "TIFF"),
    "BMP": file(corners(), "BMP"),
    "ICO": file(corners(), "ICO"),
    "PSD": b"8BPS\0\1" + b"\0" * 6 + struct.pack(">HIIHH", 3, 9, 9, 8, 3) + b"\0" * 200,
    "EPS": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\nshowpage\n",
    "SVG": b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
    "HTML": b"<!doctype html><script>alert(1)</script>",
    "PDF": b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n",
    "gzip": gzip.compress(b"picture"),
    "random bytes": b"\x07" + os.urandom(4000),
    "zeros": b"\0" * 4000,
}
