"""What our content credentials say: that a picture was made by a model, or how it was derived."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from typing import Any

from workers.cpu_processing.xmp import TRAINED

RECIPE_LABEL = "org.imajin.recipe"
PARENT = "parent"  # the ingredient's name within a manifest that is being made
_GENERATOR = "Imajin"


def created(recipe: dict[str, Any]) -> dict[str, Any]:
    """A manifest of a picture just made: the model, the recipe's hash and the time."""
    agent = {"name": str(recipe.get("entry", "")), "version": str(recipe.get("revision") or "")}
    action = {
        "action": "c2pa.created",
        "digitalSourceType": TRAINED,
        "softwareAgent": {name: value for name, value in agent.items() if value},
    }
    told = {"model": agent["name"], "revision": agent["version"], "sha256": recipe_hash(recipe)}
    return _manifest([action], [{"label": RECIPE_LABEL, "data": told}])


def derived(actions: list[dict[str, Any]]) -> dict[str, Any]:
    """A manifest of a picture made out of its parent by these actions."""
    opened = {"action": "c2pa.opened", "parameters": {"org.cai.ingredientIds": [PARENT]}}
    return _manifest([opened, *actions], [])


def actions_of(
    spec: dict[str, Any], source: tuple[int, int], final: tuple[int, int], converted: bool
) -> list[dict[str, Any]]:
    """C2PA's words for what a variant's spec did to its source."""
    words = []
    if "crop" in spec or spec.get("fit") == "cover":
        words.append({"action": "c2pa.cropped"})
    if source != final:
        words.append({"action": "c2pa.resized"})
    mark = spec.get("watermark", {})
    if "text_overlay" in spec:
        words.append({"action": "c2pa.edited", "description": "A text was drawn."})
    if "text" in mark or "image" in mark:
        words.append({"action": "c2pa.edited", "description": "A watermark was laid over."})
    if mark.get("invisible"):
        words.append({"action": "c2pa.watermarked.unbound"})
    words.append({"action": "c2pa.converted" if converted else "c2pa.transcoded"})
    return words


def recipe_hash(recipe: dict[str, Any]) -> str:
    """SHA-256 of a recipe as JSON with sorted keys and no spaces."""
    text = json.dumps(recipe, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _manifest(actions: list[dict[str, Any]], more: list[dict[str, Any]]) -> dict[str, Any]:
    now = f"{datetime.now(UTC):%FT%TZ}"
    data = {"actions": [action | {"when": now} for action in actions]}
    return {
        "claim_version": 2,
        "claim_generator_info": [{"name": _GENERATOR}],
        "assertions": [{"label": "c2pa.actions.v2", "data": data}, *more],
    }
