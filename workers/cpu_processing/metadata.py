"""Which metadata a file carries, field by field."""

from __future__ import annotations

import re
import struct
import warnings
from collections.abc import Iterator

from PIL import ExifTags, Image

from workers.cpu_processing.avif import inside, items
from workers.cpu_processing.containers import Part, content_end, parts, webp_chunks
from workers.cpu_processing.decode import BROKEN, Decoded

_PNG_PICTURE = re.compile(
    "IHDR|PLTE|IDAT|IEND|tRNS|gAMA|cHRM|sRGB|bKGD|pHYs|sBIT|hIST|cICP|acTL|fcTL|fdAT"
)
_PNG_KNOWN = {"eXIf": "exif", "iCCP": "icc", "caBX": "c2pa"}
_WEBP_PICTURE = frozenset(("VP8 ", "VP8L", "VP8X", "ALPH", "ANIM", "ANMF"))
_WEBP_KNOWN = {"EXIF": "exif", "XMP ": "xmp", "ICCP": "icc", "C2PA": "c2pa"}
_AVIF_PICTURE = frozenset(("ftyp", "meta", "mdat", "moov"))
_AVIF_ITEMS = {"Exif": "exif", "av01": None, "grid": None, "iden": None, "iovl": None}
_AVIF_OWN = frozenset((b"", b"Color", b"Alpha", b"Exif", b"XMP"))  # names that libavif gives
_AVIF_TEXTS = {  # boxes deeper down that hold words, by where they may stand
    "meta": ("udta", "xml ", "bxml", "uuid", "free", "skip"),
    "meta/iprp/ipco": ("udes", "altt", "uuid", "free", "skip"),
    "moov": ("udta", "meta", "uuid", "free", "skip"),
    "moov/trak": ("udta", "meta", "uuid", "free", "skip"),
}
_C2PA_UUID = bytes.fromhex("d8fec3d61b0e483c92975828877ec481")
_JFIF, _ADOBE = 14, 12  # bytes of these segments where nothing more is in them
_JPEG_KNOWN = (
    ("e0", b"JFXX\0", "thumbnail"),
    ("e1", b"Exif\0", "exif"),
    ("e1", b"http://ns.adobe.com/", "xmp"),
    ("e2", b"ICC_PROFILE\0", "icc"),
    ("e2", b"MPF\0", "mpf"),
    ("eb", b"JP", "c2pa"),
    ("fe", b"", "comment"),
)
_GIF_KNOWN = {b"XMP DataXMP": "xmp", b"ICCRGBG1012": "icc", b"C2PA_GIF\x01\x00\x00": "c2pa"}
_GIF_LOOPS = (b"NETSCAPE2.0", b"ANIMEXTS1.0")
_GIF_LOOP = 19  # bytes of a loop extension with nothing more in it
_POINTERS = frozenset((ExifTags.IFD.Exif, ExifTags.IFD.GPSInfo, ExifTags.IFD.Interop))


def read_exif(image: Image.Image) -> Image.Exif:
    """The picture's EXIF, empty where there is none or where it is beyond reading."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            exif = image.getexif()
            dict(exif)
            return exif
    except BROKEN:
        return Image.Exif()


def inventory(file: Decoded) -> list[str]:
    """The name of each metadata field in the file, each once, in the file's order.

    Blocks are exif, xmp, iptc, icc, c2pa, comment, thumbnail, photoshop and trailing; fields
    within them follow a dot (exif.Make, exif.GPSLatitude), PNG text is png.<chunk>:<key>.
    """
    names = list(_container_names(file.data, file.format))
    if file.format == "avif":
        names += _avif_inner(file.data)
        known = (("exif", "exif"), ("xmp", "xmp"), ("icc_profile", "icc"))
        names += [name for key, name in known if file.image.info.get(key)]
    exif = _exif_names(read_exif(file.image))
    if exif and "exif" not in names and "xmp" not in names:
        names.append("exif")
    if "exif" in names:
        names += exif
    return list(dict.fromkeys(names))


def _container_names(data: bytes, form: str) -> Iterator[str]:
    try:
        for part in parts(data, form):
            if name := part_name(data, form, part):
                yield name
    except (struct.error, IndexError):
        return  # the picture was whole; what is cut off behind it is not read
    if content_end(data, form) < len(data):
        yield "trailing"


def part_name(data: bytes, form: str, part: Part) -> str | None:
    """The metadata field that a part of a file is, None for what belongs to the picture."""
    return {"png": _png, "jpeg": _jpeg, "webp": _webp, "gif": _gif, "avif": _avif}[form](data, part)


def _png(data: bytes, part: Part) -> str | None:
    if _PNG_PICTURE.fullmatch(part.kind):
        return None
    if part.kind in ("tEXt", "zTXt", "iTXt"):
        key = data[part.start : part.end].split(b"\0", 1)[0][:79].decode("latin-1")
        return "xmp" if key == "XML:com.adobe.xmp" else f"png.{part.kind}:{key}"
    return _PNG_KNOWN.get(part.kind, f"png.{part.kind}")


def _jpeg(data: bytes, part: Part) -> str | None:
    begin = data[part.start : part.start + 40]
    for kind, magic, name in _JPEG_KNOWN:
        if part.kind == kind and begin.startswith(magic):
            return name
    if part.kind == "ed":
        return "iptc" if b"8BIM\x04\x04" in data[part.start : part.end] else "photoshop"
    if part.kind == "e0" and begin.startswith(b"JFIF\0"):
        return "thumbnail" if part.end - part.start > _JFIF else None
    if part.kind == "ee" and begin.startswith(b"Adobe") and part.end - part.start <= _ADOBE:
        return None  # Adobe's colour transform belongs to the picture, as JFIF does
    if part.kind[0] == "e":
        return f"jpeg.APP{int(part.kind[1], 16)}"
    return None if part.kind[0] in "cd" or part.kind == "01" else f"jpeg.{part.kind}"


def _webp(data: bytes, part: Part) -> str | None:
    if part.kind == "ANMF":  # 16 bytes on the frame, then chunks of its own
        nested = webp_chunks(data, part.start + 16, part.end)
        return next((name for one in nested if (name := _webp(data, one))), None)
    if part.kind in _WEBP_PICTURE:
        return None
    return _WEBP_KNOWN.get(part.kind, f"webp.{part.kind.strip()}")


def _gif(data: bytes, part: Part) -> str | None:
    if part.kind == "ext.fe":
        return "comment"
    if part.kind == "ext.01":
        return "gif.text"
    name = data[part.start + 3 : part.start + 14]
    loops = name in _GIF_LOOPS and part.end - part.start <= _GIF_LOOP
    if part.kind != "ext.ff" or loops:
        return None if part.kind in ("ext.ff", "ext.f9", "frame", "end") else f"gif.{part.kind}"
    return _GIF_KNOWN.get(name, f"gif.{name.decode('latin-1').strip()}")


def _avif(data: bytes, part: Part) -> str | None:
    if part.kind in _AVIF_PICTURE:
        return None
    known = part.kind == "uuid" and data[part.start : part.start + 16] == _C2PA_UUID
    return "c2pa" if known else _avif_box(data, part)


def _avif_box(data: bytes, part: Part) -> str | None:
    """The name of a box that holds something; a free one may be nothing but room."""
    if part.kind in ("free", "skip") and not data[part.start : part.end].strip(b"\0"):
        return None
    return f"avif.{part.kind.strip()}"


def _avif_inner(data: bytes) -> Iterator[str]:
    """What lies in the items and the deeper boxes of an AVIF."""
    try:
        for item in items(data):
            if item.type == "mime" and item.content_type == b"application/rdf+xml":
                yield "xmp"
            elif name := _AVIF_ITEMS.get(item.type, f"avif.{item.type.strip()}"):
                yield name
            if item.name not in _AVIF_OWN:
                yield "avif.name"
        for path, kinds in _AVIF_TEXTS.items():
            for part in inside(data, path):
                if part.kind in kinds and (text := _avif_box(data, part)):
                    yield text
        for part in inside(data, "meta/iref"):
            if part.kind == "thmb":
                yield "thumbnail"
    except IndexError:
        return


def _exif_names(exif: Image.Exif) -> list[str]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tags = [*exif, *exif.get_ifd(ExifTags.IFD.Exif), *exif.get_ifd(ExifTags.IFD.Interop)]
            places = exif.get_ifd(ExifTags.IFD.GPSInfo)
            thumbnail = exif.get_ifd(ExifTags.IFD.IFD1)
    except BROKEN:
        return []
    names = [f"exif.{ExifTags.TAGS.get(tag, hex(tag))}" for tag in tags if tag not in _POINTERS]
    if places:
        names.append("exif.GPSInfo")
        names += [f"exif.{ExifTags.GPSTAGS.get(tag, hex(tag))}" for tag in places]
    return names + ["thumbnail"] * bool(thumbnail)
