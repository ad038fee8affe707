"""Workers that die, hang, come back late or are asked to end: no accepted job is lost."""

from __future__ import annotations

import signal
import time
from pathlib import Path

from app.celery_apps import publisher
from app.contracts.tasks import DERIVE
from config.settings import Settings
from tests.faults.watching import (
    LANE,
    LEASE,
    all_variants,
    another_worker,
    asking,
    at_work,
    lasting,
    runs,
    said,
    starts,
)
from tests.harness.client import assert_error
from tests.harness.images import quick_request, slow_request
from tests.harness.programs import Program, wait_until
from tests.harness.redis_server import RedisServer
from tests.harness.stack import Stack


def test_a_child_killed_once_costs_one_attempt(stack: Stack, worker: Program) -> None:
    """F01: begun again within 10 s, one result, two attempts."""
    job_id = stack.api.submit("/derivatives", slow_request(3))
    at_work(stack, job_id)
    worker.pool()[0].kill()
    killed = time.monotonic()
    wait_until(lambda: starts(worker, job_id) == 2, 40, "the job is begun again", pause=0.02)
    took = time.monotonic() - killed

    job = stack.api.ended(job_id)

    assert (job["status"], job["attempts"]) == ("succeeded", 2)
    assert all_variants(stack, job_id, 3)
    assert took < 10
    assert worker.alive


def test_a_job_that_kills_its_worker_each_time_fails_and_the_next_is_served(
    stack: Stack, worker: Program
) -> None:
    """F02: WORKER_LOST after three attempts, and the worker goes on."""
    job_id = stack.api.submit("/derivatives", slow_request(20))
    for attempt in (1, 2, 3):
        wait_until(lambda n=attempt: starts(worker, job_id) == n, 40, f"attempt {attempt}")
        at_work(stack, job_id)
        worker.pool()[0].kill()

    job = stack.api.ended(job_id)

    assert job["error"]["code"] == "WORKER_LOST"
    assert job["error"]["details"] == {"attempts": 3}
    assert starts(worker, job_id) == 3
    assert_error(stack.api.get(f"/jobs/{job_id}/result"), 500, "WORKER_LOST")
    assert stack.api.run("/derivatives", quick_request())["variants"]


def test_a_worker_killed_whole_leaves_its_job_to_the_next(stack: Stack, worker: Program) -> None:
    """F03: taken over once the lease is out, and no process of the dead worker stays."""
    job_id = stack.api.submit("/derivatives", slow_request(3))
    at_work(stack, job_id)
    family = worker.family()
    worker.kill()
    wait_until(lambda: not any(map(runs, family)), 5, "no process of the worker is left")

    worker.start()

    job = stack.api.ended(job_id)
    assert (job["status"], job["attempts"]) == ("succeeded", 2)
    assert all_variants(stack, job_id, 3)


def test_a_worker_asked_to_end_finishes_what_is_short(stack: Stack, worker: Program) -> None:
    """F04: a short job is done in the time that the worker takes to end, exit status 0."""
    job_id = stack.api.submit("/derivatives", slow_request(1))
    stack.api.processing(job_id)
    status = worker.stop(30)

    job = stack.api.ended(job_id, 5)

    assert status == 0
    assert (job["status"], job["attempts"]) == ("succeeded", 1)


def test_a_worker_asked_to_end_leaves_what_is_long_to_the_next(
    stack: Stack, worker: Program
) -> None:
    """F04: a long job is handed back, and the worker ends within 30 s."""
    job_id = stack.api.submit("/derivatives", slow_request(7))
    at_work(stack, job_id)
    started = time.monotonic()
    worker.stop(30)
    assert time.monotonic() - started < 30

    worker.start()

    assert stack.api.ended(job_id)["status"] == "succeeded"
    assert all_variants(stack, job_id, 7)


def test_a_worker_asked_to_end_and_killed_before_it_could_is_a_killed_worker(
    stack: Stack, worker: Program
) -> None:
    """F05: as F03."""
    job_id = stack.api.submit("/derivatives", slow_request(5))
    at_work(stack, job_id)
    worker.signal_all(signal.SIGTERM)
    time.sleep(lasting(0.5, 2))
    worker.kill()

    worker.start()

    assert stack.api.ended(job_id)["status"] == "succeeded"
    assert all_variants(stack, job_id, 5)


def test_a_message_given_to_a_dying_worker_is_sent_again(stack: Stack, worker: Program) -> None:
    """F06: a hung worker gets the message and dies; another runs the job within 40 s."""
    worker.signal_all(signal.SIGSTOP)
    job_id = stack.api.submit("/derivatives", quick_request())
    time.sleep(0.5)
    worker.kill()

    worker.start()

    assert stack.api.ended(job_id, 40)["status"] == "succeeded"


def test_a_lost_message_is_sent_again(stack: Stack, worker: Program, redis: RedisServer) -> None:
    """F06: the message is gone from Redis without a trace; the sweeper sends another."""
    worker.kill()
    with redis.client() as client:
        wait_until(lambda: not asking(client), 20, "nobody asks for messages")
        job_id = stack.api.submit("/derivatives", quick_request())
        assert client.llen(LANE) == 1
        client.delete(LANE)

    worker.start()

    assert stack.api.ended(job_id, 40)["status"] == "succeeded"
    assert starts(worker, job_id) == 1


def test_a_worker_that_comes_back_late_is_fenced_off(
    stack: Stack, worker: Program, tmp_path: Path
) -> None:
    """F07: hung for longer than its lease; another's result stands, the late one is refused."""
    job_id = stack.api.submit("/derivatives", slow_request(3))
    at_work(stack, job_id)
    worker.signal_all(signal.SIGSTOP)
    try:
        with another_worker(stack, tmp_path / "second.log") as other:
            job = stack.api.ended(job_id)
            assert (job["status"], job["attempts"]) == ("succeeded", 2)
            assert starts(other, job_id) == 1

            worker.signal_all(signal.SIGCONT)
            fenced = "step.fenced"
            wait_until(lambda: said(worker, fenced, job_id), 60, "the late run is fenced off")
            assert stack.api.job(job_id) == job
    finally:
        worker.signal_all(signal.SIGCONT)


def test_a_long_job_and_copies_of_its_message_run_once(
    stack: Stack, worker: Program, redis: RedisServer, settings: Settings
) -> None:
    """F08, F09: longer than a lease, with its message delivered thrice: one run."""
    began = time.monotonic()
    job_id = stack.api.submit("/derivatives", slow_request(32))
    at_work(stack, job_id)
    # What a visibility timeout shorter than the job does.
    with publisher(settings, redis.url) as celery:
        for _ in range(2):
            celery.send_task(DERIVE.name, args=[job_id], queue=LANE)

    job = stack.api.ended(job_id)
    took = time.monotonic() - began
    stack.api.run("/derivatives", quick_request())

    assert took > LEASE
    assert (job["status"], job["attempts"]) == ("succeeded", 1)
    assert starts(worker, job_id) == 1
    wait_until(lambda: said(worker, "job.skipped", job_id) == 2, 20, "both copies are skipped")


def test_two_sweepers_send_a_lost_message_once(
    stack: Stack, worker: Program, redis: RedisServer, tmp_path: Path
) -> None:
    """F32: every worker sweeps; each job runs once and few messages are sent twice."""
    worker.kill()
    with redis.client() as client:
        wait_until(lambda: not asking(client), 20, "nobody asks for messages")
        jobs = [stack.api.submit("/derivatives", quick_request()) for _ in range(6)]
        client.delete(LANE)
    worker.start()
    with another_worker(stack, tmp_path / "second.log") as other:
        both = (worker, other)

        assert {stack.api.ended(job_id, 60)["status"] for job_id in jobs} == {"succeeded"}
        assert all(sum(starts(one, job_id) for one in both) == 1 for job_id in jobs)
        sent = sum(said(one, "sweep.sent", job_id) for one in both for job_id in jobs)
        assert 1 <= sent <= 2 * len(jobs)
