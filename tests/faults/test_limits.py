"""Jobs that are cancelled, and jobs that take more than they may."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.faults.watching import LANE, at_work, said, starts
from tests.harness.client import assert_error
from tests.harness.images import quick_request, slow_request
from tests.harness.limits import NotPermitted, memory_group
from tests.harness.programs import Program, read_procfile, wait_until
from tests.harness.stack import Stack


def test_a_running_job_is_cancelled_and_the_child_serves_the_next(
    stack: Stack, worker: Program
) -> None:
    """F24: it stops within a variant, the child stays, and what has ended stays ended."""
    child = worker.pool()[0].pid
    job_id = stack.api.submit("/derivatives", slow_request(20))
    at_work(stack, job_id)

    answer = stack.api.http.delete(f"/jobs/{job_id}")
    asked = time.monotonic()

    assert answer.status_code == 202
    assert stack.api.ended(job_id)["status"] == "cancelled"
    assert time.monotonic() - asked < 5
    assert_error(stack.api.get(f"/jobs/{job_id}/result"), 410, "JOB_CANCELLED")
    again = stack.api.http.delete(f"/jobs/{job_id}")
    assert (again.status_code, again.json()["status"]) == (200, "cancelled")
    assert stack.api.run("/derivatives", quick_request())["variants"]
    assert [one.pid for one in worker.pool()] == [child]


def test_a_queued_job_that_is_cancelled_never_starts(stack: Stack, worker: Program) -> None:
    """F24: not even when the workers are started anew."""
    first = stack.api.submit("/derivatives", slow_request(4))
    at_work(stack, first)
    job_id = stack.api.submit("/derivatives", quick_request())
    assert stack.api.http.delete(f"/jobs/{job_id}").json()["status"] == "cancelled"
    worker.kill()

    worker.start()

    assert stack.api.ended(first)["status"] == "succeeded"
    assert stack.api.run("/derivatives", quick_request())["variants"]
    assert stack.api.job(job_id)["status"] == "cancelled"
    assert starts(worker, job_id) == 0


LARGE = slow_request(1) | {
    "variants": [{"name": "large", "width": 7000, "enlarge": True, "format": "png"}]
}


@pytest.fixture
def cramped(stack: Stack, worker: Program, tmp_path: Path) -> Iterator[Program]:
    """A worker with too little memory for a large picture and enough for a small one."""
    worker.kill()
    name = f"imajin-{os.getpid()}"
    with ExitStack() as opened:
        try:
            group = opened.enter_context(memory_group(name))
        except NotPermitted as reason:
            pytest.skip(str(reason))
        line = group.command(read_procfile()[LANE].replace(f"{LANE}@%h", "cramped@%h"))
        program = Program("cramped", line, tmp_path / "log", stack.settings).start()
        opened.callback(lambda: wait_until(lambda: not program.group(), 20, "the group is empty"))
        opened.callback(program.kill)
        wait_until(lambda: said(program, "child.ready"), 90, "the worker is ready")
        stack.api.run("/derivatives", quick_request())
        group.leave(50 * 1024**2)
        yield program


def test_a_job_that_outgrows_the_memory_fails_and_the_worker_goes_on(
    stack: Stack, cramped: Program
) -> None:
    """F26: the system kills the child each time: as F02."""
    child = cramped.pool()[0].pid
    job_id = stack.api.submit("/derivatives", LARGE)

    job = stack.api.ended(job_id, 120)

    assert job["status"] == "failed", job
    assert (job["error"]["code"], job["attempts"]) == ("WORKER_LOST", 3)
    assert cramped.alive
    wait_until(cramped.pool, 60, "the worker has a child")
    assert [one.pid for one in cramped.pool()] != [child]
    assert stack.api.run("/derivatives", quick_request())["variants"]
