"""Which metadata a file carries, field by field."""

from __future__ import annotations

import re
import struct
import warnings
from collections.abc import Iterator

from PIL import ExifTags, Image

from workers.cpu_processing.containers import PARTS, Part, content_end
from workers.cpu_processing.decode import BROKEN, Decoded

_PNG_PICTURE = re.compile(
    "IHDR|PLTE|IDAT|IEND|tRNS|gAMA|cHRM|sRGB|bKGD|pHYs|sBIT|hIST|cICP|acTL|fcTL|fdAT"
)
_PNG_KNOWN = {"eXIf": "exif", "iCCP": "icc", "caBX": "c2pa"}
_WEBP_PICTURE = frozenset(("VP8 ", "VP8L", "VP8X", "ALPH", "ANIM", "ANMF"))
_WEBP_KNOWN = {"EXIF": "exif", "XMP ": "xmp", "ICCP": "icc", "C2PA": "c2pa"}
_AVIF_PICTURE = frozenset(("ftyp", "meta", "mdat", "moov", "free", "skip"))
_C2PA_UUID = bytes.fromhex("d8fec3d61b0e483c92975828877ec481")
_JPEG_KNOWN = (
    ("e0", b"JFXX", "thumbnail"),
    ("e1", b"Exif\0", "exif"),
    ("e1", b"http://ns.adobe.com/", "xmp"),
    ("e2", b"ICC_PROFILE\0", "icc"),
    ("e2", b"MPF\0", "mpf"),
    ("eb", b"JP", "c2pa"),
    ("fe", b"", "comment"),
)
_GIF_KNOWN = {b"XMP DataXMP": "xmp", b"ICCRGBG1012": "icc", b"C2PA_GIF\x01\x00\x00": "c2pa"}
_GIF_LOOPS = (b"NETSCAPE2.0", b"ANIMEXTS1.0")
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
    within them follow a dot (exif.Make), PNG text is png.<chunk>:<key>.
    """
    names = list(_container_names(file.data, file.format))
    if file.format == "avif":
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
        for part in PARTS[form](data):
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
    if part.kind in ("e0", "ee") or not part.kind.startswith("e"):
        return None  # JFIF and Adobe's colour transform belong to the picture
    return f"jpeg.APP{int(part.kind[1], 16)}"


def _webp(data: bytes, part: Part) -> str | None:
    if part.kind in _WEBP_PICTURE:
        return None
    return _WEBP_KNOWN.get(part.kind, f"webp.{part.kind.strip()}")


def _gif(data: bytes, part: Part) -> str | None:
    if part.kind == "ext.fe":
        return "comment"
    if part.kind == "ext.01":
        return "gif.text"
    name = data[part.start + 3 : part.start + 14]
    if part.kind != "ext.ff" or name in _GIF_LOOPS:
        return None
    return _GIF_KNOWN.get(name, f"gif.{name.decode('latin-1').strip()}")


def _avif(data: bytes, part: Part) -> str | None:
    if part.kind in _AVIF_PICTURE:
        return None
    known = part.kind == "uuid" and data[part.start : part.start + 16] == _C2PA_UUID
    return "c2pa" if known else f"avif.{part.kind}"


def _exif_names(exif: Image.Exif) -> list[str]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tags = [*exif, *exif.get_ifd(ExifTags.IFD.Exif)]
            gps = exif.get_ifd(ExifTags.IFD.GPSInfo)
            thumbnail = exif.get_ifd(ExifTags.IFD.IFD1)
    except BROKEN:
        return []
    names = [f"exif.{ExifTags.TAGS.get(tag, hex(tag))}" for tag in tags if tag not in _POINTERS]
    return names + ["exif.GPSInfo"] * bool(gps) + ["thumbnail"] * bool(thumbnail)
