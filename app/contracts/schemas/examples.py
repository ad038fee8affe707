"""A request for each kind of work that is taken as it stands: what /docs sends by "Try it out"."""

from __future__ import annotations

from typing import Any

_PICTURE = {
    "imageData": "iVBORw0KGgoAAAANSUhEUgAAACAAAAAgCAIAAAD8GO2jAAAAL0lEQVR42mM8Mc2GgZaA5d9fhlELRi0Y"
    "tWDUglELRi0YtWDUglELRi0YtWBIWAAAX/Y/ff1yaoQAAAAASUVORK5CYII="
}
EXAMPLES: dict[str, dict[str, Any]] = {
    "AnalyzeRequest": {"description": "a bustling Marrakesh market at dusk", "category": "market"},
    "GenerateRequest": {"prompt": "a torii at dawn", "seed": 7},
    "DerivativesRequest": _PICTURE | {"variants": [{"name": "thumb", "width": 16}]},
    "SanitizeRequest": _PICTURE | {"keep": ["copyright"]},
    "TransformRequest": _PICTURE | {"width": 16},
    "ConvertRequest": _PICTURE | {"format": "webp"},
    "OptimizeRequest": _PICTURE | {"quality": 60},
    "VerifyRequest": dict(_PICTURE),
}
