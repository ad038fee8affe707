"""Accepting a job: what the script is given, and what its words mean."""

from __future__ import annotations

import json
from typing import Any

from app.contracts.errors import ResultExpired
from app.contracts.jobs import Job, Status
from app.contracts.tasks import FIRST_TASK, JobType
from app.ledger_records import VERSION, job_of_meta, now, result_meta
from app.refusals import refusal
from app.submissions import Submission
from config.settings import Settings


def queued(job_id: str, job_type: JobType, submission: Submission) -> Job:
    """A new job's first snapshot."""
    return Job(job_id, job_type, Status.QUEUED, created_at=now(), owner=submission.owner)


def arguments(
    job: Job, payload: dict[str, Any], submission: Submission, settings: Settings
) -> list[str | int]:
    """The arguments of accept.lua."""
    first = FIRST_TASK[job.type]
    record: dict[str, str | int] = {
        "id": job.id,
        "version": VERSION,
        "type": job.type.value,
        "owner": job.owner,
        "priority": submission.priority.value,
        "step": first.step,
        "queue": first.queue.value,
        "payload": dump(payload),
        "created_at": job.created_at,
        **submission.work_fields(first),
    }
    if submission.webhook:
        record["webhook"] = dump(submission.webhook)
    return [
        *(job.id, result_meta(job), settings.queue_limit),
        *(_limit(submission.in_flight), _limit(submission.daily_jobs)),
        *(_limit(submission.daily_bytes), submission.size),
        *(submission.idempotency_name(), submission.fingerprint, settings.idempotency_ttl),
        *(part for pair in record.items() for part in pair),
    ]


def bytes_of_day(submission: Submission) -> list[str | int]:
    """The arguments of quota.lua."""
    limit = _limit(submission.daily_bytes)
    return [submission.owner, limit, submission.size, submission.idempotency_name()]


def outcome(
    word: str, found: list[Any], job: Job, submission: Submission, settings: Settings
) -> Job:
    """The job that was accepted, now or by the first request with its Idempotency-Key.

    Raises QueueFull, RateLimited, QuotaExceeded, IdempotencyConflict, or ResultExpired where that
    first job is gone.
    """
    if word == "ok":
        return job
    if word == "again":
        first, meta = found
        if not meta:
            sentence = "The first job of this Idempotency-Key ended too long ago."
            raise ResultExpired(sentence, {"jobId": first})
        return job_of_meta(meta)
    raise refusal(word, [int(part) for part in found], submission, settings.queue_limit)


def dump(payload: dict[str, Any]) -> str:
    """JSON as short as it gets, in all scripts of the world."""
    return json.dumps(payload, ensure_ascii=False, separators=(",", ":"))


def _limit(most: int | None) -> str | int:
    return "" if most is None else most
