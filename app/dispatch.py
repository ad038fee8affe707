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
from app.contracts.tasks import JobType, spec_of
from app.ledger import Ledger, Send
from app.ledger_records import Message
from app.submissions import Submission

log = logging.getLogger("imajin.dispatch")


def sender(publisher: Celery) -> Send:
    """How the gateway's ledger sends a message: once, and what fails is left to a sweeper."""

    def send(message: Message) -> None:
        spec = spec_of(message.step)
        try:
            publisher.send_task(
                spec.name,
                args=[message.job_id],
                task_id=f"{message.job_id}:{message.step}",
                queue=spec.queue.value,
                retry=False,
            )
        except OperationalError as error:
            log.warning("publish.postponed %s %s", message.job_id, error)

    return send


class Dispatcher:
    """Accepts jobs and cancels them."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def submit(
        self,
        job_type: JobType,
        payload: dict[str, Any],
        submission: Submission = Submission(),  # noqa: B008  frozen
    ) -> Job:
        """Store a job and send it on its way, or give the first job of its Idempotency-Key.

        Raises QueueUnavailable if nothing was stored, and what `Ledger.accept` raises.
        """
        job_id = uuid.uuid4().hex
        try:
            return self._ledger.accept(job_id, job_type, payload, submission)
        except RedisError as error:
            raise QueueUnavailable("The queue cannot be reached. Try again later.") from error

    def cancel(self, job: Job) -> str:
        """Cancel a job: "cancelled", "running" (it will stop soon) or "done" (nothing changes)."""
        try:
            outcome = self._ledger.cancel(job)
        except RedisError as error:
            raise QueueUnavailable("The queue cannot be reached. Try again later.") from error
        if outcome == "gone" and not job.status.terminal:
            raise JobNotFound("There is no such job.")
        return outcome
