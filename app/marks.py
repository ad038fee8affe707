"""Whether this service offers the invisible mark that a request asks for."""

from __future__ import annotations

from typing import Any

from app.contracts.errors import InvalidRequest
from config.settings import Settings


def check_offered(request: dict[str, Any], settings: Settings) -> None:
    """InvalidRequest where an invisible mark is asked for and no key for one is set."""
    if settings.mark_key is not None:
        return
    listed = enumerate(request.get("variants") or [])
    asked = [("", request), *((f"variants.{number}.", variant) for number, variant in listed)]
    for path, spec in asked:
        if spec.get("watermark", {}).get("invisible"):
            field = f"{path}watermark.invisible"
            sentence = "This service offers no invisible mark: IMAJIN_MARK_KEY is not set."
            raise InvalidRequest(sentence, {field: [sentence]})
