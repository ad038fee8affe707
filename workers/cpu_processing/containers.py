"""The outer structure of image files: the parts they are made of, without decoding a pixel."""

from __future__ import annotations

import re
import struct
from collections import deque
from collections.abc import Callable, Iterator
from typing import NamedTuple

PNG_MAGIC = b"\x89PNG\r\n\x1a\n"
_AVIF_BRANDS = (b"avif", b"avis")
_JPEG_MARKER = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]")
# Readers walk parts and a GIF's blocks one by one, at 2 to 5 µs each: ours and Pillow's alike.
MAX_PARTS = 65_536
MAX_BLOCKS = 300_000  # 255 bytes each at most, so that a large GIF has as many


class TooHeavy(Exception):
    """A sentence on what a file has too much of to be read."""


def _too_many() -> TooHeavy:
    return TooHeavy(f"It is made of more than {MAX_PARTS} parts.")


class Part(NamedTuple):
    """A chunk, segment or box: its name and where its payload begins and ends in the file."""

    kind: str
    start: int
    end: int


def sniff(data: bytes) -> str | None:
    """The format by content: png, jpeg, webp, avif, gif, or None for anything else."""
    if data.startswith(PNG_MAGIC):
        return "png"
    if data.startswith(b"\xff\xd8\xff"):
        return "jpeg"
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "webp"
    if data[:6] in (b"GIF87a", b"GIF89a"):
        return "gif"
    if data[4:8] == b"ftyp" and data[8:12] in _AVIF_BRANDS:
        return "avif"
    return None


def png_parts(data: bytes) -> Iterator[Part]:
    """The chunks up to IEND; struct.error where the file ends too early."""
    at, kind = len(PNG_MAGIC), ""
    while kind != "IEND":
        length, name = struct.unpack_from(">I4s", data, at)
        kind = name.decode("latin-1")
        yield Part(kind, at + 8, at + 8 + length)
        at += 12 + length


def jpeg_parts(data: bytes) -> Iterator[Part]:
    """The segments by marker in hex ("e1") up to "d9"; struct.error where the file ends early."""
    at = 2
    while found := _JPEG_MARKER.search(data, at):
        kind, start = f"{data[found.start() + 1]:02x}", found.end()
        if kind in ("01", "d8", "d9"):
            yield Part(kind, start, start)
            at = start
        else:
            (length,) = struct.unpack_from(">H", data, start)
            yield Part(kind, start + 2, start + length)
            at = start + length
        if kind == "d9":
            return


def webp_parts(data: bytes) -> Iterator[Part]:
    """The chunks by FourCC that the RIFF header counts; struct.error where one is cut off."""
    (size,) = struct.unpack_from("<I", data, 4)
    return webp_chunks(data, 12, 8 + size)


def webp_chunks(data: bytes, at: int, end: int) -> Iterator[Part]:
    """The chunks between two offsets."""
    while at + 8 <= end:
        name, length = struct.unpack_from("<4sI", data, at)
        yield Part(name.decode("latin-1"), at + 8, at + 8 + length)
        at += 8 + length + (length & 1)


def gif_parts(data: bytes) -> Iterator[Part]:
    """Blocks: "frame", "ext.ff" (by label), "junk" and "end"; IndexError where one is cut."""
    at, blocks = 13 + _gif_table(data[10]), 0
    while True:
        mark, begin = data[at], at
        if mark == 0x3B:
            yield Part("end", at, at + 1)
            return
        if mark == 0x2C:
            kind, at = "frame", at + 11 + _gif_table(data[at + 9])
        elif mark == 0x21:
            kind, at = f"ext.{data[at + 1]:02x}", at + 2
        else:  # readers pass over what is no block, so there may be frames behind it
            at += 1
            yield Part("junk", begin, at)
            continue
        while size := data[at]:
            at += 1 + size
            blocks += 1
            if blocks > MAX_BLOCKS:
                raise TooHeavy(f"It is made of more than {MAX_BLOCKS} blocks.")
        at += 1
        yield Part(kind, begin, at)


def _gif_table(packed: int) -> int:
    """The length in bytes of the colour table that this flag byte announces."""
    return 3 << ((packed & 7) + 1) if packed & 0x80 else 0


def boxes(data: bytes, start: int = 0, end: int | None = None) -> Iterator[Part]:
    """The ISO media boxes between two offsets; stops where what follows is no box."""
    end = len(data) if end is None else end
    for _ in range(MAX_PARTS):
        if start + 8 > end:
            return
        size, name = struct.unpack_from(">I4s", data, start)
        header = 8
        if size == 1 and start + 16 <= end:
            (size,) = struct.unpack_from(">Q", data, start + 8)
            header = 16
        size = size or end - start
        if size < header or start + size > end or not name.isascii():
            return
        yield Part(name.decode("ascii"), start + header, start + size)
        start += size
    raise _too_many()


_READERS: dict[str, Callable[[bytes], Iterator[Part]]] = {
    "png": png_parts,
    "jpeg": jpeg_parts,
    "webp": webp_parts,
    "gif": gif_parts,
    "avif": boxes,
}


def parts(data: bytes, form: str) -> Iterator[Part]:
    """The parts of a sniffed file; TooHeavy, struct.error or IndexError as they are walked."""
    for number, part in enumerate(_READERS[form](data), 1):
        if number > MAX_PARTS:
            raise _too_many()
        yield part


def content_end(data: bytes, form: str) -> int:
    """The offset at which the picture's own structure ends; bytes after it are foreign."""
    try:
        last = deque(parts(data, form), maxlen=1).pop()
    except (struct.error, IndexError):
        return len(data)
    if form == "png":
        return last.end + 4  # the last chunk's CRC
    if form == "webp":
        return 8 + int(struct.unpack_from("<I", data, 4)[0])
    return len(data) if form == "jpeg" and last.kind != "d9" else last.end
