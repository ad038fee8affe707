"""The signature of a webhook, as Standard Webhooks 1.0 has it: HMAC-SHA256 by each key."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterable


def signed(keys: Iterable[str], message_id: str, seconds: int, body: bytes) -> dict[str, str]:
    """The headers that prove a message; several keys give several signatures, for rotation."""
    content = f"{message_id}.{seconds}.".encode() + body
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(seconds),
        "webhook-signature": " ".join(f"v1,{_signature(key, content)}" for key in keys),
    }


def _signature(key: str, content: bytes) -> str:
    secret = base64.b64decode(key.removeprefix("whsec_"))
    return base64.b64encode(hmac.digest(secret, content, hashlib.sha256)).decode()
