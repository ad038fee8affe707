"""Steps that are stuck in a C call: cancelled by their worker's parent, ended by the hard limit."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.harness.images import quick_request
from tests.harness.programs import Program, read_procfile, wait_until
from tests.harness.redis_server import RedisServer
from tests.harness.stack import Stack

LANE = "cpu_processing"
GRACE = 2


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A gateway on a Redis of its own."""
    folder = tmp_path_factory.mktemp("stuck")
    redis = RedisServer(folder / "redis").start()
    settings = {"web_workers": 1, "cancel_grace_seconds": GRACE, "cpu_workers": 2}
    with Stack(folder / "stack", redis.url, **settings) as found:
        yield found.start("web").wait_for_web()
    redis.stop()


def started(stack: Stack, log: Path, **settings: object) -> Program:
    """The worker of tests/stuck_worker.py, with a child for each of two jobs."""
    command = read_procfile()[LANE].replace("workers.cpu_processing.main", "tests.stuck_worker")
    more = {f"IMAJIN_{name.upper()}": value for name, value in settings.items()}
    worker = Program(LANE, command, log, stack.settings | more).start()
    wait_until(lambda: worker.text().count("child.ready") == 2, 60, "the worker has two children")
    return worker


@pytest.fixture(scope="module")
def worker(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    """A worker with limits that no test reaches."""
    program = started(stack, tmp_path_factory.mktemp("worker") / "worker.log")
    yield program
    program.stop()


def send(stack: Stack, what: str) -> str:
    """The id of a job that does this."""
    request = quick_request()
    request["variants"][0]["name"] = what
    return stack.api.submit("/derivatives", request)


def working(stack: Stack, job_id: str) -> None:
    """Return once the job's step has begun."""
    wait_until(lambda: "progress" in stack.api.processing(job_id), 30, "the step has begun")


@pytest.mark.parametrize("what", ["in-c", "with-gil"])
def test_a_stuck_job_is_cancelled_by_replacing_its_child_alone(
    stack: Stack, worker: Program, what: str
) -> None:
    neighbour, stuck = send(stack, "slow"), send(stack, what)
    working(stack, neighbour)
    working(stack, stuck)
    before = {child.pid for child in worker.pool()}

    assert stack.api.http.delete(f"/jobs/{stuck}").status_code == 202
    asked = time.monotonic()
    job = stack.api.ended(stuck, 60)

    assert job["status"] == "cancelled"
    assert time.monotonic() - asked >= GRACE  # it was given the time to stop by itself
    wait_until(lambda: len(before & {one.pid for one in worker.pool()}) == 1, 30, "one child gone")
    other = stack.api.ended(neighbour, 60)
    assert (other["status"], other["attempts"]) == ("succeeded", 1)
    wait_until(lambda: len(worker.pool()) == 2, 60, "a fresh child")
    assert stack.api.ended(send(stack, "quick"))["status"] == "succeeded"
    assert stack.api.job(stuck)["status"] == "cancelled"


def test_a_job_that_listens_is_cancelled_at_once_and_its_child_stays(
    stack: Stack, worker: Program
) -> None:
    before = {child.pid for child in worker.pool()}
    job_id = send(stack, "slow")
    working(stack, job_id)

    stack.api.http.delete(f"/jobs/{job_id}")
    asked = time.monotonic()

    assert stack.api.ended(job_id)["status"] == "cancelled"
    assert time.monotonic() - asked < GRACE
    assert {child.pid for child in worker.pool()} == before


def test_a_job_cancelled_in_the_queue_never_starts_also_after_a_restart(
    stack: Stack, worker: Program
) -> None:
    busy = [send(stack, "slow") for _ in range(2)]
    waiting = send(stack, "quick")
    assert stack.api.http.delete(f"/jobs/{waiting}").status_code == 202
    worker.stop(20)

    worker.start()

    assert stack.api.job(waiting)["status"] == "cancelled"
    assert [stack.api.ended(job_id, 90)["status"] for job_id in busy] == ["succeeded"] * 2
    lines = [line for line in worker.text().splitlines() if waiting in line]
    assert not [line for line in lines if "step.started" in line]


def test_the_soft_limit_cannot_reach_a_c_call_and_the_hard_limit_ends_it(
    stack: Stack, worker: Program, tmp_path: Path
) -> None:
    worker.stop(20)
    hurried = started(stack, tmp_path / "hurried.log", derivative_timeout=2, hard_limit_grace=1)
    try:
        before = {child.pid for child in hurried.pool()}
        job = stack.api.ended(send(stack, "in-c"), 60)

        assert (job["status"], job["error"]["code"]) == ("failed", "JOB_TIMEOUT")
        assert job["error"]["details"] == {"limitSeconds": 3}
        assert job["attempts"] == 1
        wait_until(lambda: len(before & {one.pid for one in hurried.pool()}) == 1, 30, "one gone")
        assert stack.api.ended(send(stack, "quick"))["status"] == "succeeded"
        # The soft limit reaches what runs in Python, and leaves the child alone.
        again = {child.pid for child in hurried.pool()}
        soft = stack.api.ended(send(stack, "slow"), 60)
        assert soft["error"]["details"] == {"limitSeconds": 2}
        assert {child.pid for child in hurried.pool()} & again
    finally:
        hurried.stop()
