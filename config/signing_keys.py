"""The keys that sign webhooks, as Standard Webhooks writes them: whsec_ and base64."""

from __future__ import annotations

import base64
import binascii

PREFIX = "whsec_"


def signing_keys(text: str) -> tuple[str, ...]:
    """The keys of a list with commas; ValueError, without the text, where one is none."""
    keys = tuple(key.strip() for key in text.split(","))
    for key in keys:
        try:
            length = len(base64.b64decode(key.removeprefix(PREFIX), validate=True))
        except (binascii.Error, ValueError):
            length = 0
        if not key.startswith(PREFIX) or not 24 <= length <= 64:
            raise ValueError("each key is whsec_ and the base64 of 24 to 64 random bytes") from None
    return keys
