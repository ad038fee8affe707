"""Killed children, killed workers, a restarted Redis, lost messages: no accepted job is lost."""

from __future__ import annotations

import json
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from redis import Redis

from app.celery_apps import publisher
from app.contracts.tasks import DERIVE, JobType
from app.ledger import Ledger
from app.redis_clients import gateway_client
from config.settings import Settings
from tests.harness.client import assert_error
from tests.harness.images import quick_request, slow_request
from tests.harness.programs import Program, read_procfile, wait_until
from tests.harness.redis_server import RedisServer
from tests.harness.stack import Stack

LANE = "cpu_processing"
LEASE = 3


@pytest.fixture(scope="module")
def redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    """A Redis server that the tests of this file may hurt."""
    server = RedisServer(tmp_path_factory.mktemp("fault-redis")).start()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def stack(redis: RedisServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A gateway and one worker with short leases."""
    folder = tmp_path_factory.mktemp("faults")
    with Stack(folder, redis.url, lease_seconds=LEASE, web_workers=1) as found:
        yield found.start("web", LANE).wait_for_web().wait_for_workers(LANE)


@pytest.fixture
def worker(stack: Stack) -> Program:
    """The worker, running."""
    program = stack.programs[LANE]
    if not program.alive:
        program.start()
    wait_until(program.pool, 30, "the worker has a child")
    return program


@pytest.fixture
def settings(stack: Stack, redis: RedisServer) -> Settings:
    """The settings that the gateway of this file runs with."""
    return Settings(redis_url=redis.url, data_dir=stack.data, lease_seconds=LEASE)


def at_work(stack: Stack, job_id: str) -> None:
    """Return once the job is in the midst of its variants."""
    stack.api.processing(job_id)

    def in_the_midst() -> bool:
        return stack.api.job(job_id).get("progress", {}).get("stage") == "variants"

    wait_until(in_the_midst, 30, "the job makes variants", pause=0.02)


def starts(program: Program, job_id: str) -> int:
    """How often the worker's log says that it began the job."""
    return sum(job_id in line and "step.started" in line for line in program.text().splitlines())


def asking(client: Redis) -> list[dict[str, str]]:
    """The connections that wait in Redis for a message."""
    return [one for one in client.client_list() if "b" in one["flags"]]


def runs(process: psutil.Process) -> bool:
    """Whether the process is there and no zombie."""
    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def all_variants(stack: Stack, job_id: str, count: int) -> bool:
    """Whether the job's result holds this many whole variants."""
    variants = stack.api.result(job_id)["variants"]
    return len(variants) == count and all(variant["imageData"] for variant in variants)


def test_a_child_killed_once_costs_one_attempt(stack: Stack, worker: Program) -> None:
    job_id = stack.api.submit("/derivatives", slow_request(4))
    at_work(stack, job_id)
    worker.pool()[0].kill()
    killed = time.monotonic()
    wait_until(lambda: starts(worker, job_id) == 2, 15, "the job is begun again")
    took = time.monotonic() - killed

    job = stack.api.ended(job_id)

    assert (job["status"], job["attempts"]) == ("succeeded", 2)
    assert all_variants(stack, job_id, 4)
    assert took < 10
    assert worker.alive


def test_a_job_that_kills_its_worker_each_time_fails_and_the_next_is_served(
    stack: Stack, worker: Program
) -> None:
    job_id = stack.api.submit("/derivatives", slow_request(20))
    for attempt in (1, 2, 3):
        wait_until(lambda n=attempt: starts(worker, job_id) == n, 30, f"attempt {attempt}")
        at_work(stack, job_id)
        worker.pool()[0].kill()

    job = stack.api.ended(job_id)

    assert job["error"]["code"] == "WORKER_LOST"
    assert job["error"]["details"] == {"attempts": 3}
    assert starts(worker, job_id) == 3
    assert_error(stack.api.get(f"/jobs/{job_id}/result"), 500, "WORKER_LOST")
    assert stack.api.run("/derivatives", quick_request())["variants"]


def test_a_worker_killed_whole_leaves_its_job_to_the_next(stack: Stack, worker: Program) -> None:
    job_id = stack.api.submit("/derivatives", slow_request(4))
    at_work(stack, job_id)
    family = worker.family()
    worker.kill()
    wait_until(lambda: not any(map(runs, family)), 5, "no process of the worker is left")

    worker.start()

    job = stack.api.ended(job_id)
    assert (job["status"], job["attempts"]) == ("succeeded", 2)
    assert all_variants(stack, job_id, 4)


def test_a_worker_asked_to_end_leaves_no_job_behind(stack: Stack, worker: Program) -> None:
    job_id = stack.api.submit("/derivatives", slow_request(8))
    at_work(stack, job_id)
    started = time.monotonic()
    worker.stop(20)
    assert time.monotonic() - started < 15

    worker.start()

    assert stack.api.ended(job_id)["status"] == "succeeded"
    assert all_variants(stack, job_id, 8)


def test_redis_killed_and_restarted_in_mid_job_loses_nothing(
    stack: Stack, worker: Program, redis: RedisServer
) -> None:
    running = stack.api.submit("/derivatives", slow_request(12))
    waiting = stack.api.submit("/derivatives", quick_request())
    at_work(stack, running)
    # The append-only file is written each second.
    time.sleep(1.2)
    assert stack.api.job(running)["status"] == "processing"
    redis.kill()
    redis.start()

    jobs = [stack.api.ended(job_id) for job_id in (running, waiting)]

    assert [job["status"] for job in jobs] == ["succeeded", "succeeded"]
    assert all_variants(stack, running, 12)
    assert starts(worker, running) == 1
    assert all_variants(stack, waiting, 1)
    assert worker.alive


def test_a_lost_message_is_sent_again(stack: Stack, worker: Program, redis: RedisServer) -> None:
    worker.kill()
    with redis.client() as client:
        wait_until(lambda: not asking(client), 5, "nobody asks for messages")
        job_id = stack.api.submit("/derivatives", quick_request())
        assert client.llen(LANE) == 1
        client.delete(LANE)

    worker.start()

    assert stack.api.ended(job_id, 30)["status"] == "succeeded"
    assert starts(worker, job_id) == 1


def test_a_message_given_to_a_dying_worker_is_sent_again(stack: Stack, worker: Program) -> None:
    # A worker that hangs has asked Redis for a message and gets the next one; then it dies.
    worker.signal_all(signal.SIGSTOP)
    job_id = stack.api.submit("/derivatives", quick_request())
    time.sleep(0.5)
    worker.kill()

    worker.start()

    assert stack.api.ended(job_id, 40)["status"] == "succeeded"


def test_a_gateway_that_dies_before_it_sends_leaves_the_job_to_the_sweeper(
    stack: Stack, worker: Program, redis: RedisServer, settings: Settings
) -> None:
    done = stack.api.submit("/derivatives", quick_request())
    stack.api.ended(done)
    ledger = Ledger(gateway_client(settings, redis.url), settings)
    with redis.client() as client:
        payload = json.loads(client.hget(f"imajin:job:{done}", "payload"))
    job_id = "c0ffee" * 5 + "00"

    ledger.accept(job_id, JobType.DERIVATIVE, "", payload)

    assert stack.api.job(job_id)["status"] == "queued"
    assert stack.api.ended(job_id, 30)["status"] == "succeeded"
    assert starts(worker, job_id) == 1


def test_a_message_sent_thrice_runs_once(
    stack: Stack, worker: Program, redis: RedisServer, settings: Settings
) -> None:
    job_id = stack.api.submit("/derivatives", slow_request(2))
    with publisher(settings, redis.url) as celery:
        for _ in range(2):
            celery.send_task(DERIVE.name, args=[job_id], queue=LANE)

    job = stack.api.ended(job_id)
    last = stack.api.submit("/derivatives", quick_request())
    stack.api.ended(last)

    assert (job["status"], job["attempts"]) == ("succeeded", 1)
    assert starts(worker, job_id) == 1
    skipped = [line for line in worker.text().splitlines() if "job.skipped" in line]
    assert sum(job_id in line for line in skipped) == 2


def test_a_worker_that_comes_back_late_is_fenced_off(
    stack: Stack, worker: Program, tmp_path: Path
) -> None:
    job_id = stack.api.submit("/derivatives", slow_request(4))
    at_work(stack, job_id)
    worker.signal_all(signal.SIGSTOP)
    other = second_worker(stack, tmp_path / "second.log")
    try:
        job = stack.api.ended(job_id)
        assert (job["status"], job["attempts"]) == ("succeeded", 2)
        assert starts(other, job_id) == 1

        worker.signal_all(signal.SIGCONT)
        wait_until(lambda: "step.fenced" in worker.text(), 30, "the late run is fenced off")
        assert stack.api.job(job_id) == job
    finally:
        worker.signal_all(signal.SIGCONT)
        other.stop()


def test_a_running_job_is_cancelled_and_the_child_serves_the_next(
    stack: Stack, worker: Program
) -> None:
    child = worker.pool()[0].pid
    job_id = stack.api.submit("/derivatives", slow_request(20))
    at_work(stack, job_id)

    answer = stack.api.http.delete(f"/jobs/{job_id}")
    asked = time.monotonic()

    assert answer.status_code == 202
    assert stack.api.ended(job_id)["status"] == "cancelled"
    assert time.monotonic() - asked < 5
    assert_error(stack.api.get(f"/jobs/{job_id}/result"), 410, "JOB_CANCELLED")
    assert stack.api.run("/derivatives", quick_request())["variants"]
    assert [one.pid for one in worker.pool()] == [child]


def second_worker(stack: Stack, log: Path) -> Program:
    """Another worker of the lane, with a name of its own."""
    command = read_procfile()[LANE]
    renamed = command.replace(f"{LANE}@%h", "second@%h")
    assert renamed != command
    return Program("second", renamed, log, stack.settings).start()
