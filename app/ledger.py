"""The delivery ledger: who holds which job, and the one place where a job ends.

A small Redis record for each job, changed only by the Lua scripts beside this module, each of
which is one atomic step:

    accept -> claim -> renew… -> commit
                |        '-> advance (the next step: claim again)
                '-> lease runs out -> requeue -> claim again, up to max_attempts

A worker holds a job by a lease that it renews, and every write carries the lease's token: a late
or repeated run is fenced off. Times are Redis's own, so that no worker's clock matters.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

from app import acceptance
from app.acceptance import dump
from app.contracts.errors import ImajinError
from app.contracts.jobs import Job, Progress, Status
from app.contracts.tasks import JobType, Queue, spec_of
from app.ledger_records import (
    Claim,
    Due,
    Message,
    Standing,
    event_data,
    messages,
    now,
    readable,
    result_meta,
)
from app.ledger_scripts import Scripts
from app.refusals import refusal
from app.submissions import Submission
from config.settings import Settings

log = logging.getLogger("imajin.ledger")

RedisClient = Any  # redis-py types each reply as a union of all its modes; ours is str
Send = Callable[[Message], None]
PREFIX = "imajin:"
DUE = PREFIX + "due"
CANCELLED_CHANNEL = PREFIX + "cancelled"  # says the ids of running jobs
RESULT_PREFIX = "celery-task-meta-"  # where Celery's Redis backend looks
STRANDED_MS = 5_000  # a message that did not come for so long may be lost
RETRY_MS = 2_000  # what a sweeper that died left undone is done by the next after this
ALIVE_SECONDS = 10
CONSTANTS: dict[str, str | int] = {
    "PREFIX": PREFIX,
    "RESULT_PREFIX": RESULT_PREFIX,
    "ALIVE_SECONDS": ALIVE_SECONDS,
}
CHUNK = 500  # jobs read in one round trip


def nobody(message: Message) -> None:
    """Send nothing: what is to be sent is left to a sweeper."""


class Ledger:
    """The ledger in one Redis. Every method raises redis.RedisError where Redis cannot be used.

    The ledger orders, the broker carries: each queue's line is here, and only its head is on the
    way as messages. Whichever step makes room there calls `send` for the next in line.
    """

    def __init__(self, redis: RedisClient, settings: Settings, send: Send = nobody) -> None:
        self._redis = redis
        self._settings = settings
        self._send = send
        self._run = Scripts(redis, CONSTANTS)

    # --- the gateway's side

    def accept(
        self,
        job_id: str,
        job_type: JobType,
        payload: dict[str, Any],
        submission: Submission = Submission(),  # noqa: B008  frozen
    ) -> Job:
        """Write the record, the place in the line and the QUEUED state, all or nothing.

        An Idempotency-Key that was used before gives its first job as it is now. Raises what
        `acceptance.outcome` raises.
        """
        job = acceptance.queued(job_id, job_type, submission)
        given = acceptance.arguments(job, payload, submission, self._settings)
        word, *found = self._run("accept", *given)
        if word == "ok":
            self._send_all(found[0])
        return acceptance.outcome(word, found, job, submission, self._settings)

    def check_bytes(self, submission: Submission) -> None:
        """Raise QuotaExceeded where `accept` would for its bytes; ask before they are stored."""
        word, *found = self._run("quota", *acceptance.bytes_of_day(submission))
        if word != "ok":
            raise refusal(word, found, submission, self._settings.queue_limit)

    def cancel(self, job: Job) -> str:
        """Cancel: "cancelled" (it was queued), "running" (asked to stop), "done" or "gone"."""
        ended = job.moved(Status.CANCELLED, finished_at=now(), progress=None)
        ttl = self._settings.result_ttl
        return str(self._run("cancel", job.id, result_meta(ended), event_data(ended), ttl))

    def cancel_asked(self, job_id: str) -> bool:
        """Whether the job is to stop, or was stopped, before its end."""
        return bool(self._redis.hget(_job(job_id), "cancel") == "1")

    def standing(self, job_id: str) -> Standing:
        """The job's place in its line, and when it is likely to end."""
        rank, eta_ms = self._run("standing", job_id)
        return Standing(
            position=int(rank) if rank != "" else None,
            eta_seconds=-(-int(eta_ms) // 1000) if eta_ms != "" else None,
        )

    def depth(self, queue: Queue) -> tuple[int, float | None]:
        """How many jobs wait in a queue, and the age in seconds of the oldest."""
        oldest = self._redis.zrange(f"{PREFIX}waiting:{queue}", 0, 0, withscores=True)
        seconds, micros = self._redis.time()
        age = seconds + micros / 1e6 - oldest[0][1] / 1e3 if oldest else None
        return int(self._redis.zcard(_queued(queue))), age

    def workers(self, queue: Queue) -> int:
        """How many worker children of a queue were seen in the last seconds."""
        seconds, _ = self._redis.time()
        return int(self._redis.zcount(_workers(queue), seconds - ALIVE_SECONDS, "+inf"))

    # --- the worker's side

    def sign_on(self, queue: Queue, child: str) -> None:
        """Say that a worker's child is alive; to be said again within ALIVE_SECONDS."""
        seconds, _ = self._redis.time()
        self._redis.zadd(_workers(queue), {child: seconds})
        self._redis.zremrangebyscore(_workers(queue), "-inf", seconds - 10 * ALIVE_SECONDS)

    def claim(self, job_id: str, step: str, holder: str, nonce: str) -> Claim | str:
        """Take the lease, or say why not: "gone", "over", "busy" or "exhausted".

        `nonce` names this delivery, so that asking twice after a lost reply counts once.
        """
        outcome, record, following = self._run(
            "claim",
            *(job_id, step, spec_of(step).queue.value, holder, nonce),
            *(self._lease_ms, self._settings.max_attempts, now()),
        )
        self._send_all(following)
        return Claim.from_record(record) if outcome == "ok" else str(outcome)

    def renew(
        self,
        claim: Claim,
        progress: Progress | None = None,
        started: bool = False,
        preview: dict[str, Any] | None = None,
    ) -> str:
        """Keep the lease, and tell of progress or a preview: "ok", "cancelled" or "fenced"."""
        meta = event = data = ""
        if started or progress:
            job = claim.job.moved(Status.PROCESSING, progress=progress)
            meta, event, data = result_meta(job), "progress", event_data(job)
        elif preview:
            event, data = "preview", dump(preview)
        return str(self._run("renew", claim.job.id, claim.token, self._lease_ms, meta, event, data))

    def advance(self, claim: Claim, step: str, payload: dict[str, Any]) -> bool:
        """Hand the job on to its next step; False where the lease was lost."""
        queue = spec_of(step).queue.value
        outcome, following = self._run(
            "advance", claim.job.id, claim.token, step, queue, dump(payload)
        )
        self._send_all(following)
        return bool(outcome == "ok")

    def succeed(self, claim: Claim, result: dict[str, Any]) -> bool:
        """End the job with its result; False where the lease was lost."""
        return self._commit(claim, claim.job.moved(Status.SUCCEEDED, result=result))

    def fail(self, claim: Claim, error: ImajinError) -> bool:
        """End the job with an error; False where the lease was lost."""
        return self._commit(claim, claim.job.moved(Status.FAILED, error=error))

    def stop(self, claim: Claim) -> bool:
        """End a cancelled job; False where the lease was lost."""
        return self._commit(claim, claim.job.moved(Status.CANCELLED))

    def _commit(self, claim: Claim, job: Job) -> bool:
        ended = job.moved(job.status, finished_at=now())
        outcome = self._run(
            "commit",
            *(job.id, claim.token, result_meta(ended)),
            *(job.status.value, event_data(ended), self._settings.result_ttl),
        )
        return bool(outcome == "ok")

    def held(self, job_id: str, step: str, holder: str) -> Claim | None:
        """The lease that `holder` has on this step, read by the parent of a dead child."""
        record = self._redis.hgetall(_job(job_id))
        if record.get("state") != "running" or record.get("step") != step:
            return None
        if record.get("holder") != holder:
            return None
        return Claim.from_record(_flat(record))

    def release(self, job_id: str, step: str, holder: str) -> None:
        """End the lease at once, because the process that held it is dead."""
        self._run("release", job_id, step, holder)

    # --- the sweeper's side

    def refill(self) -> list[Message]:
        """Send what was lost on the way, or left to a sweeper; what was sent."""
        sent = [
            message
            for queue in Queue
            for message in messages(self._run("refill", queue.value, STRANDED_MS))
        ]
        for message in sent:
            self._send(message)
        return sent

    def due(self, limit: int = 200) -> Iterator[Due]:
        """Jobs that lost their lease: back in their line, or to be ended by the caller."""
        seconds, micros = self._redis.time()
        until = seconds * 1000 + micros // 1000
        ids = self._redis.zrange(DUE, "-inf", until, byscore=True, offset=0, num=limit)
        for job_id in ids:
            record = self._redis.hgetall(_job(job_id))
            if not record:
                self._redis.zrem(DUE, job_id)
                continue
            try:
                claim = Claim.from_record(_flat(record))
            except (KeyError, ValueError) as error:
                # Another release's kind of job: its own sweepers read it.
                log.warning("ledger.unreadable %s %r", job_id, error)
                continue
            waits = claim.job.moved(Status.QUEUED)
            action, following = self._run(
                "requeue",
                *(job_id, claim.token, result_meta(waits), event_data(waits)),
                *(self._settings.max_attempts, RETRY_MS),
            )
            self._send_all(following)
            if action != "nothing":
                yield Due(action, claim)

    def open_payloads(self) -> Iterator[dict[str, Any]]:
        """The payload of every job that has not ended, for keeping its blobs alive."""
        ids = set(self._redis.zrange(DUE, 0, -1))
        for queue in Queue:
            ids.update(self._redis.zrange(_queued(queue), 0, -1))
        rest = iter(ids)
        while chunk := list(islice(rest, CHUNK)):
            pipe = self._redis.pipeline(transaction=False)
            for job_id in chunk:
                pipe.hmget(_job(job_id), "payload", "version")
            yield from (
                json.loads(payload)
                for payload, version in pipe.execute()
                if payload and readable(version)
            )

    @property
    def _lease_ms(self) -> int:
        return self._settings.lease_seconds * 1000

    def _send_all(self, flat: list[str]) -> None:
        for message in messages(flat):
            self._send(message)


def _flat(record: dict[str, str]) -> list[str]:
    return [part for pair in record.items() for part in pair]


def _job(job_id: str) -> str:
    return f"{PREFIX}job:{job_id}"


def _queued(queue: str) -> str:
    return f"{PREFIX}queued:{queue}"


def _workers(queue: str) -> str:
    return f"{PREFIX}workers:{queue}"
