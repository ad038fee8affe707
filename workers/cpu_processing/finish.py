"""The last step of a generation: moderation, overlay, watermark and encoding of raw pictures."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

from PIL import Image

from app.contracts.blobs import BlobRef
from app.contracts.schemas.wire import camel
from workers.cpu_processing.credentials import Credentials
from workers.cpu_processing.decode import Limits, read_ppm
from workers.cpu_processing.moderation import PromptRules, moderate
from workers.cpu_processing.pipeline import read_mark
from workers.cpu_processing.seal import origin, recipe_of, sign_created
from workers.cpu_processing.steps.encode import MEDIA_TYPES, encode
from workers.cpu_processing.steps.overlay import Overlay, overlay
from workers.cpu_processing.steps.watermark import watermark
from workers.work import Work


def finish(
    work: Work, limits: Limits, rules: PromptRules, credentials: Credentials
) -> dict[str, Any]:
    """The generation's result: every picture encoded and stored, with how it was made."""
    began = time.perf_counter()
    payload, options = work.payload, work.payload["options"]
    timings: dict[str, float] = dict(payload["timings"])
    with _timed(timings, "moderate"):
        work.report("moderate", 0, 1)
        verdict = moderate(rules, payload["recipe"], options)
    entries = payload["images"]
    pictures = [read_ppm(work.blobs.get(BlobRef.from_json(entry["blob"]))) for entry in entries]
    if "text_overlay" in options:
        want = Overlay.from_payload(options["text_overlay"])
        with _timed(timings, "overlay"):
            pictures = _each(work, "overlay", pictures, lambda picture: overlay(picture, want))
    if "watermark" in options:
        fetch, key = partial(_bytes, work), credentials.mark_key
        mark = read_mark(options["watermark"], limits, fetch, key)
        with _timed(timings, "watermark"):
            pictures = _each(work, "watermark", pictures, lambda one: watermark(one, mark))
    with _timed(timings, "encode"):
        images = [
            _encoded(work, picture, entry, number, verdict, credentials)
            for number, (picture, entry) in enumerate(zip(pictures, entries, strict=True))
        ]
    timings["finish"] = round((time.perf_counter() - began) * 1000, 1)
    return {
        "images": images,
        "recipe": wire_recipe(payload["recipe"]),
        "adjustments": payload["adjustments"],
        "timings": timings,
    }


def wire_recipe(recipe: dict[str, Any]) -> dict[str, Any]:
    """The recipe in the case of the wire."""
    return {camel(name): value for name, value in recipe.items()}


def _encoded(
    work: Work,
    picture: Image.Image,
    entry: dict[str, Any],
    number: int,
    verdict: dict[str, Any] | None,
    credentials: Credentials,
) -> dict[str, Any]:
    options = work.payload["options"]
    work.report("encode", number, len(work.payload["images"]))
    recipe = recipe_of(work.payload["recipe"], entry["seed"])
    kept = origin(recipe if options.get("embed_recipe") else None)
    file = encode(picture, options.get("format", "png"), options.get("quality"), kept=kept)
    file = sign_created(file, picture.size, recipe, kept, credentials)
    blob = work.blobs.put(file.data, MEDIA_TYPES[file.format])
    image = {"blob": blob.as_json(), "format": file.format, "seed": entry["seed"]}
    image |= {"width": picture.width, "height": picture.height}
    return image if verdict is None else image | {"moderation": verdict}


def _each(
    work: Work,
    stage: str,
    pictures: list[Image.Image],
    step: Callable[[Image.Image], Image.Image],
) -> list[Image.Image]:
    done = []
    for number, picture in enumerate(pictures):
        work.report(stage, number, len(pictures))
        done.append(step(picture))
    return done


def _bytes(work: Work, ref: dict[str, Any]) -> bytes:
    return work.blobs.get(BlobRef.from_json(ref))


@contextmanager
def _timed(timings: dict[str, float], stage: str) -> Iterator[None]:
    began = time.perf_counter()
    yield
    timings[stage] = round((time.perf_counter() - began) * 1000, 1)
