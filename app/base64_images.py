"""Base64 at the gateway's edge: the only place where it becomes bytes."""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass

from app.contracts.errors import InvalidImage

_DATA_URI = re.compile(r"data:(?P<type>[a-z]+/[a-z0-9.+-]+);base64,", re.IGNORECASE)
TYPES = {"image/png", "image/jpeg", "image/webp", "image/avif", "image/gif"}


@dataclass(frozen=True)
class SentImage:
    """Image bytes as a client sent them, with the media type it declared, if any."""

    data: bytes
    declared_type: str | None


def decode(text: str) -> SentImage:
    """Decode base64 (RFC 4648 section 4) or a data URI (RFC 2397); InvalidImage says why not."""
    declared = None
    if text[:5].lower() == "data:":
        match = _DATA_URI.match(text[:128])
        if match is None or match["type"].lower() not in TYPES:
            reason = "a data URI must start with data:image/(png|jpeg|webp|avif|gif);base64,"
            raise _invalid(reason)
        declared, text = match["type"].lower(), text[match.end() :]
    try:
        data = base64.b64decode(text.encode("ascii"), validate=True)
    except UnicodeEncodeError as error:
        raise _invalid("not base64: it holds characters outside ASCII") from error
    except binascii.Error as error:
        raise _invalid(f"not base64: {str(error).lower()}") from error
    if not data:
        raise _invalid("the image is empty")
    return SentImage(data, declared)


def encode(data: bytes) -> str:
    """Bytes as base64 text."""
    return base64.b64encode(data).decode("ascii")


def _invalid(reason: str) -> InvalidImage:
    return InvalidImage(f"The image cannot be read: {reason}.", {"reason": reason})
