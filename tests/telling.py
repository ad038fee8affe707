"""Pictures that tell as much as a file can: every field holds the word CANARY, in every format."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable

from PIL import ExifTags, Image

from tests.bombs import GIF_BODY, jpeg_segment, webp_canvas, webp_chunk, webp_of
from tests.pictures import XMP, chunk, corners, file, phone_jpeg, photo, swapped_profile

WORD = b"CANARY"
ZIP = b"PK\x03\x04 an archive with CANARY"
_XMP = XMP.replace(b'Secret="yes"', b'Secret="CANARY"')


def exif() -> bytes:
    """EXIF with a camera, a place, a maker's note, a serial number, and a thumbnail of its own."""
    told = Image.Exif()
    told[ExifTags.Base.Make] = "CANARY maker"
    told[ExifTags.Base.Artist] = "CANARY artist"
    told[ExifTags.Base.Copyright] = "CANARY rights"
    told[ExifTags.Base.XPComment] = "CANARY".encode("utf-16-le")
    told[ExifTags.Base.Orientation] = 1
    inner = told.get_ifd(ExifTags.IFD.Exif)
    inner[ExifTags.Base.BodySerialNumber] = "CANARY serial"
    inner[ExifTags.Base.UserComment] = b"ASCII\0\0\0CANARY"
    inner[ExifTags.Base.MakerNote] = b"CANARY maker's note"
    place = told.get_ifd(ExifTags.IFD.GPSInfo)
    place[ExifTags.GPS.GPSLatitude] = (35.0, 0.0, 42.0)
    place[ExifTags.GPS.GPSAreaInformation] = b"ASCII\0\0\0CANARY"
    thumbnail = file(photo(16, 12), "JPEG", comment=b"CANARY small")
    whole = told.tobytes()  # "Exif\0\0" and a TIFF
    return _with_thumbnail(whole, thumbnail)


def _with_thumbnail(whole: bytes, thumbnail: bytes) -> bytes:
    """The EXIF with a second directory behind it, which is what its thumbnail is."""
    tiff = bytearray(whole[6:])
    order = "<" if tiff[:2] == b"II" else ">"
    (first,) = struct.unpack_from(order + "I", tiff, 4)
    (count,) = struct.unpack_from(order + "H", tiff, first)
    begin = len(tiff)
    struct.pack_into(order + "I", tiff, first + 2 + 12 * count, begin)
    fields = (0x0201, 4, 1, begin + 30, 0x0202, 4, 1, len(thumbnail))
    second = struct.pack(order + "HHHIIHHII", 2, *fields) + b"\0\0\0\0"
    return b"Exif\0\0" + bytes(tiff) + second + thumbnail


def iptc() -> bytes:
    """A Photoshop segment with IPTC records."""
    texts = ((80, b"CANARY by-line"), (90, b"CANARY city"), (116, b"CANARY rights"))
    record = b"".join(
        b"\x1c\x02" + struct.pack(">BH", number, len(text)) + text for number, text in texts
    )
    record += b"\0" * (len(record) & 1)
    return b"Photoshop 3.0\x008BIM\x04\x04\0\0" + struct.pack(">I", len(record)) + record


def jpeg() -> bytes:
    """A JPEG with everything, before its picture, within it and behind it."""
    plain = file(photo(96, 64), "JPEG", progressive=True, icc_profile=swapped_profile())
    jfif = bytearray(plain[6:20])
    jfif[12:14] = b"\2\1"  # a thumbnail of two pixels, which are six bytes
    extended = b"http://ns.adobe.com/xmp/extension/\0" + b"0" * 40 + b"<CANARY/>"
    before = [
        (0xE0, bytes(jfif) + WORD),
        (0xE0, b"JFXX\0\x10CANARY"),
        (0xE1, exif()),
        (0xE1, b"Exif\0\0" + WORD),
        (0xE1, b"http://ns.adobe.com/xap/1.0/\0" + _XMP),
        (0xE1, extended),
        (0xE2, b"urn:iso:std:iso:ts:21496:-1\0CANARY"),
        (0xE3, b"META\0CANARY"),
        (0xEB, b"JP\0\1\0\0\0\1CANARY"),
        (0xEC, b"Ducky\0CANARY"),
        (0xED, iptc()),
        (0xEE, b"CANARY, no colour transform"),
        (0xFE, b"CANARY in a comment"),
    ]
    within = jpeg_segment(0xFE, b"CANARY late") + jpeg_segment(0xE9, b"CANARY within")
    scan = plain.rindex(b"\xff\xda")
    told = b"".join(jpeg_segment(marker, payload) for marker, payload in before)
    return plain[:2] + told + plain[20:scan] + within + plain[scan:] + ZIP


def gain_map() -> bytes:
    """A JPEG with a second one behind it, as phones write their gain maps."""
    return phone_jpeg() + WORD


def png() -> bytes:
    """A PNG with text of every kind before and behind its picture, and foreign bytes at the end."""
    plain = file(photo(64, 48), "PNG", icc_profile=swapped_profile())
    before = [
        (b"tEXt", b"Software\0CANARY"),
        (b"zTXt", b"Comment\0\0" + zlib.compress(b"CANARY")),
        (b"iTXt", b"Title\0\0\0\0\0CANARY"),
        (b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + _XMP),
        (b"zTXt", b"Raw profile type iptc\0\0" + zlib.compress(b"\niptc\n6\n43414e415259")),
        (b"caBX", b"CANARY jumbf"),
        (b"sPLT", b"CANARY\0\x08"),
        (b"orNT", WORD),
    ]
    behind = [
        (b"eXIf", exif()[6:]),
        (b"tIME", struct.pack(">HBBBBB", 2024, 5, 6, 7, 8, 9)),
        (b"tEXt", b"Late\0CANARY"),
    ]
    first, last = (b"".join(chunk(*one) for one in some) for some in (before, behind))
    end = plain.rindex(b"IEND") - 4
    return plain[:33] + first + plain[33:end] + last + plain[end:] + ZIP


def webp() -> bytes:
    """A WebP with EXIF, XMP, a profile and chunks that nobody knows."""
    picture = file(photo(64, 48), "WEBP")[12:]
    chunks = (
        webp_canvas(64, 48, 0x2C),
        webp_chunk(b"ICCP", swapped_profile()),
        picture,
        webp_chunk(b"EXIF", exif()[6:]),
        webp_chunk(b"XMP ", _XMP),
        webp_chunk(b"C2PA", WORD),
        webp_chunk(b"note", WORD),
    )
    return webp_of(*chunks) + ZIP


def gif() -> bytes:
    """A GIF with a comment, a text, XMP, an application's block, a full loop block and a tail."""
    plain = file(corners().quantize(8), "GIF")

    def extension(label: int, *blocks: bytes) -> bytes:
        body = b"".join(bytes([len(block)]) + block for block in blocks)
        return b"\x21" + bytes([label]) + body + b"\0"

    told = (
        extension(0xFE, b"CANARY comment")
        + extension(0xFF, b"XMP DataXMP", b"CANARY xmp")
        + extension(0xFF, b"MAKERAPP1.0", b"CANARY")
        + extension(0xFF, b"NETSCAPE2.0", b"\1\0\0", b"CANARY")
        + extension(0x01, b"\0" * 12, b"CANARY text")
    )
    return plain[:GIF_BODY] + told + plain[GIF_BODY:] + ZIP


def avif() -> bytes:
    """An AVIF with EXIF, XMP, a profile, boxes of words at every depth, and a tail."""
    plain = file(photo(64, 48), "AVIF", exif=exif(), xmp=_XMP, icc_profile=swapped_profile())
    box = struct.pack(">I4s", 8 + len(WORD), b"free") + WORD
    user = struct.pack(">I4s", 24 + len(WORD), b"uuid") + b"CANARY of 16 by." + WORD
    return plain + box + user + ZIP


def avif_words() -> bytes:
    """An AVIF whose meta box holds a description and a named item."""
    data = bytearray(file(photo(64, 48), "AVIF"))
    data[data.index(b"Color") : data.index(b"Color") + 5] = b"CANAR"
    return bytes(data)


# name -> how it is made, its format, and fields that `removed` must name among others
_EXIF = {"exif", "exif.Make", "exif.Artist", "exif.Copyright", "exif.BodySerialNumber",
         "exif.UserComment", "exif.MakerNote", "exif.XPComment", "exif.GPSInfo",
         "exif.GPSLatitude", "exif.GPSAreaInformation", "thumbnail"}  # fmt: skip
TELLING: dict[str, tuple[Callable[[], bytes], str, set[str]]] = {
    "JPEG": (jpeg, "jpeg", _EXIF | {
        "xmp", "iptc", "icc", "c2pa", "comment", "trailing", "jpeg.APP2", "jpeg.APP3",
        "jpeg.APP9", "jpeg.APP12", "jpeg.APP14"}),
    "JPEG with a gain map": (gain_map, "jpeg", {"mpf", "trailing"}),
    "PNG": (png, "png", _EXIF | {
        "png.tEXt:Software", "png.zTXt:Comment", "png.iTXt:Title", "xmp", "icc", "c2pa",
        "png.zTXt:Raw profile type iptc", "png.sPLT", "png.orNT", "png.tIME", "png.tEXt:Late",
        "trailing"}),
    "WebP": (webp, "webp", _EXIF | {"icc", "xmp", "c2pa", "webp.note", "trailing"}),
    "GIF": (gif, "gif", {
        "comment", "xmp", "gif.MAKERAPP1.0", "gif.NETSCAPE2.0", "gif.text", "trailing"}),
    # Pillow writes a thumbnail into no AVIF.
    "AVIF": (avif, "avif", _EXIF - {"thumbnail"} | {
        "xmp", "icc", "avif.free", "avif.uuid", "trailing"}),
    "AVIF with words": (avif_words, "avif", {"avif.name"}),
}  # fmt: skip
