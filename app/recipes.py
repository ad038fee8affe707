"""From a generate request to a payload that leaves nothing open and so can be repeated."""

from __future__ import annotations

import secrets
from typing import Any

from app import base64_images
from app.contracts.blobs import BlobStore
from app.contracts.errors import InvalidRequest, ModelNotFound, ModerationBlocked
from app.contracts.schedulers import SCHEDULER_NAMES
from app.contracts.schemas.wire import MAX_SEED
from config.catalog import Catalog, ImageModel
from config.moderation import WordRules

_OPTIONS = ("format", "quality", "text_overlay", "watermark", "moderation", "embed_recipe")


def new_seed() -> int:
    """A seed nobody chose."""
    return secrets.randbelow(MAX_SEED + 1)


def generate_payload(
    request: dict[str, Any], catalog: Catalog, rules: WordRules, blobs: BlobStore
) -> dict[str, Any]:
    """Resolve model, size, sampler and seed; refuse what the model cannot do.

    Raises ModelNotFound, InvalidRequest, InvalidImage, ModerationBlocked or StorageFull.
    """
    entry_id, entry = _entry(request["model"], catalog)
    recipe = _recipe(request, entry_id, entry)
    _check(recipe, entry)
    _moderate(request, rules)
    options = {name: request[name] for name in _OPTIONS if name in request}
    if options["format"] == "png" and "quality" in options:
        raise _refused("quality", "PNG is lossless and has no quality; ask for webp.")
    if "watermark" in options:
        options["watermark"] = store_watermark(options["watermark"], blobs)
    return {
        "recipe": recipe,
        "options": options,
        "allow_downgrade": request["allow_downgrade"],
    }


def store_watermark(watermark: dict[str, Any], blobs: BlobStore) -> dict[str, Any]:
    """The watermark with its image, if it has one, in the blob store."""
    if "image" not in watermark:
        return watermark
    sent = base64_images.decode(watermark["image"])
    ref = blobs.put(sent.data, sent.declared_type or "application/octet-stream")
    return watermark | {"image": ref.as_json()}


def _entry(name: str, catalog: Catalog) -> tuple[str, ImageModel]:
    try:
        return catalog.image(name)
    except KeyError as error:
        names = catalog.image_names()
        sentence = f"There is no model {name!r} here; ask for one of {', '.join(names)}."
        raise ModelNotFound(sentence, {"model": name, "available": names}) from error


def _recipe(request: dict[str, Any], entry_id: str, entry: ImageModel) -> dict[str, Any]:
    defaults = entry.defaults
    return {
        "name": request.get("name"),
        "prompt": request["prompt"],
        "negative_prompt": request["negative_prompt"],
        "model": request["model"],
        "entry": entry_id,
        "style": request["model"] if request["model"] in entry.styles else entry.styles[0],
        "width": request.get("width", defaults.width),
        "height": request.get("height", defaults.height),
        "steps": request.get("steps", defaults.steps),
        "guidance_scale": request.get("guidance_scale", defaults.guidance_scale),
        "scheduler": request.get("scheduler", defaults.scheduler),
        "seed": request.get("seed", new_seed()),
        "num_images": request["num_images"],
    }


def _check(recipe: dict[str, Any], entry: ImageModel) -> None:
    for side in ("width", "height"):
        if recipe[side] % entry.multiple or recipe[side] < entry.min_side:
            sentence = (
                f"{recipe['entry']} takes multiples of {entry.multiple} from {entry.min_side} up."
            )
            raise _refused(side, sentence)
    if recipe["width"] * recipe["height"] > entry.max_pixels:
        sentence = f"{recipe['entry']} takes at most {entry.max_pixels} pixels in all."
        raise _refused("width", sentence)
    if recipe["scheduler"] not in SCHEDULER_NAMES:
        raise _refused("scheduler", f"Ask for one of {', '.join(SCHEDULER_NAMES)}.")


def _moderate(request: dict[str, Any], rules: WordRules) -> None:
    """Refuse a blocked prompt before it costs any GPU time."""
    if request.get("moderation", {}).get("mode") != "block":
        return
    drawn = [request.get(name, {}).get("text", "") for name in ("text_overlay", "watermark")]
    found = rules.objections(request["prompt"], *drawn)
    if rules.grave(found):
        details = {"stage": "prompt", "categories": found}
        raise ModerationBlocked("The moderation rules refuse this prompt.", details)


def _refused(field: str, sentence: str) -> InvalidRequest:
    return InvalidRequest(f"The request was refused; see details: {field}.", {field: [sentence]})
