"""What an AVIF file is made of: its items, and what the AV1 data itself says about its size."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from workers.cpu_processing.containers import Part, boxes

_SEQUENCE, _FRAME_HEADER, _FRAME = 1, 3, 6  # kinds of OBU


@dataclass(frozen=True)
class Item:
    """An entry of the file: its type, its name, and where its bytes lie."""

    type: str
    name: bytes
    content_type: bytes
    extents: tuple[tuple[int, int], ...]  # begin and end in the file

    def data(self, file: bytes) -> bytes:
        """The item's bytes."""
        return b"".join(file[begin:end] for begin, end in self.extents)

    @property
    def length(self) -> int:
        """How many bytes the item is read as; extents may name the same ones again."""
        return sum(max(end - begin, 0) for begin, end in self.extents)


@dataclass(frozen=True)
class Stream:
    """The largest size in an AV1 stream's sequence headers, and how many frames it holds."""

    width: int = 0
    height: int = 0
    frames: int = 0


def inside(data: bytes, path: str) -> Iterator[Part]:
    """The boxes below a path of kinds, as meta/iprp/ipco; version and flags are skipped."""
    places = [(0, len(data))]
    for kind in path.split("/"):
        skip = 4 if kind in ("meta", "iref") else 0
        places = [
            (part.start + skip, part.end)
            for place in places
            for part in boxes(data, *place)
            if part.kind == kind
        ]
    for place in places:
        yield from boxes(data, *place)


def items(data: bytes) -> list[Item]:
    """The items of the file's meta box; IndexError where a table is cut off."""
    types: dict[int, tuple[str, bytes, bytes]] = {}
    extents: dict[int, tuple[tuple[int, int], ...]] = {}
    idat = 0
    for part in inside(data, "meta"):
        if part.kind == "idat":
            idat = part.start
    for part in inside(data, "meta"):
        if part.kind == "iinf":
            start = part.start + (6 if data[part.start] == 0 else 8)
            for entry in boxes(data, start, part.end):
                number, *found = _entry(data[entry.start : entry.end])
                types[number] = (found[0].decode("latin-1"), found[1], found[2])
        elif part.kind == "iloc":
            extents |= _Locations(data[part.start : part.end], idat).read()
    return [Item(*types[number], extents.get(number, ())) for number in types]


def _entry(infe: bytes) -> tuple[int, bytes, bytes, bytes]:
    """Number, type, name and content type of an infe box."""
    wide = 4 if infe[0] >= 3 else 2
    at = 4 + wide + 2
    name, _, rest = infe[at + 4 :].partition(b"\0")
    return int.from_bytes(infe[4 : 4 + wide], "big"), infe[at : at + 4], name, rest.split(b"\0")[0]


class _Locations:
    """Reads an iloc box."""

    def __init__(self, box: bytes, idat: int) -> None:
        self.box, self.idat, self.at = box, idat, 4

    def read(self) -> dict[int, tuple[tuple[int, int], ...]]:
        """Where the bytes of each item lie, by its number."""
        version = self.box[0]
        sizes = self._number(2)
        offset, length, base, index = (sizes >> shift & 15 for shift in (12, 8, 4, 0))
        wide = 4 if version == 2 else 2
        found = {}
        for _ in range(self._number(wide)):
            number = self._number(wide)
            in_idat = version > 0 and self._number(2) & 15 == 1
            self._number(2)
            begin = self._number(base) + (self.idat if in_idat else 0)
            places = []
            for _ in range(self._number(2)):
                if version > 0:
                    self._number(index)
                start = begin + self._number(offset)
                places.append((start, start + self._number(length)))
            found[number] = tuple(places)
        return found

    def _number(self, size: int) -> int:
        self.at += size
        if self.at > len(self.box):
            raise IndexError("iloc")
        return int.from_bytes(self.box[self.at - size : self.at], "big")


def read_stream(data: bytes) -> Stream:
    """Walk the OBUs of an item; what cannot be read is left to the decoder, which refuses it."""
    at, width, height, frames = 0, 0, 0, 0
    while at < len(data):
        head = data[at]
        kind, extended, sized = head >> 3 & 15, head >> 2 & 1, head >> 1 & 1
        at += 1 + extended
        length, used = _leb128(data, at) if sized else (len(data) - at, 0)
        at += used
        if kind == _SEQUENCE:
            wide, high = _sequence_size(data[at : at + length])
            width, height = max(width, wide), max(height, high)
        frames += kind in (_FRAME_HEADER, _FRAME)
        at += length
    return Stream(width, height, frames)


def _leb128(data: bytes, at: int) -> tuple[int, int]:
    value = 0
    for used in range(8):
        byte = data[at + used]
        value |= (byte & 127) << 7 * used
        if not byte & 128:
            return value, used + 1
    raise IndexError("leb128")


def _sequence_size(obu: bytes) -> tuple[int, int]:
    """max_frame_width and max_frame_height of a sequence header (AV1 specification, 5.5.1)."""
    bits = _Bits(obu)
    bits.take(4)
    if bits.take(1):  # reduced_still_picture_header
        bits.take(5)
    else:
        model = _timing(bits)
        delayed = bits.take(1)
        for _ in range(bits.take(5) + 1):
            bits.take(12)
            if bits.take(5) > 7:
                bits.take(1)
            if model and bits.take(1):
                bits.take(2 * model + 1)
            if delayed and bits.take(1):
                bits.take(4)
    wide, high = bits.take(4) + 1, bits.take(4) + 1
    return bits.take(wide) + 1, bits.take(high) + 1


def _timing(bits: _Bits) -> int:
    """Pass over the timing information; the length of a decoder model's delays, 0 without one."""
    if not bits.take(1):
        return 0
    bits.take(64)
    if bits.take(1):  # equal_picture_interval, an uvlc
        zeros = 0
        while not bits.take(1):
            zeros += 1
        bits.take(zeros)
    if not bits.take(1):
        return 0
    length = bits.take(5) + 1
    bits.take(42)
    return length


class _Bits:
    """Takes numbers of so many bits from the front; IndexError behind the end."""

    def __init__(self, data: bytes) -> None:
        self.data, self.at = data, 0

    def take(self, count: int) -> int:
        """The next number of so many bits."""
        value = 0
        for at in range(self.at, self.at + count):
            value = value << 1 | self.data[at >> 3] >> (7 - (at & 7)) & 1
        self.at += count
        return value
