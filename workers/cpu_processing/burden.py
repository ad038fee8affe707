"""What a file asks of its readers beyond its pixels: scans, metadata, things packed and nested."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from workers.cpu_processing.avif import Stream, items, read_stream
from workers.cpu_processing.containers import Part, TooHeavy, parts

# Cameras and editors write 10 to 20 scans. At 50 megapixels each costs 10 ms and five bytes.
MAX_SCANS = 100
MAX_EXIF = 1 << 20  # a JPEG segment holds 64 KB; readers make an object of every eight bytes
MAX_PACKED = 1 << 20  # what one compressed text or profile of a PNG may unpack to, as in Pillow
MAX_FILLING = 65_536  # bytes of a JPEG between two segments of its header, which are read singly
MAX_STREAM_FRAMES = 8  # AV1 frames in one still picture: four layers, and some that are hidden
_PICTURE = {
    "png": frozenset(("IDAT", "fdAT")),
    "webp": frozenset(("VP8 ", "VP8L", "ALPH", "ANMF")),
    "avif": frozenset(("mdat", "moov")),
}


@dataclass(frozen=True)
class Burden:
    """Bytes beside the picture, packed ones unpacked; scans of a JPEG; sizes in an AVIF's data."""

    metadata: int = 0
    scans: int = 0
    streams: tuple[Stream, ...] = ()


def weigh(data: bytes, form: str, most: int) -> Burden:
    """Walk the file once; `most` is how many bytes of metadata are taken.

    Raises TooHeavy, or struct.error, IndexError or ValueError where the structure is broken.
    """
    if form == "jpeg":
        return _jpeg(data, most)
    if form == "avif":
        _sum(_lengths(data, form), most)
        return _avif(data, most)
    lengths = _png(data) if form == "png" else _lengths(data, form)
    return Burden(_sum(lengths, most))


def _sum(lengths: Iterator[int], most: int) -> int:
    found = 0
    for length in lengths:
        found += length
        if found > most:
            raise TooHeavy(f"It carries more than {most} bytes of metadata.")
    return found


def _lengths(data: bytes, form: str) -> Iterator[int]:
    for part in parts(data, form):
        picture = part.kind == "frame" if form == "gif" else part.kind in _PICTURE[form]
        if part.kind == "EXIF":
            _check_exif(part.end - part.start)
        if not picture:
            yield part.end - part.start


def _check_exif(length: int) -> None:
    if length > MAX_EXIF:
        raise TooHeavy(f"Its EXIF block has {length} bytes; at most {MAX_EXIF} are read.")


def _png(data: bytes) -> Iterator[int]:
    for part in parts(data, "png"):
        payload = b"" if part.kind in _PICTURE["png"] else data[part.start : part.end]
        if part.kind == "eXIf" or payload.startswith(b"Raw profile type "):
            _check_exif(len(payload))
        packed = _packed(part, payload)
        yield len(payload) if packed is None else _unpacked(packed)


def _packed(part: Part, payload: bytes) -> bytes | None:
    """The compressed bytes of a chunk that holds some."""
    if part.kind in ("zTXt", "iCCP"):
        return payload.partition(b"\0")[2][1:]
    _, _, rest = payload.partition(b"\0")
    if part.kind == "iTXt" and rest[:1] not in (b"", b"\0"):
        return b"".join(rest[2:].split(b"\0", 2)[2:])
    return None


def _unpacked(packed: bytes) -> int:
    opened = zlib.decompressobj()
    try:
        length = len(opened.decompress(packed, MAX_PACKED))
    except zlib.error:
        return len(packed)
    if opened.unconsumed_tail:
        raise TooHeavy(
            f"A compressed text or profile in it unpacks to more than {MAX_PACKED} bytes."
        )
    return length


def _jpeg(data: bytes, most: int) -> Burden:
    metadata = exif = scans = at = 0
    for part in parts(data, "jpeg"):
        if not scans and part.start - at > MAX_FILLING:
            raise TooHeavy(f"More than {MAX_FILLING} bytes of filling lie between its segments.")
        at = part.end
        if part.kind == "da":
            scans += 1
        elif part.kind[0] == "e" or part.kind == "fe":
            metadata = _sum(iter((metadata, part.end - part.start)), most)
            if data.startswith(b"Exif", part.start):
                exif += part.end - part.start
                _check_exif(exif)
    return Burden(metadata, scans)


def _avif(data: bytes, most: int) -> Burden:
    found = items(data)
    if sum(item.length for item in found) > 2 * len(data):
        raise TooHeavy("Its items are read as more than twice the file.")
    for item in found:
        if item.type == "Exif":
            _check_exif(item.length)
    others = (item.length for item in found if item.type != "av01")
    metadata = _sum(others, most)
    streams = tuple(read_stream(item.data(data)) for item in found if item.type == "av01")
    if max((stream.frames for stream in streams), default=0) > MAX_STREAM_FRAMES:
        raise TooHeavy(f"One picture in it is made of more than {MAX_STREAM_FRAMES} AV1 frames.")
    return Burden(metadata, 0, streams)
