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
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from redis.commands.core import Script

from app.contracts.errors import ImajinError, QueueFull
from app.contracts.jobs import Job, Progress, Status
from app.contracts.tasks import FIRST_TASK, JobType, Queue, spec_of
from app.ledger_records import Claim, Due, now, result_meta
from config.settings import Settings

LUA = Path(__file__).parent / "lua"
RedisClient = Any  # redis-py types each reply as a union of all its modes; ours is str
PREFIX = "imajin:"
DUE = PREFIX + "due"
RESULT_PREFIX = "celery-task-meta-"  # where Celery's Redis backend looks
STRANDED_MS = 5_000  # a message not claimed for so long may be lost
LOOK_AT = 20  # of the oldest jobs in a queue; a lost message's job becomes one of them
RETRY_MS = 2_000  # what a sweeper that died left undone is done by the next after this
ALIVE_SECONDS = 10


class Ledger:
    """The ledger in one Redis. Every method raises redis.RedisError where Redis cannot be used."""

    def __init__(self, redis: RedisClient, settings: Settings) -> None:
        self._redis = redis
        self._settings = settings
        self._scripts: dict[str, Script] = {
            path.stem: redis.register_script(path.read_text(encoding="utf-8"))
            for path in LUA.glob("*.lua")
        }

    # --- the gateway's side

    def accept(self, job_id: str, job_type: JobType, owner: str, payload: dict[str, Any]) -> Job:
        """Write the record, the place in the queue and the QUEUED state; QueueFull at the limit."""
        spec = FIRST_TASK[job_type]
        job = Job(job_id, job_type, Status.QUEUED, created_at=now(), owner=owner)
        limit = self._settings.queue_limit
        outcome, depth = self._scripts["accept"](
            keys=[_job(job_id), _queued(spec.queue), _result(job_id)],
            args=[
                *(job_id, job_type.value, owner, spec.step, spec.queue.value),
                *(_dump(payload), job.created_at, limit, result_meta(job)),
            ],
        )
        if outcome == "full":
            details = {"depth": int(depth), "limit": limit}
            raise QueueFull("The queue is full. Try again later.", details)
        return job

    def cancel(self, job: Job, queue: Queue) -> str:
        """Cancel: "cancelled" (it was queued), "running" (asked to stop), "done" or "gone"."""
        ended = job.moved(Status.CANCELLED, finished_at=now(), progress=None)
        return str(
            self._scripts["cancel"](
                keys=[_job(job.id), DUE, _queued(queue), _result(job.id)],
                args=[job.id, result_meta(ended), self._settings.result_ttl],
            )
        )

    def where(self, job_id: str) -> tuple[Queue, int | None] | None:
        """The queue of the job's current step and its place in it, 0 first; None if unknown."""
        queue = self._redis.hget(_job(job_id), "queue")
        if queue is None:
            return None
        rank = self._redis.zrank(_queued(Queue(queue)), job_id)
        return Queue(queue), rank

    def depth(self, queue: Queue) -> tuple[int, float | None]:
        """How many jobs wait in a queue, and the age in seconds of the oldest."""
        key = _queued(queue)
        oldest = self._redis.zrange(key, 0, 0, withscores=True)
        seconds, micros = self._redis.time()
        age = seconds + micros / 1e6 - oldest[0][1] / 1e3 if oldest else None
        return int(self._redis.zcard(key)), age

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
        lease_ms = self._settings.lease_seconds * 1000
        queue = spec_of(step).queue
        outcome = self._scripts["claim"](
            keys=[_job(job_id), DUE, _queued(queue), _claimed(queue)],
            args=[job_id, step, holder, nonce, lease_ms, self._settings.max_attempts, now()],
        )
        return Claim.from_record(outcome[1]) if outcome[0] == "ok" else str(outcome[0])

    def renew(self, claim: Claim, progress: Progress | None = None, started: bool = False) -> str:
        """Keep the lease, and show progress: "ok", "cancelled" or "fenced"."""
        meta = ""
        if started or progress:
            meta = result_meta(claim.job.moved(Status.PROCESSING, progress=progress))
        return str(
            self._scripts["renew"](
                keys=[_job(claim.job.id), DUE, _result(claim.job.id)],
                args=[claim.job.id, claim.token, self._settings.lease_seconds * 1000, meta],
            )
        )

    def advance(self, claim: Claim, step: str, payload: dict[str, Any]) -> bool:
        """Hand the job on to its next step; False where the lease was lost."""
        queue = spec_of(step).queue
        outcome = self._scripts["advance"](
            keys=[_job(claim.job.id), DUE, _queued(queue), _result(claim.job.id)],
            args=[
                *(claim.job.id, claim.token, step, queue.value),
                *(_dump(payload), result_meta(claim.job)),
            ],
        )
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
        outcome = self._scripts["commit"](
            keys=[_job(job.id), DUE, _queued(claim.queue), _result(job.id)],
            args=[
                *(job.id, claim.token),
                result_meta(job.moved(job.status, finished_at=now())),
                self._settings.result_ttl,
            ],
        )
        return bool(outcome == "ok")

    def held(self, job_id: str, step: str, holder: str) -> Claim | None:
        """The lease that `holder` has on this step, read by the parent of a dead child."""
        record = self._redis.hgetall(_job(job_id))
        if record.get("state") != "running" or record.get("step") != step:
            return None
        if record.get("holder") != holder:
            return None
        return Claim.from_record([part for pair in record.items() for part in pair])

    def release(self, job_id: str, step: str, holder: str) -> None:
        """End the lease at once, because the process that held it is dead."""
        self._scripts["release"](keys=[_job(job_id), DUE], args=[job_id, step, holder])

    # --- the sweeper's side

    def due(self, limit: int = 200) -> Iterator[Due]:
        """Jobs that were never published, lost their message, or lost their lease."""
        for queue in Queue:
            for record in self._scripts["stranded"](
                keys=[_queued(queue), _claimed(queue), queue.value],
                args=[_job(""), STRANDED_MS, LOOK_AT],
            ):
                yield Due("publish", Claim.from_record(record))
        seconds, micros = self._redis.time()
        ids = self._redis.zrange(
            DUE, "-inf", seconds * 1000 + micros // 1000, byscore=True, offset=0, num=limit
        )
        for job_id in ids:
            action, *record = self._scripts["requeue"](
                keys=[_job(job_id), DUE],
                args=[job_id, self._settings.max_attempts, RETRY_MS, _queued("")],
            )
            if action != "nothing":
                yield Due(action, Claim.from_record(record[0]))

    def open_payloads(self) -> Iterator[dict[str, Any]]:
        """The payload of every job that has not ended, for keeping its blobs alive."""
        ids = set(self._redis.zrange(DUE, 0, -1))
        for queue in Queue:
            ids.update(self._redis.zrange(_queued(queue), 0, -1))
        for job_id in ids:
            payload = self._redis.hget(_job(job_id), "payload")
            if payload:
                yield json.loads(payload)


def _dump(payload: dict[str, Any]) -> str:
    return json.dumps(payload, ensure_ascii=False, separators=(",", ":"))


def _job(job_id: str) -> str:
    return f"{PREFIX}job:{job_id}"


def _queued(queue: str) -> str:
    return f"{PREFIX}queued:{queue}"


def _workers(queue: str) -> str:
    return f"{PREFIX}workers:{queue}"


def _claimed(queue: str) -> str:
    return f"{PREFIX}claimed:{queue}"


def _result(job_id: str) -> str:
    return RESULT_PREFIX + job_id
