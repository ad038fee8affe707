"""imajin.verify: what a picture says of its origin, and whether that holds."""

from __future__ import annotations

import time
from typing import Any

from PIL import Image

from workers.cpu_processing.credentials import Credentials
from workers.cpu_processing.credentials_report import summary
from workers.cpu_processing.decode import Limits, open_image
from workers.cpu_processing.steps.colour import to_srgb
from workers.cpu_processing.steps.invisible import FOUND, score
from workers.cpu_processing.xmp import embedded_recipe, packet_of, source_type
from workers.work import Report


def verify(
    data: bytes, declared_type: str | None, limits: Limits, report: Report, credentials: Credentials
) -> dict[str, Any]:
    """The answer of /verify; InvalidImage or ImageTooLarge as for any other picture."""
    began = time.perf_counter()
    report("decode", 0, 1)
    file = open_image(data, limits, declared_type)
    decoded = time.perf_counter()
    report("read", 0, 1)
    xmp = packet_of(file.image)
    found = credentials.read(file)
    width, height = file.image.size
    return {
        "source": {"format": file.format, "width": width, "height": height, "bytes": len(data)},
        "digitalSourceType": source_type(xmp),
        "credentials": None if found is None else summary(found),
        "recipe": embedded_recipe(xmp),
        "invisibleMark": _mark(file.image, credentials.mark_key),
        "timings": {
            "decode": round((decoded - began) * 1000, 1),
            "read": round((time.perf_counter() - decoded) * 1000, 1),
        },
    }


def _mark(image: Image.Image, key: bytes | None) -> dict[str, Any] | None:
    """Whether this service's invisible mark is there; None where it has none."""
    if key is None:
        return None
    found = score(to_srgb(image, None), key)
    return {"found": found >= FOUND, "score": round(found, 1)}
