"""Two releases at once: what the other one wrote is read, or refused in words."""

from __future__ import annotations

import json
from typing import Any

from tests.faults.watching import all_variants, at_work
from tests.harness.images import quick_request, slow_request
from tests.harness.programs import Program
from tests.harness.redis_server import RedisServer
from tests.harness.stack import Stack


def change(redis: RedisServer, job_id: str, **fields: str) -> None:
    """Write fields into a job's record, as another release would."""
    with redis.client() as client:
        client.hset(f"imajin:job:{job_id}", mapping=fields)


def test_fields_that_this_release_does_not_know_are_let_be(
    stack: Stack, worker: Program, redis: RedisServer
) -> None:
    """F33: in the record, in the envelope and in its progress; a record without a version too."""
    worker.kill()
    job_id = stack.api.submit("/derivatives", quick_request())
    change(redis, job_id, colour="blue", cost='{"euros": 3}')
    with redis.client() as client:
        client.hdel(f"imajin:job:{job_id}", "version")
        key = f"celery-task-meta-{job_id}"
        meta: dict[str, Any] = json.loads(client.get(key))
        meta["colour"] = meta["job"]["colour"] = "blue"
        progress = {"stage": "variants", "step": 0, "steps": 1, "percent": 10, "mood": "calm"}
        meta["job"]["progress"] = progress
        client.set(key, json.dumps(meta))

    shown = stack.api.job(job_id)
    worker.start()

    assert shown["status"] == "queued"
    assert shown["progress"]["percent"] == 10
    assert stack.api.ended(job_id)["status"] == "succeeded"
    assert all_variants(stack, job_id, 1)


def test_a_record_of_an_unknown_version_fails_and_says_so(
    stack: Stack, worker: Program, redis: RedisServer
) -> None:
    """F33: UNSUPPORTED_VERSION after one attempt, whatever its payload is; the next is served."""
    worker.kill()
    job_id = stack.api.submit("/derivatives", quick_request())
    change(redis, job_id, version="99", payload="<what version 99 holds>")

    worker.start()

    job = stack.api.ended(job_id)
    assert (job["status"], job["attempts"]) == ("failed", 1)
    assert job["error"]["code"] == "UNSUPPORTED_VERSION"
    assert job["error"]["details"] == {"version": 99}
    assert stack.api.run("/derivatives", quick_request())["variants"]


def test_a_kind_of_job_that_this_release_does_not_know_stops_no_sweeper(
    stack: Stack, worker: Program, redis: RedisServer
) -> None:
    """F33: it is left to the workers that know it; other jobs are taken back as ever."""
    other = "f" * 32
    change(redis, other, id=other, type="upscale", state="running", lease_ms="0", token="1")
    with redis.client() as client:
        client.zadd("imajin:due", {other: 0})
    job_id = stack.api.submit("/derivatives", slow_request(3))
    at_work(stack, job_id)
    worker.pool()[0].kill()

    job = stack.api.ended(job_id)

    assert (job["status"], job["attempts"]) == ("succeeded", 2)
    with redis.client() as client:
        assert client.hget(f"imajin:job:{other}", "state") == "running"
        client.delete(f"imajin:job:{other}")
