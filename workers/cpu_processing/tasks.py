"""The tasks of the queue cpu_processing: derivatives, and the last step of a generation."""

from __future__ import annotations

from typing import Any

from celery import Celery

from app.contracts.blobs import BlobRef
from app.contracts.jobs import StepOutcome
from app.contracts.tasks import DERIVE, FINISH
from config.moderation import WordRules
from workers.cpu_processing.decode import Limits
from workers.cpu_processing.finish import finish
from workers.cpu_processing.pipeline import DerivedVariant, derive
from workers.cpu_processing.steps.encode import MEDIA_TYPES
from workers.task import ImajinTask
from workers.work import Work


def run_derive(work: Work, limits: Limits) -> StepOutcome:
    """Make and store the variants of a source; the result is what /derivatives answers."""

    def fetch(ref: dict[str, Any]) -> bytes:
        return work.blobs.get(BlobRef.from_json(ref))

    made = derive(fetch(work.payload["source"]), work.payload, limits, work.report, fetch)
    return StepOutcome(
        result={
            "source": made.source,
            "removed": made.removed,
            "variants": [_stored(work, variant) for variant in made.variants],
            "timings": made.timings,
        }
    )


def run_finish(work: Work, limits: Limits, rules: WordRules) -> StepOutcome:
    """Moderate, decorate, encode and store generated pictures; the result of /generate."""
    return StepOutcome(result=finish(work, limits, rules))


def _stored(work: Work, variant: DerivedVariant) -> dict[str, Any]:
    file = variant.file
    result: dict[str, Any] = {
        "name": variant.name,
        "blob": work.blobs.put(file.data, MEDIA_TYPES[file.format]).as_json(),
        "format": file.format,
        "width": variant.width,
        "height": variant.height,
        "bytes": len(file.data),
        "quality": file.quality,
    }
    return result if file.ssim is None else result | {"ssim": file.ssim}


def register(celery: Celery, limits: Limits, rules: WordRules) -> None:
    """Give the worker its two tasks."""

    @celery.task(name=DERIVE.name, base=ImajinTask, bind=True)
    def derive(task: ImajinTask, job_id: str) -> str:
        return task.work(job_id, lambda work: run_derive(work, limits))

    @celery.task(name=FINISH.name, base=ImajinTask, bind=True)
    def finish(task: ImajinTask, job_id: str) -> str:
        return task.work(job_id, lambda work: run_finish(work, limits, rules))
