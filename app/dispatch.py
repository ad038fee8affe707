"""The dispatcher: the only place that submits a job and the only one that cancels one."""

from __future__ import annotations

import uuid
from typing import Any

from redis.exceptions import RedisError

from app.contracts.errors import JobNotFound, QueueUnavailable
from app.contracts.jobs import Job
from app.contracts.tasks import JobType
from app.ledger import Ledger
from app.submissions import Submission


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
