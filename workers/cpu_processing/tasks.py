"""The tasks of the queue cpu_processing: derive, verify, and the last step of a generation."""

from __future__ import annotations

from typing import Any

from celery import Celery

from app.contracts.blobs import BlobRef
from app.contracts.jobs import StepOutcome
from app.contracts.tasks import DERIVE, FINISH, VERIFY
from workers.cpu_processing.credentials import Credentials
from workers.cpu_processing.decode import Limits
from workers.cpu_processing.finish import finish
from workers.cpu_processing.moderation import Moderator
from workers.cpu_processing.pipeline import DerivedVariant, derive
from workers.cpu_processing.steps.encode import MEDIA_TYPES
from workers.cpu_processing.verify import verify
from workers.task import ImajinTask
from workers.work import Work


def run_derive(work: Work, limits: Limits, credentials: Credentials) -> StepOutcome:
    """Make and store the variants of a source; the result is what /derivatives answers."""

    def fetch(ref: dict[str, Any]) -> bytes:
        return work.blobs.get(BlobRef.from_json(ref))

    source = fetch(work.payload["source"])
    made = derive(source, work.payload, limits, work.report, fetch, credentials)
    return StepOutcome(
        result={
            "source": made.source,
            "removed": made.removed,
            "variants": [_stored(work, variant) for variant in made.variants],
            "adjustments": made.adjustments,
            "timings": made.timings,
        }
    )


def run_finish(
    work: Work, limits: Limits, moderator: Moderator, credentials: Credentials
) -> StepOutcome:
    """Moderate, decorate, encode and store generated pictures; the result of /generate."""
    return StepOutcome(result=finish(work, limits, moderator, credentials))


def run_verify(work: Work, limits: Limits, credentials: Credentials) -> StepOutcome:
    """Read what a picture says of its origin; the result of /verify."""
    data = work.blobs.get(BlobRef.from_json(work.payload["source"]))
    declared = work.payload["declared_type"]
    return StepOutcome(result=verify(data, declared, limits, work.report, credentials))


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
    result |= {"frames": variant.frames} if variant.frames > 1 else {}
    return result if file.ssim is None else result | {"ssim": file.ssim}


def register(
    celery: Celery, limits: Limits, moderator: Moderator, credentials: Credentials
) -> None:
    """Give the worker its three tasks."""

    @celery.task(name=DERIVE.name, base=ImajinTask, bind=True)
    def derive(task: ImajinTask, job_id: str) -> str:
        return task.work(job_id, lambda work: run_derive(work, limits, credentials))

    @celery.task(name=FINISH.name, base=ImajinTask, bind=True)
    def finish(task: ImajinTask, job_id: str) -> str:
        return task.work(job_id, lambda work: run_finish(work, limits, moderator, credentials))

    @celery.task(name=VERIFY.name, base=ImajinTask, bind=True)
    def verify(task: ImajinTask, job_id: str) -> str:
        return task.work(job_id, lambda work: run_verify(work, limits, credentials))
