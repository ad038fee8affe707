"""The base task: claim, work under a lease, commit once. The only broad `except` of the workers."""

from __future__ import annotations

import logging
import os
import uuid
from collections.abc import Callable

from celery import Task
from celery.exceptions import SoftTimeLimitExceeded
from redis.exceptions import RedisError

from app.contracts.errors import (
    ImajinError,
    InternalError,
    JobCancelled,
    OutOfMemory,
    UnsupportedVersion,
)
from app.contracts.jobs import StepOutcome
from app.contracts.tasks import TASKS, spec_of
from app.ledger_records import VERSION, Claim
from config import logs
from workers.lease import Lease, LeaseLost
from workers.request import LedgerRequest, child_of, timed_out
from workers.runtime import runtime
from workers.work import Work

log = logging.getLogger("imajin.task")

Step = Callable[[Work], StepOutcome]


class ImajinTask(Task):  # type: ignore[misc]
    """A step of a job. Its message holds the job's id; all else is in the ledger."""

    Request = LedgerRequest
    throws = (ImajinError,)  # expected: logged in one line, without a traceback
    ignore_result = True

    def work(self, job_id: str, step: Step) -> str:
        """Run one step of one job and commit what it ends in; a word for the log and Flower.

        Raises the ImajinError that the job ended in, after it was committed.
        """
        token = logs.job_id.set(job_id)
        try:
            verb = TASKS[self.name].step
            holder = child_of(self.request.hostname, os.getpid())
            claim = runtime().ledger.claim(job_id, verb, holder, uuid.uuid4().hex)
            if isinstance(claim, str):
                log.info("job.skipped %s", claim)
                return claim
            return self._hold(claim, step)
        except RedisError as error:
            # Not the job's fault: its lease runs out and it is taken again.
            log.warning("step.left %s", error)
            return "left"
        finally:
            logs.job_id.reset(token)

    def _hold(self, claim: Claim, step: Step) -> str:
        parts = runtime()
        if claim.version != VERSION:
            sentence = "This worker's release does not read the job as it was stored."
            parts.ledger.fail(claim, UnsupportedVersion(sentence, {"version": claim.version}))
            log.warning("job.failed version %d", claim.version)
            return "unsupported"
        log.info("step.started %s attempt %d", claim.step, claim.job.attempts)
        lease = Lease(parts.ledger, claim, parts.settings.lease_seconds, parts.cancellations)
        work = Work(claim.job.id, claim.payload, parts.blobs, lease.report, lease.preview)
        try:
            with lease:
                outcome = step(work)
        except LeaseLost:
            log.warning("step.fenced %s", claim.step)
            return "fenced"
        except JobCancelled:
            parts.ledger.stop(claim)
            log.info("job.cancelled")
            return "cancelled"
        except RedisError:
            raise
        except Exception as caught:
            error = self._readable(caught)
            committed = parts.ledger.fail(claim, error)
            log.warning("job.failed %s committed=%s", error.code, committed)
            raise error from None
        try:
            return self._settle(claim, outcome)
        except SoftTimeLimitExceeded:
            return self._settle(claim, outcome)  # the work is done; to commit twice is to commit

    def _readable(self, caught: Exception) -> ImajinError:
        """The error a client may see; what it may not see goes into the log."""
        if isinstance(caught, ImajinError):
            return caught
        if isinstance(caught, SoftTimeLimitExceeded):
            return timed_out(self.name, self.soft_time_limit)
        if isinstance(caught, MemoryError):
            log.error("step.out_of_memory", exc_info=caught)
            return OutOfMemory("There was not enough memory for this job.", {})
        log.error("step.crashed", exc_info=caught)
        request_id = self.request.id
        return InternalError("Imajin made a mistake; its log says more.", {"requestId": request_id})

    def _settle(self, claim: Claim, outcome: StepOutcome) -> str:
        ledger = runtime().ledger
        if outcome.next_step is None:
            kept = ledger.succeed(claim, _with_queue_time(claim, outcome.result or {}))
            log.info("job.succeeded" if kept else "step.fenced")
            return "succeeded" if kept else "fenced"
        following = spec_of(outcome.next_step)
        payload = _with_queue_time(claim, outcome.next_payload)
        if not ledger.advance(claim, following.step, payload):
            return "fenced"
        return f"handed on to {following.step}"


def _with_queue_time(claim: Claim, result: dict[str, object]) -> dict[str, object]:
    """Put the milliseconds waited in queues beside the step's own timings."""
    timings = result.get("timings")
    before = timings if isinstance(timings, dict) else {}
    waited = before.get("queue", 0) + claim.waited_ms
    return result | {"timings": {"queue": waited, **_without(before, "queue")}}


def _without(mapping: dict[str, float], key: str) -> dict[str, float]:
    return {name: value for name, value in mapping.items() if name != key}
