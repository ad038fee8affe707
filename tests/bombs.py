"""Files that ask for more than they show: what each is, and what the door answers."""

from __future__ import annotations

import base64
import struct
import zlib
from collections.abc import Callable

import numpy as np
from PIL import Image

from app.contracts.errors import ImageTooLarge, InvalidImage
from tests.hostile import OTHER_FORMATS, endless_gif, header_only, large_profile, solid_png
from tests.pictures import (
    animated,
    bomb_png,
    chunk,
    corners,
    file,
    photo,
    swapped_profile,
    with_segment,
)

PNG, JPEG, WEBP, AVIF = (file(photo(64, 48), form) for form in ("PNG", "JPEG", "WEBP", "AVIF"))
GIF = file(corners().quantize(8), "GIF")
GIF_BODY = 13 + 3 * (2 << (GIF[10] & 7))  # where the blocks begin


def jpeg_segment(marker: int, payload: bytes) -> bytes:
    """One segment of a JPEG."""
    return struct.pack(">BBH", 0xFF, marker, len(payload) + 2) + payload


def many_scans(width: int, height: int, scans: int) -> bytes:
    """A progressive JPEG whose scans cost five bytes each and a walk over the whole picture."""
    frame = struct.pack(">BHHB", 8, height, width, 1) + bytes((1, 0x11, 0))
    blocks = ((width + 7) // 8) * ((height + 7) // 8)
    runs = -(-blocks // 16_384)  # an end-of-band run of 2^14 blocks is 15 bits, all of them zero
    bits = "0" * 15 * runs
    bits += "1" * (-len(bits) % 8)
    scan = jpeg_segment(0xDA, bytes((1, 1, 0, 1, 63, 0)))
    scan += int(bits, 2).to_bytes(len(bits) // 8, "big").replace(b"\xff", b"\xff\0")
    return (
        b"\xff\xd8"
        + jpeg_segment(0xDB, b"\0" + b"\1" * 64)
        + jpeg_segment(0xC4, b"\x10" + bytes([1] + [0] * 15) + b"\xe0")
        + jpeg_segment(0xC2, frame)
        + scan * scans
        + b"\xff\xd9"
    )


def rational_exif(count: int) -> bytes:
    """EXIF of one tag that is so many fractions: readers make an object of each."""
    tag = struct.pack(">HHHII", 1, 0x0102, 5, count, 26) + b"\0\0\0\0"
    return b"MM\0*" + struct.pack(">I", 8) + tag + b"\0\0\0\1\0\0\0\3" * count


def png_with(*chunks: tuple[bytes, bytes]) -> bytes:
    """The PNG with more chunks behind its header."""
    return PNG[:33] + b"".join(chunk(kind, payload) for kind, payload in chunks) + PNG[33:]


def packed(kind: bytes, length: int) -> tuple[bytes, bytes]:
    """A compressed chunk of a PNG that unpacks to this length."""
    small = zlib.compress(b"a" * length, 9)
    return kind, (b"key\0\1\0\0\0" if kind == b"iTXt" else b"key\0\0") + small


def webp_chunk(kind: bytes, payload: bytes) -> bytes:
    """One chunk of a WebP."""
    return kind + struct.pack("<I", len(payload)) + payload + b"\0" * (len(payload) & 1)


def webp_of(*chunks: bytes) -> bytes:
    """A WebP of these chunks."""
    body = b"".join(chunks)
    return b"RIFF" + struct.pack("<I", len(body) + 4) + b"WEBP" + body


def webp_canvas(width: int, height: int, flags: int = 0) -> bytes:
    """The VP8X chunk of a canvas."""
    size = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    return webp_chunk(b"VP8X", bytes((flags, 0, 0, 0)) + size)


def lying_webp() -> bytes:
    """A WebP whose canvas is small and whose picture is not."""
    picture = file(Image.new("RGB", (4_000, 2_500)), "WEBP", quality=10, method=0)
    return webp_of(webp_canvas(10, 10), picture[12:])


def lying_avif(width: int = 4000, height: int = 2500) -> bytes:
    """An AVIF whose boxes say 64x64 over an AV1 picture of another size."""
    data = bytearray(file(Image.new("L", (width, height)), "AVIF", speed=10, quality=30))
    at = data.index(b"ispe")
    struct.pack_into(">II", data, at + 8, 64, 64)
    return bytes(data)


def avif_of_frames(count: int) -> bytes:
    """An AVIF whose one picture is followed by as many frames, in the same item."""
    data = bytearray(AVIF)
    at = data.index(b"iloc") + 4
    extent = data.index(struct.pack(">I", len(data) - _mdat(data)), at)
    picture = bytes(data[_mdat(data) :])
    struct.pack_into(">I", data, extent, len(picture) * count)
    box = data.rindex(b"mdat") - 4
    struct.pack_into(">I", data, box, 8 + len(picture) * count)
    return bytes(data) + picture * (count - 1)


def _mdat(data: bytearray) -> int:
    return data.rindex(b"mdat") + 4


def avif_read_often() -> bytes:
    """An AVIF whose one item is read as the same bytes, hundreds of times."""
    data = bytearray(AVIF)
    at = data.index(b"iloc")
    (size,) = struct.unpack_from(">I", data, at - 4)
    extents = struct.pack(">II", 0, len(data)) * 400
    head = struct.pack(">IBBHHHH", 0, 0x44, 0, 1, 1, 0, 400)
    box = struct.pack(">I4s", 8 + len(head) + len(extents), b"iloc") + head + extents
    meta = data.index(b"meta") - 4
    (length,) = struct.unpack_from(">I", data, meta)
    struct.pack_into(">I", data, meta, length + len(box) - size)
    return bytes(data[: at - 4]) + box + bytes(data[at - 4 + size :])


def gif_comment(blocks: int, size: int) -> bytes:
    """A GIF with a comment of so many blocks."""
    comment = b"\x21\xfe" + (bytes([size]) + b"a" * size) * blocks + b"\0"
    return GIF[:GIF_BODY] + comment + GIF[GIF_BODY:]


def hidden_frames() -> bytes:
    """A GIF of 200 frames for readers that take an empty extension's next byte for a length."""
    empty = b"\x21\xf9\0"
    frame = GIF[GIF.rindex(b"\x2c", GIF_BODY) : -1]
    # One reader sees a comment that ends at once, the other a block of 0x21 bytes and frames.
    for_one = b"\x21\xfe" + bytes([0x1F]) + b"a" * 0x1F
    return GIF[:-1] + empty + for_one + b"\0" + frame * 200 + b";"


def gif_window(width: int, height: int) -> bytes:
    """A GIF whose picture is larger than its screen."""
    data = bytearray(GIF)
    struct.pack_into("<HH", data, data.index(b"\x2c", GIF_BODY) + 5, width, height)
    return bytes(data)


def jpeg_claiming(width: int, height: int) -> bytes:
    """A JPEG whose header claims this size."""
    data = bytearray(JPEG)
    struct.pack_into(">HH", data, data.index(b"\xff\xc0") + 5, height, width)
    return bytes(data)


def profile_of_programs(length: int) -> bytes:
    """A colour profile with a program of so many steps, each of them the same one."""
    plain = swapped_profile()
    table = plain[132 : 132 + 12 * plain[131]]
    step = b"matf\0\0\0\0" + struct.pack(">HH12f", 3, 3, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0)
    places = struct.pack(">II", 16 + 8 * length, len(step)) * length
    program = b"mpet\0\0\0\0" + struct.pack(">HHI", 3, 3, length) + places + step
    moved = b"".join(
        name + struct.pack(">II", begin + 24, size)
        for name, begin, size in struct.iter_unpack(">4sII", table)
    )
    begin = len(plain) + 24
    for name in (b"D2B0", b"D2B1"):
        moved += name + struct.pack(">II", begin, len(program))
    head = struct.pack(">I", begin + len(program)) + plain[4:8] + b"\4\x30\0\0" + plain[12:128]
    count = struct.pack(">I", plain[131] + 2)
    return head + count + moved + plain[132 + len(table) :] + program


def twice(data: bytes) -> bytes:
    """What arrives when a client encodes its base64 again."""
    return base64.b64encode(data)


INVALID, LARGE = InvalidImage, ImageTooLarge
MOST_PIXELS = 8_000_000
# name -> how it is made, the error's class, and a word that its sentence holds
BOMBS: dict[str, tuple[Callable[[], bytes], type[Exception], str]] = {
    "PNG of 20000x20000": (lambda: header_only(20_000, 20_000), LARGE, "pixels"),
    "PNG of 2^31 x 2^31": (lambda: header_only(2**31 - 1, 2**31 - 1), LARGE, "pixels"),
    "PNG of 65535x1": (lambda: solid_png(65_535, 1), LARGE, "side"),
    "PNG of 1x65535": (lambda: solid_png(1, 65_535), LARGE, "side"),
    "PNG of 0x5": (lambda: header_only(0, 5), INVALID, "no pixels"),
    "PNG of 5x0": (lambda: header_only(5, 0), INVALID, "no pixels"),
    "PNG of 200,000 chunks": (lambda: png_with(*[(b"abCd", b"")] * 200_000), INVALID, "parts"),
    "PNG with a zTXt of 64 MB": (lambda: bomb_png(b"zTXt"), INVALID, "unpacks"),
    "PNG with an iCCP of 64 MB": (lambda: bomb_png(b"iCCP"), INVALID, "unpacks"),
    "PNG with an iTXt of 2 MB": (lambda: png_with(packed(b"iTXt", 2_000_000)), INVALID, "unpacks"),
    "PNG with 30 texts of 1 MB": (
        lambda: png_with(*[packed(b"zTXt", 1_000_000)] * 30), INVALID, "metadata"),
    "PNG with 5000 profiles": (
        lambda: png_with(*[packed(b"iCCP", 1_000_000)] * 5000), INVALID, "metadata"),
    "PNG with 24 MB of EXIF": (
        lambda: png_with((b"eXIf", rational_exif(3_000_000))), INVALID, "EXIF"),
    "PNG with EXIF as text": (
        lambda: png_with((b"tEXt", b"Raw profile type exif\0\nexif\n9\n" + b"41" * 600_000)),
        INVALID, "EXIF"),
    "PNG with 17 MB of text": (
        lambda: png_with((b"tEXt", b"a\0" + b"b" * 17_000_000)), INVALID, "metadata"),
    "PNG within base64": (lambda: twice(PNG), INVALID, "encode once"),
    "PNG within a data URI": (
        lambda: b"data:image/png;base64," + twice(PNG), INVALID, "encode once"),
    "APNG": (lambda: animated("PNG", 5), LARGE, "animated"),
    "JPEG of 65535x65535": (lambda: jpeg_claiming(65_535, 65_535), LARGE, "pixels"),
    "JPEG of 65535x1": (lambda: jpeg_claiming(65_535, 1), LARGE, "side"),
    "JPEG of 0 lines": (lambda: jpeg_claiming(5, 0), INVALID, "no pixels"),
    "JPEG of 2000 scans": (lambda: many_scans(2800, 2800, 2000), LARGE, "scans"),
    "JPEG of empty comments": (
        lambda: JPEG[:2] + b"\xff\xfe\0\2" * 2_000_000 + JPEG[2:], INVALID, "parts"),
    "JPEG of empty comments within": (
        lambda: JPEG[:-2] + b"\xff\xfe\0\2" * 2_000_000 + JPEG[-2:], INVALID, "parts"),
    "JPEG of tables": (
        lambda: JPEG[:2]
        + jpeg_segment(0xC4, b"\x10" + bytes([1] + [0] * 15) + b"\xe0") * 500_000
        + JPEG[2:], INVALID, "parts"),
    "JPEG of filling": (lambda: JPEG[:2] + b"\xff" * 5_000_000 + JPEG[2:], INVALID, "filling"),
    "JPEG with 20 EXIF blocks": (
        lambda: JPEG[:2] + jpeg_segment(0xE1, b"Exif\0\0" + b"\0" * 65_000) * 20 + JPEG[2:],
        INVALID, "EXIF"),
    "JPEG with 20 MB of comments": (
        lambda: JPEG[:2] + jpeg_segment(0xFE, b"a" * 65_000) * 310 + JPEG[2:],
        INVALID, "metadata"),
    "WebP of a million chunks": (
        lambda: webp_of(WEBP[12:], b"abcd\0\0\0\0" * 1_000_000), INVALID, "parts"),
    "WebP with a small canvas": (lying_webp, INVALID, "damaged"),
    "WebP with a large canvas": (
        lambda: webp_of(webp_canvas(16_384, 16_384), WEBP[12:]), LARGE, "pixels"),
    "WebP with 17 MB of XMP": (
        lambda: webp_of(webp_canvas(64, 48, 4), WEBP[12:], webp_chunk(b"XMP ", b"a" * 17_000_000)),
        INVALID, "metadata"),
    "WebP with 2 MB of EXIF": (
        lambda: webp_of(
            webp_canvas(64, 48, 8), WEBP[12:], webp_chunk(b"EXIF", rational_exif(250_000))
        ), INVALID, "EXIF"),
    "animated WebP": (lambda: animated("WEBP", 5), LARGE, "animated"),
    "AVIF with small boxes": (lying_avif, LARGE, "4000x2500"),
    "AVIF with other boxes": (lambda: lying_avif(100, 70), INVALID, "its data 100x70"),
    "AVIF of 40 frames in one": (lambda: avif_of_frames(40), INVALID, "AV1 frames"),
    "AVIF read 400 times": (avif_read_often, INVALID, "twice the file"),
    "AVIF of a million boxes": (
        lambda: AVIF[:32] + b"\0\0\0\x08free" * 1_000_000 + AVIF[32:], INVALID, "parts"),
    "animated AVIF": (lambda: animated("AVIF", 5), LARGE, "animated"),
    "GIF of 20,000 frames": (endless_gif, LARGE, "animated"),
    "GIF of small blocks": (lambda: gif_comment(1_000_000, 1), INVALID, "blocks"),
    "GIF of frames behind junk": (
        lambda: GIF[:-1] + b"\0" + GIF[GIF.rindex(b"\x2c") : -1] * 200 + b";", LARGE, "animated"),
    "GIF of frames within an extension": (hidden_frames, LARGE, "animated"),
    "GIF with a comment of 17 MB": (lambda: gif_comment(70_000, 255), INVALID, "metadata"),
    "GIF wider than its screen": (lambda: gif_window(60_000, 60_000), LARGE, "pixels"),
} | {
    f"{name}, no picture of ours": ((lambda data=data: data), INVALID, "not a PNG")
    for name, data in OTHER_FORMATS.items()
}  # fmt: skip

# Odd, but pictures: they are taken, and cost no more than their pixels.
TAKEN: dict[str, Callable[[], bytes]] = {
    "JPEG with 8 MB of profile": large_profile,
    "JPEG with a profile of 100,000 steps": lambda: file(
        photo(64, 48), "JPEG", icc_profile=profile_of_programs(100_000)
    ),
    "JPEG of 90 scans": lambda: many_scans(2000, 2000, 90),
    "JPEG with a PHP script": lambda: with_segment(JPEG, 0xFE, b"<?php system('id'); ?>"),
    "JPEG with HTML behind it": lambda: JPEG + b"<html><script>alert(1)</script>",
    "JPEG with a PDF behind it": lambda: JPEG + b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n",
    "GIF with a script in its comment": lambda: (
        GIF[:GIF_BODY] + b"\x21\xfe\x0balert(1)//=\0" + GIF[GIF_BODY:]
    ),
    "GIF with 25 MB of LZW behind its picture": lambda: (
        GIF[:-2] + (b"\xff" + b"\0" * 255) * 100_000 + b"\0;"
    ),
    "PNG with 9 MB behind its picture": lambda: (
        PNG[:-12] + chunk(b"IDAT", b"\0" * 9_000_000) + PNG[-12:]
    ),
    "PNG of 16 bits, interlaced": lambda: interlaced(),
}  # fmt: skip


def interlaced() -> bytes:
    """A PNG of 2000x2000, 16 bits and four channels, in the seven passes of Adam7."""
    passes = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4),
              (1, 0, 2, 2), (0, 1, 1, 2))  # fmt: skip
    pixels = np.zeros((2000, 2000, 8), np.uint8)
    rows = b"".join(
        b"\0" + line.tobytes()
        for left, top, across, down in passes
        for line in pixels[top::down, left::across]
    )
    head = struct.pack(">IIBBBBB", 2000, 2000, 16, 6, 0, 0, 1)
    body = chunk(b"IDAT", zlib.compress(rows))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + body + chunk(b"IEND", b"")
