"""A Redis that is killed, hung, full, cut off or empty."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from tests.faults.watching import (
    LANE,
    all_variants,
    at_work,
    lasting,
    outlasting,
    serves,
    starts,
)
from tests.harness.client import assert_error
from tests.harness.images import quick_request, slow_request
from tests.harness.programs import Program, wait_until
from tests.harness.redis_server import RedisServer
from tests.harness.stack import Stack


def test_all_connections_cut_in_mid_job_end_in_one_result(
    stack: Stack, worker: Program, redis: RedisServer
) -> None:
    """F10: one run, and the worker asks for messages again."""
    job_id = stack.api.submit("/derivatives", slow_request(3))
    at_work(stack, job_id)
    with redis.client() as client:
        own = client.client_id()
        for one in client.client_list():
            if int(one["id"]) != own:
                client.client_kill_filter(_id=one["id"])

    job = outlasting(stack, job_id)

    assert (job["status"], job["attempts"]) == ("succeeded", 1)
    assert all_variants(stack, job_id, 3)
    assert starts(worker, job_id) == 1
    assert serves(stack) < 20


def test_redis_killed_and_restarted_in_mid_job_loses_nothing(
    stack: Stack, worker: Program, redis: RedisServer
) -> None:
    """F11: the running job ends once, the queued one is kept, and no error is made up."""
    running = stack.api.submit("/derivatives", slow_request(14))
    waiting = stack.api.submit("/derivatives", quick_request())
    at_work(stack, running)
    # The append-only file is written each second.
    time.sleep(1.2)
    assert stack.api.job(running)["status"] == "processing"
    redis.kill()
    redis.start()

    jobs = [stack.api.ended(job_id) for job_id in (running, waiting)]

    assert [job["status"] for job in jobs] == ["succeeded", "succeeded"]
    assert all_variants(stack, running, 14)
    assert starts(worker, running) == 1
    assert all_variants(stack, waiting, 1)
    assert worker.alive


@pytest.mark.parametrize(
    ("trouble", "row"), [("killed", "F12"), ("hung", "F13")], ids=["killed", "hung"]
)
def test_a_redis_that_is_away_for_long_costs_time_and_no_job(
    stack: Stack, worker: Program, redis: RedisServer, trouble: str, row: str
) -> None:
    """F12, F13: 503 within 3 s meanwhile, /healthz answers; all goes on within 30 s after."""
    running = stack.api.submit("/derivatives", slow_request(4))
    waiting = stack.api.submit("/derivatives", quick_request())
    at_work(stack, running)
    time.sleep(1.2)  # the append-only file is written each second
    away, back = (redis.kill, redis.start) if trouble == "killed" else (redis.pause, redis.resume)
    away()
    ends = time.monotonic() + lasting(8, 120 if row == "F12" else 60)
    while time.monotonic() < ends:
        began = time.monotonic()
        answer = stack.api.post("/derivatives/async", quick_request())
        assert_error(answer, 503, "QUEUE_UNAVAILABLE")
        assert time.monotonic() - began < 3
        assert stack.api.get("/healthz").status_code == 200
        assert_error(stack.api.get("/readyz"), 503, "QUEUE_UNAVAILABLE")
        time.sleep(0.5)
    back()
    returned = time.monotonic()

    jobs = [outlasting(stack, job_id) for job_id in (running, waiting)]

    assert [job["status"] for job in jobs] == ["succeeded", "succeeded"]
    assert all_variants(stack, running, 4)
    assert serves(stack) < 30
    assert time.monotonic() - returned < 60
    assert worker.alive


def test_a_redis_at_its_memory_limit_loses_no_accepted_job(
    stack: Stack, worker: Program, redis: RedisServer
) -> None:
    """F14: nothing more is accepted, what was accepted ends once there is room again."""
    running = stack.api.submit("/derivatives", slow_request(4))
    waiting = [stack.api.submit("/derivatives", quick_request()) for _ in range(3)]
    at_work(stack, running)
    with redis.client() as client:
        client.config_set("maxmemory", "1mb")
        try:
            answer = stack.api.post("/derivatives/async", quick_request())
            assert_error(answer, 503, "QUEUE_UNAVAILABLE")
            time.sleep(lasting(6, 30))
        finally:
            client.config_set("maxmemory", "0")
    supervise(worker)

    jobs = [stack.api.ended(job_id) for job_id in (running, *waiting)]

    assert {job["status"] for job in jobs} == {"succeeded"}
    assert serves(stack) < 60


def test_a_redis_that_is_nearly_full_takes_no_more_and_lets_the_rest_end(
    stack: Stack, worker: Program, redis: RedisServer
) -> None:
    """F14: 503 before the limit is reached, so that what was accepted can still end."""
    running = stack.api.submit("/derivatives", slow_request(4))
    at_work(stack, running)
    with redis.client() as client:
        used = int(client.info("memory")["used_memory"])
        client.config_set("maxmemory", str(int(used / 0.85)))
        try:
            wait_until(lambda: refused(stack), 10, "a job is refused", pause=0.3)
            assert stack.api.ended(running)["status"] == "succeeded"
            assert worker.alive
        finally:
            client.config_set("maxmemory", "0")
    assert serves(stack) < 60


def refused(stack: Stack) -> bool:
    """Whether the gateway takes no job because Redis is nearly full."""
    answer = stack.api.post("/derivatives/async", quick_request())
    if answer.status_code == 202:
        return False
    assert_error(answer, 503, "QUEUE_UNAVAILABLE")
    return "nearly full" in answer.json()["error"]


def supervise(worker: Program) -> None:
    """Start a worker that has ended, as a supervisor would: Celery leaves a Redis that refuses."""
    time.sleep(0.5)
    if not worker.alive:
        worker.kill()
        worker.start()


def test_a_redis_that_forgets_all_says_unknown_and_never_queued(
    stack: Stack, worker: Program, redis: RedisServer
) -> None:
    """F17: after FLUSHALL each earlier job is JOB_NOT_FOUND, and new ones run."""
    ended = stack.api.submit("/derivatives", quick_request())
    stack.api.ended(ended)
    running = stack.api.submit("/derivatives", slow_request(3))
    waiting = stack.api.submit("/derivatives", quick_request())
    at_work(stack, running)
    with redis.client() as client:
        client.flushall()

    for job_id in (ended, running, waiting):
        assert_error(stack.api.get(f"/jobs/{job_id}"), 404, "JOB_NOT_FOUND")
    assert serves(stack) < 60
    assert_error(stack.api.get(f"/jobs/{running}"), 404, "JOB_NOT_FOUND")


@pytest.mark.parametrize(
    ("option", "value", "remedy"),
    [
        ("--appendonly", "no", "Start it with --appendonly yes."),
        ("--maxmemory-policy", "allkeys-lru", "Start it with --maxmemory-policy noeviction."),
    ],
)
def test_a_redis_that_would_forget_is_not_ready(
    tmp_path: Path, option: str, value: str, remedy: str
) -> None:
    """F17: what would forget is told by /readyz, and by gateway and worker when they start."""
    with (
        RedisServer(tmp_path / "redis", option, value) as server,
        Stack(tmp_path / "stack", server.url, web_workers=1) as stack,
    ):
        stack.start("web", LANE).wait_for_web()

        answer = stack.api.get("/readyz")

        assert_error(answer, 503, "QUEUE_UNAVAILABLE")
        assert answer.json()["error"].endswith(remedy)
        for program in ("web", LANE):
            log = stack.programs[program]
            wait_until(lambda log=log: remedy in log.text(), 60, f"{program} says so")


def test_a_result_that_is_gone_is_never_a_wrong_one(
    stack: Stack, worker: Program, redis: RedisServer
) -> None:
    """F30: the result keys alone are lost: running jobs end by the ledger, ended ones are 404."""
    ended = stack.api.submit("/derivatives", quick_request())
    stack.api.ended(ended)
    running = stack.api.submit("/derivatives", slow_request(3))
    at_work(stack, running)
    with redis.client() as client:
        client.delete(*(f"celery-task-meta-{job_id}" for job_id in (ended, running)))

    assert_error(stack.api.get(f"/jobs/{ended}"), 404, "JOB_NOT_FOUND")
    wait_until(lambda: stack.api.get(f"/jobs/{running}").status_code == 200, 30, "it shows again")
    assert stack.api.ended(running)["status"] == "succeeded"
    assert all_variants(stack, running, 3)
