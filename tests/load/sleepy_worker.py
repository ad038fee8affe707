"""A cpu_processing worker whose every job takes 50 ms and makes nothing: queueing alone."""

from __future__ import annotations

import time

from app.contracts.jobs import StepOutcome
from app.contracts.tasks import DERIVE, Queue
from tests.load.scene import SECONDS
from workers.celery_app import in_child, worker_app
from workers.task import ImajinTask
from workers.work import Work

celery = worker_app(Queue.CPU_PROCESSING, __name__, concurrency=lambda settings: 1)
in_child(Queue.CPU_PROCESSING, lambda index: None)


def rest(work: Work) -> StepOutcome:
    """Wait."""
    time.sleep(SECONDS)
    return StepOutcome(result={"variants": []})


@celery.task(name=DERIVE.name, base=ImajinTask, bind=True)
def derive(task: ImajinTask, job_id: str) -> str:
    """The shell."""
    return task.work(job_id, rest)
