"""Pictures as requests hold them and answers give them."""

from __future__ import annotations

import base64
from typing import Any

from PIL import Image

from tests.pictures import file, opened, photo


def as_text(data: bytes) -> str:
    """Bytes as the base64 that a request holds."""
    return base64.b64encode(data).decode("ascii")


def as_bytes(text: str) -> bytes:
    """The bytes of an answer's base64."""
    return base64.b64decode(text, validate=True)


def as_picture(text: str) -> Image.Image:
    """The picture in an answer's base64, decoded whole."""
    return opened(as_bytes(text))


def slow_request(variants: int = 5) -> dict[str, Any]:
    """A derivatives request that keeps a worker busy for half a second or more a variant.

    Each is encoded up to seven times in search of its size.
    """
    wanted = [
        {"name": f"v{number}", "width": 1600 - 7 * number, "format": "avif"}
        | {"quality": {"maxBytes": 60_000}}
        for number in range(variants)
    ]
    return {"imageData": as_text(file(photo(2000, 1500), "JPEG", quality=85)), "variants": wanted}


def quick_request() -> dict[str, Any]:
    """A derivatives request that is done at once."""
    wanted = [{"name": "small", "width": 32, "format": "png"}]
    return {"imageData": as_text(file(photo(64, 48))), "variants": wanted}
