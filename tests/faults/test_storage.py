"""Disks that are full: under Redis, and under the pictures.

F16 at the gateway and in a worker: tests/integration/test_gateway_troubles.py.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from redis.exceptions import ResponseError

from tests.faults.watching import LANE, LEASE, all_variants, at_work, lasting, serves
from tests.harness.client import assert_error
from tests.harness.images import quick_request, slow_request
from tests.harness.limits import NotPermitted, small_disk
from tests.harness.programs import wait_until
from tests.harness.redis_server import RedisServer
from tests.harness.stack import Stack


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of a few megabytes."""
    try:
        with small_disk(tmp_path / "disk", "6m") as folder:
            yield folder
    except NotPermitted as reason:
        pytest.skip(str(reason))


@pytest.fixture
def little(disk: Path, tmp_path: Path) -> Iterator[tuple[Stack, RedisServer]]:
    """A service whose Redis keeps its file on that disk."""
    with (
        RedisServer(disk / "redis") as server,
        Stack(tmp_path / "stack", server.url, lease_seconds=LEASE, web_workers=1) as stack,
    ):
        yield stack.start("web", LANE).wait_for_web().wait_for_workers(LANE), server


def test_a_full_disk_under_redis_stops_acceptance_and_loses_no_job(
    little: tuple[Stack, RedisServer], disk: Path
) -> None:
    """F15: 503 while the append-only file cannot grow; Redis lives, all ends once it can."""
    stack, server = little
    running = stack.api.submit("/derivatives", slow_request(4))
    waiting = stack.api.submit("/derivatives", quick_request())
    at_work(stack, running)
    filler = disk / "filler"
    fill(filler)
    wait_until(lambda: refuses(server), 60, "Redis refuses to write")

    answer = stack.api.post("/derivatives/async", quick_request())
    assert_error(answer, 503, "QUEUE_UNAVAILABLE")
    time.sleep(lasting(4, 60))
    assert server.program.alive
    filler.unlink()
    wait_until(lambda: not refuses(server), 60, "Redis writes again")
    worker = stack.programs[LANE]
    time.sleep(0.5)
    if not worker.alive:
        # Celery leaves a Redis that refuses; a supervisor starts it again.
        worker.kill()
        worker.start()

    jobs = [stack.api.ended(job_id) for job_id in (running, waiting)]

    assert [job["status"] for job in jobs] == ["succeeded", "succeeded"]
    assert all_variants(stack, running, 4)
    assert serves(stack) < 60


def fill(path: Path) -> None:
    """Write until there is no room."""
    with path.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(4096))
        except OSError:
            return


def refuses(server: RedisServer) -> bool:
    """Whether Redis answers a write with MISCONF; the write itself fills its file."""
    with server.client() as client:
        try:
            client.set("filler", "x" * 512, ex=1)
        except ResponseError as error:
            assert "MISCONF" in str(error), error
            return True
    return False
