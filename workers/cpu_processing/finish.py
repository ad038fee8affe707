"""The last step of a generation: moderation, overlay, watermark and encoding of raw pictures."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

from PIL import Image

from app.contracts.blobs import BlobRef
from app.contracts.schemas.wire import camel
from workers.cpu_processing.credentials import Credentials
from workers.cpu_processing.decode import Limits, read_ppm
from workers.cpu_processing.moderation import Moderator, Verdict, blocked, mode_of
from workers.cpu_processing.pipeline import read_mark
from workers.cpu_processing.seal import origin, recipe_of, sign_created
from workers.cpu_processing.steps.blur import blur
from workers.cpu_processing.steps.encode import MEDIA_TYPES, encode
from workers.cpu_processing.steps.overlay import Overlay, overlay
from workers.cpu_processing.steps.watermark import watermark
from workers.work import Work


def finish(
    work: Work, limits: Limits, moderator: Moderator, credentials: Credentials
) -> dict[str, Any]:
    """The generation's result: every picture encoded and stored, with how it was made.

    A picture that moderation withholds has its verdict and an error in place of a file; raises
    ModerationBlocked where the prompt is refused or all pictures are withheld.
    """
    began = time.perf_counter()
    payload, options = work.payload, work.payload["options"]
    timings: dict[str, float] = dict(payload["timings"])
    entries = payload["images"]
    with _timed(timings, "moderate"):
        drafts = _judged(work, moderator)
    if "text_overlay" in options:
        want = Overlay.from_payload(options["text_overlay"])
        with _timed(timings, "overlay"):
            _each(work, "overlay", drafts, lambda picture: overlay(picture, want))
    if "watermark" in options:
        fetch, key = partial(_bytes, work), credentials.mark_key
        mark = read_mark(options["watermark"], limits, fetch, key)
        with _timed(timings, "watermark"):
            _each(work, "watermark", drafts, lambda one: watermark(one, mark))
    with _timed(timings, "encode"):
        images = [
            _finished(work, draft, entry, number, credentials)
            for number, (draft, entry) in enumerate(zip(drafts, entries, strict=True))
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


@dataclass
class _Draft:
    """A picture on its way, None once it is withheld, and the verdict on it."""

    picture: Image.Image | None
    verdict: Verdict | None


def _judged(work: Work, moderator: Moderator) -> list[_Draft]:
    payload, options = work.payload, work.payload["options"]
    count = len(payload["images"])
    work.report("moderate", 0, count)
    found = moderator.prompt(payload["recipe"], options)
    drafts = []
    for number, entry in enumerate(payload["images"]):
        if number:
            work.report("moderate", number, count)
        picture = read_ppm(_bytes(work, entry["blob"]))
        verdict = moderator.picture(picture, found, mode_of(options))
        withheld = verdict is not None and verdict.action == "blocked"
        drafts.append(_Draft(None if withheld else picture, verdict))
    if all(draft.picture is None for draft in drafts):
        raise blocked(*(draft.verdict for draft in drafts if draft.verdict))
    return drafts


def _finished(
    work: Work, draft: _Draft, entry: dict[str, Any], number: int, credentials: Credentials
) -> dict[str, Any]:
    options = work.payload["options"]
    work.report("encode", number, len(work.payload["images"]))
    form = options.get("format", "png")
    verdict = {"moderation": draft.verdict.as_json()} if draft.verdict else {}
    image = {"format": form, "seed": entry["seed"]}
    if draft.picture is None:
        assert draft.verdict  # noqa: S101  nothing else withholds a picture
        size = {"width": entry["width"], "height": entry["height"]}
        return image | size | verdict | {"error": blocked(draft.verdict).as_json()}
    # Last, so that what was drawn onto the picture cannot be read either.
    shut = draft.verdict is not None and draft.verdict.action == "blurred"
    picture = blur(draft.picture) if shut else draft.picture
    recipe = recipe_of(work.payload["recipe"], entry["seed"])
    kept = origin(recipe if options.get("embed_recipe") else None)
    file = encode(picture, form, options.get("quality"), kept=kept)
    file = sign_created(file, picture.size, recipe, kept, credentials)
    blob = work.blobs.put(file.data, MEDIA_TYPES[file.format])
    size = {"width": picture.width, "height": picture.height}
    return {"blob": blob.as_json()} | image | size | verdict


def _each(
    work: Work,
    stage: str,
    drafts: list[_Draft],
    step: Callable[[Image.Image], Image.Image],
) -> None:
    for number, draft in enumerate(drafts):
        work.report(stage, number, len(drafts))
        if draft.picture is not None:
            draft.picture = step(draft.picture)


def _bytes(work: Work, ref: dict[str, Any]) -> bytes:
    return work.blobs.get(BlobRef.from_json(ref))


@contextmanager
def _timed(timings: dict[str, float], stage: str) -> Iterator[None]:
    began = time.perf_counter()
    yield
    timings[stage] = round((time.perf_counter() - began) * 1000, 1)
