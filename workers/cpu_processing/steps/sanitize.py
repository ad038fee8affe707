"""Take metadata out, keep what was asked for, and prove that nothing else is left."""

from __future__ import annotations

import io
from dataclasses import dataclass

from PIL import ExifTags, Image, ImageCms, IptcImagePlugin

from app.contracts.errors import InternalError
from workers.cpu_processing.decode import BROKEN, Decoded
from workers.cpu_processing.metadata import inventory, read_exif
from workers.cpu_processing.steps.colour import keeps_profile
from workers.cpu_processing.xmp import packet, packet_of, source_type

_LONGEST = 1000  # characters of a kept text
_ARTIST, _COPYRIGHT = int(ExifTags.Base.Artist), int(ExifTags.Base.Copyright)
_IPTC = {_ARTIST: (2, 80), _COPYRIGHT: (2, 116)}


@dataclass(frozen=True)
class Kept:
    """Metadata to be written anew: EXIF with nothing but artist and copyright, ICC, XMP."""

    exif: bytes = b""
    icc: bytes = b""
    xmp: bytes = b""
    names: frozenset[str] = frozenset()


def choose_kept(file: Decoded, keep: list[str]) -> Kept:
    """What stays of a file's metadata; `keep` holds copyright, provenance, icc or none of them."""
    exif, names = _copyright(file) if "copyright" in keep else (b"", set())
    xmp = _provenance(file) if "provenance" in keep else b""
    icc = _profile(file.image) if "icc" in keep and keeps_profile(file.image) else b""
    names |= {name for name, value in (("xmp", xmp), ("icc", icc)) if value}
    return Kept(exif, icc, xmp, frozenset(names))


def removed(file: Decoded, kept: Kept) -> list[str]:
    """The name of each field that was in the file and does not stay."""
    return [name for name in inventory(file) if name not in kept.names]


def prove_clean(data: bytes, form: str, size: tuple[int, int], kept: Kept) -> None:
    """Open an encoded file again; InternalError unless it is the picture and nothing else."""
    with Image.open(io.BytesIO(data), formats=[form.upper()]) as image:
        left = set(inventory(Decoded(form, image, data))) - kept.names
        if left or image.size != size:
            raise InternalError(
                "A picture was not clean after encoding and was not given out.",
                {"left": sorted(left)},
            )


def _copyright(file: Decoded) -> tuple[bytes, set[str]]:
    found = read_exif(file.image)
    iptc = _iptc(file.image)
    kept, names = Image.Exif(), set[str]()
    for tag in (_ARTIST, _COPYRIGHT):
        text = str(found.get(tag) or iptc.get(tag) or "").replace("\0", " ").strip()[:_LONGEST]
        if text:
            kept[tag] = text
            names |= {"exif", f"exif.{ExifTags.TAGS[tag]}"}
    return (kept.tobytes(), names) if names else (b"", names)


def _iptc(image: Image.Image) -> dict[int, str]:
    """Artist and copyright as IPTC records hold them, by EXIF tag."""
    try:
        records = IptcImagePlugin.getiptcinfo(image) or {}  # type: ignore[arg-type]
    except BROKEN:
        return {}
    values = {tag: records.get(record) for tag, record in _IPTC.items()}
    firsts = {tag: value[0] if isinstance(value, list) else value for tag, value in values.items()}
    return {
        tag: value.decode("utf-8", "replace")
        for tag, value in firsts.items()
        if isinstance(value, bytes)
    }


def _profile(image: Image.Image) -> bytes:
    """The file's ICC profile without what lies behind its end, empty where it cannot be read."""
    icc = bytes(image.info.get("icc_profile") or b"")
    try:
        ImageCms.ImageCmsProfile(io.BytesIO(icc))
    except BROKEN:
        return b""
    return icc[: int.from_bytes(icc[:4], "big")]


def _provenance(file: Decoded) -> bytes:
    """A fresh XMP packet with the file's IPTC digital source type, empty where it has none."""
    found = source_type(packet_of(file.image))
    return packet(found) if found else b""
