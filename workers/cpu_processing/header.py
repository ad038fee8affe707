"""Size and frame count of an image file, read from its header before anything is decoded."""

from __future__ import annotations

import struct
from dataclasses import dataclass

from workers.cpu_processing.avif import inside
from workers.cpu_processing.containers import parts

_NOT_SIZES = ("c4", "c8", "cc")  # DHT, JPG and DAC share the range of the SOF markers


@dataclass(frozen=True)
class Header:
    """Width and height in pixels; frames, counted no further than the caller asked."""

    width: int
    height: int
    frames: int = 1


def read_header(data: bytes, form: str, count_to: int) -> Header:
    """Read the header of a sniffed file, counting at most `count_to` frames.

    Raises struct.error, IndexError or ValueError where the structure is broken.
    """
    readers = {"png": _png, "jpeg": _jpeg, "webp": _webp, "gif": _gif, "avif": _avif}
    return readers[form](data, count_to)


def _png(data: bytes, count_to: int) -> Header:
    width, height = 0, 0
    frames = 1
    for part in parts(data, "png"):
        if part.kind == "IHDR":
            width, height = struct.unpack_from(">II", data, part.start)
        elif part.kind == "acTL":
            (frames,) = struct.unpack_from(">I", data, part.start)
        elif part.kind == "IDAT":
            break
    return Header(width, height, frames)


def _jpeg(data: bytes, count_to: int) -> Header:
    for part in parts(data, "jpeg"):
        if part.kind.startswith("c") and part.kind not in _NOT_SIZES:
            height, width = struct.unpack_from(">HH", data, part.start + 1)
            return Header(width, height)
    raise ValueError("no frame header")


def _webp(data: bytes, count_to: int) -> Header:
    size: tuple[int, int] | None = None
    frames = 0
    for part in parts(data, "webp"):
        if part.kind == "VP8X":
            wide, high = data[part.start + 4 : part.start + 7], data[part.start + 7 : part.end]
            size = int.from_bytes(wide, "little") + 1, int.from_bytes(high[:3], "little") + 1
        elif part.kind == "VP8L" and size is None:
            (bits,) = struct.unpack_from("<I", data, part.start + 1)
            size = (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
        elif part.kind == "VP8 " and size is None:
            wide16, high16 = struct.unpack_from("<HH", data, part.start + 6)
            size = wide16 & 0x3FFF, high16 & 0x3FFF
        elif part.kind == "ANMF":
            frames += 1
        if frames >= count_to:
            break
    if size is None:
        raise ValueError("no picture chunk")
    return Header(*size, frames=max(frames, 1))


def _gif(data: bytes, count_to: int) -> Header:
    width, height = struct.unpack_from("<HH", data, 6)
    frames = 0
    for part in parts(data, "gif"):
        frames += part.kind == "frame"
        if frames >= count_to:
            break
    return Header(width, height, max(frames, 1))


def _avif(data: bytes, count_to: int) -> Header:
    sizes = [(0, 0)]
    for part in inside(data, "meta/iprp/ipco"):
        if part.kind == "ispe":
            sizes.append(struct.unpack_from(">II", data, part.start + 4))
    if len(sizes) == 1:
        raise ValueError("no picture size")
    return Header(*max(sizes, key=lambda size: size[0] * size[1]))
