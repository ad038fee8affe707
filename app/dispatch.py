"""The dispatcher: the only place that sends a task and the only one that cancels a job."""

from __future__ import annotations

import logging
import uuid
from typing import Any

from celery import Celery
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

from app.contracts.errors import JobNotFound, QueueUnavailable
from app.contracts.jobs import Job
from app.contracts.tasks import FIRST_TASK, JobType, Queue
from app.ledger import Ledger

log = logging.getLogger("imajin.dispatch")


class Dispatcher:
    """Accepts jobs into the ledger and publishes their first message."""

    def __init__(self, ledger: Ledger, publisher: Celery) -> None:
        self._ledger = ledger
        self._publisher = publisher

    def submit(self, job_type: JobType, payload: dict[str, Any], owner: str) -> Job:
        """Store a job and send it on its way; QueueFull or QueueUnavailable if not stored."""
        job_id = uuid.uuid4().hex
        try:
            job = self._ledger.accept(job_id, job_type, owner, payload)
        except RedisError as error:
            raise QueueUnavailable("The queue cannot be reached. Try again later.") from error
        self._publish(job)
        return job

    def cancel(self, job: Job) -> str:
        """Cancel a job: "cancelled", "running" (it will stop soon) or "done" (nothing changes)."""
        try:
            place = self._ledger.where(job.id)
            queue = place[0] if place else Queue.CPU_PROCESSING
            outcome = self._ledger.cancel(job, queue)
        except RedisError as error:
            raise QueueUnavailable("The queue cannot be reached. Try again later.") from error
        if outcome == "gone" and not job.status.terminal:
            raise JobNotFound("There is no such job.")
        return outcome

    def _publish(self, job: Job) -> None:
        spec = FIRST_TASK[job.type]
        try:
            self._publisher.send_task(
                spec.name,
                args=[job.id],
                task_id=f"{job.id}:{spec.step}",
                queue=spec.queue.value,
                retry=False,
            )
        except OperationalError as error:
            # The job is stored; the sweeper sends what was not sent.
            log.warning("publish.postponed %s %s", job.id, error)
