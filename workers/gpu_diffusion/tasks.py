"""imajin.generate: paint the pictures of a job and hand them on to be finished."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from celery import Celery

from app.contracts.errors import ModelUnavailable, ModerationBlocked
from app.contracts.jobs import StepOutcome
from app.contracts.tasks import FINISH, GENERATE
from config.catalog import Catalog, ImageModel
from workers.gpu_diffusion.engine import ImageEngine, ModelSpec, Painted, Recipe
from workers.gpu_diffusion.painter import Painter
from workers.gpu_diffusion.picture import PPM, to_ppm
from workers.gpu_diffusion.preview import Previews
from workers.gpu_diffusion.style import with_style
from workers.slot import EngineSlot
from workers.task import ImajinTask
from workers.work import Work, unseen


def register(celery: Celery, slot: EngineSlot[ImageEngine], catalog: Catalog) -> None:
    """Give the lane's Celery app its task."""

    @celery.task(name=GENERATE.name, base=ImajinTask, bind=True)
    def generate(task: ImajinTask, job_id: str) -> str:
        return task.work(job_id, lambda work: run_generate(work, slot, catalog))


def builder(
    catalog: Catalog, root: Path, device: str, threads: int, previews: bool = True
) -> Callable[[str], ImageEngine]:
    """What an EngineSlot builds its engines with; torch is imported at the first one."""

    def build(entry_id: str) -> ImageEngine:
        from workers.gpu_diffusion.diffusers_engine import DiffusersEngine

        engine = DiffusersEngine(spec_of(catalog, entry_id, root), device, threads, previews)
        engine.load()
        return engine

    return build


def spec_of(catalog: Catalog, entry_id: str, root: Path) -> ModelSpec:
    """What the engine needs to know of a catalogue entry; relative folders start at `root`."""
    entry = _entry(catalog, entry_id)
    return ModelSpec(
        entry=entry_id,
        source=entry.source,
        root=root,
        revision=entry.revision,
        variant=entry.variant,
        dtype=entry.dtype,
        native=entry.native,
    )


def run_generate(work: Work, slot: EngineSlot[ImageEngine], catalog: Catalog) -> StepOutcome:
    """Paint each picture, store it as PPM at once, and hand all of them on to imajin.finish.

    ModelUnavailable, OutOfMemory, InvalidRequest (a scheduler that does not fit the model) and
    ModerationBlocked (the model's own safety checker withheld every picture).
    """
    asked = work.payload["recipe"]
    entry = _entry(catalog, asked["entry"])
    started = time.perf_counter()
    engine = _engine(work, slot, asked["entry"])
    load_ms = (time.perf_counter() - started) * 1000
    prompt = with_style(asked["prompt"], asked.get("style"), entry.style_prompts)
    recipe = Recipe.from_payload(asked, prompt)
    allowed = work.payload.get("allow_downgrade", False)
    painter = Painter(engine, recipe, entry.multiple, entry.min_side, allowed)
    images, painted = _paint_all(work, painter, recipe)
    return StepOutcome(
        next_step=FINISH.step,
        next_payload={
            "images": images,
            "recipe": asked | {"revision": engine.revision, "engine_prompt": prompt},
            "options": work.payload.get("options", {}),
            "adjustments": painter.adjustments,
            "timings": {
                "load": round(load_ms, 1),
                "denoise": round(sum(one.denoise_ms for one in painted), 1),
                "decode": round(sum(one.decode_ms for one in painted), 1),
            },
        },
    )


def _entry(catalog: Catalog, entry_id: str) -> ImageModel:
    entry = catalog.image_models.get(entry_id)
    if entry is None:
        hint = "Its models.yaml is older than the gateway's; update it and restart the worker."
        details = {"model": entry_id, "hint": hint}
        raise ModelUnavailable(f"This worker does not know the model {entry_id!r}.", details)
    return entry


def _engine(work: Work, slot: EngineSlot[ImageEngine], entry_id: str) -> ImageEngine:
    if slot.holds(entry_id):
        return slot.get(entry_id)
    work.report("load", 0, 1)
    engine = slot.get(entry_id)
    work.report("load", 1, 1)
    return engine


def _paint_all(
    work: Work, painter: Painter, recipe: Recipe
) -> tuple[list[dict[str, Any]], list[Painted]]:
    """The references of all pictures, and how each was painted.

    One after another, not as a batch: each can be made again alone, and a cancel stops soon.
    """
    images: list[dict[str, Any]] = []
    painted: list[Painted] = []
    moderation = work.payload.get("options", {}).get("moderation", {})
    # A preview is not moderated, so none is shown where the picture itself may not be.
    shown = moderation.get("mode") not in ("blur", "block")
    work.report("denoise", 0, recipe.steps * recipe.num_images)
    for index in range(recipe.num_images):
        previews = Previews(work.preview if shown else unseen, index)
        one = painter.paint(index, _reporter(work, recipe, index), previews.offer)
        painted.append(one)
        if one.withheld:
            change = {"what": "picture", "from": str(index + 1), "to": "withheld"}
            painter.adjustments.append(change)
            continue
        images.append(_store(work, one, recipe.seed_of(index)))
    if not images:
        details = {"stage": "image", "categories": {"nsfw": True}}
        raise ModerationBlocked("The model's own safety checker withheld the picture.", details)
    work.report("decode", 1, 1)
    return images, painted


def _reporter(work: Work, recipe: Recipe, index: int) -> Callable[[int, int], None]:
    total = recipe.steps * recipe.num_images

    def on_step(step: int, steps: int) -> None:
        # Some samplers call the model oftener than the recipe has steps.
        done = index * recipe.steps + recipe.steps * step // steps
        work.report("denoise", done, total)
        if done == total:
            work.report("decode", 0, 1)

    return on_step


def _store(work: Work, one: Painted, seed: int) -> dict[str, Any]:
    height, width, _ = one.rgb.shape
    ref = work.blobs.put(to_ppm(one.rgb), PPM)
    return {"blob": ref.as_json(), "width": width, "height": height, "seed": seed}
