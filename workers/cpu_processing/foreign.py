"""What bytes are that are no allowed picture, so that a refusal can name them."""

from __future__ import annotations

import re

_MAGICS = (
    (b"II*\0", "a TIFF"),
    (b"MM\0*", "a TIFF"),
    (b"II+\0", "a TIFF"),
    (b"MM\0+", "a TIFF"),
    (b"BM", "a BMP"),
    (b"\0\0\1\0", "an icon (ICO)"),
    (b"\0\0\2\0", "a cursor (CUR)"),
    (b"8BPS", "a Photoshop file"),
    (b"%PDF", "a PDF"),
    (b"%!PS", "PostScript"),
    (b"\xc5\xd0\xd3\xc6", "PostScript"),
    (b"PK\3\4", "a ZIP archive"),
    (b"\x1f\x8b", "gzip"),
    (b"\0\0\0\x0cjP  ", "a JPEG 2000"),
    (b"\xff\x4f\xff\x51", "a JPEG 2000"),
    (b"\xff\x0a", "a JPEG XL"),
    (b"\0\0\0\x0cJXL ", "a JPEG XL"),
    (b"RIFF", "a RIFF file that is no WebP"),
    (b"\x8aMNG", "an MNG"),
    (b"\x1aE\xdf\xa3", "a Matroska or WebM video"),
    (b"data:", "a data URI inside base64: encode once"),
)
_TEXTS = (
    (re.compile(rb"\s*(<\?xml[^>]*>|<!--.*?-->|<!doctype svg[^>]*>|\s)*<svg\b", re.I | re.S),
     "an SVG"),
    (re.compile(rb"\s*<(!doctype html|html|script|body)\b", re.I), "HTML"),
    (re.compile(rb"\s*<\?(php|xml)", re.I), "a script or XML"),
    (re.compile(rb"P[1-7]\s"), "a PNM"),
    (re.compile(rb"[A-Za-z0-9+/_-]{24,}={0,2}\s*"), "base64 text: encode once"),
)  # fmt: skip
_BRANDS = {b"hei": "a HEIC", b"hev": "a HEIC", b"mif": "a HEIF", b"msf": "a HEIF"}


def name_of(data: bytes) -> str | None:
    """What a file looks like by its beginning, with its article; None where nothing is known."""
    start = data[:400].removeprefix(b"\xef\xbb\xbf")
    if start[4:8] == b"ftyp":
        return _BRANDS.get(start[8:11], "a video or another ISO media file")
    for magic, name in _MAGICS:
        if start.startswith(magic):
            return name
    for pattern, name in _TEXTS:
        if pattern.match(start):
            return name
    return None
