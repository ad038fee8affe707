"""How much work a payload is, in units whose pace the ledger measures by kind."""

from __future__ import annotations

from typing import Any

from app.contracts.tasks import FINISH, JobType, TaskSpec
from config.catalog import Catalog


def work_of(job_type: JobType, payload: dict[str, Any], catalog: Catalog) -> dict[str, Any]:
    """A submission's `kind`, `units`, `after` and `after_units`.

    A unit is a megapixel through one step of a diffusion model, one prompt of a language model,
    one variant, or, of the finish step, one megapixel. Pace is measured for each model apart.
    """
    if job_type is JobType.GENERATE:
        return _generate(payload["recipe"])
    if job_type is JobType.ANALYZE:
        return {"kind": f"analyze:{catalog.text_model}", "units": float(payload["count"])}
    if job_type is JobType.VERIFY:
        return {"kind": "verify"}
    return {"kind": "derive", "units": float(len(payload["variants"]))}


def _generate(recipe: dict[str, Any]) -> dict[str, Any]:
    megapixels = recipe["num_images"] * recipe["width"] * recipe["height"] / 1e6
    after: TaskSpec = FINISH
    return {
        "kind": f"generate:{recipe['entry']}",
        "units": megapixels * recipe["steps"],
        "after": after,
        "after_units": megapixels,
    }
