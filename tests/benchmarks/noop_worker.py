"""A cpu_processing worker whose step gives its picture back: the way of a job and nothing else."""

from __future__ import annotations

from app.contracts.blobs import BlobRef
from app.contracts.jobs import StepOutcome
from app.contracts.tasks import DERIVE, Queue
from workers.celery_app import worker_app
from workers.task import ImajinTask
from workers.work import Work

celery = worker_app(Queue.CPU_PROCESSING, __name__, concurrency=lambda settings: 1)


def give_back(work: Work) -> StepOutcome:
    """Read the source, where there is one, and store it as the result."""
    if "source" not in work.payload:
        return StepOutcome(result={})
    data = work.blobs.get(BlobRef.from_json(work.payload["source"]))
    # One byte more, so that the store has to write and cannot answer from what it has.
    ref = work.blobs.put(data + b"\n", "application/octet-stream")
    return StepOutcome(result={"variants": [{"blob": ref.as_json()}]})


@celery.task(name=DERIVE.name, base=ImajinTask, bind=True)
def derive(task: ImajinTask, job_id: str) -> str:
    """The shell."""
    return task.work(job_id, give_back)
