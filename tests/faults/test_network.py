"""Wires that are cut, slow, or lie: what stands behind them is taken over, nothing is lost."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.faults.watching import (
    LANE,
    all_variants,
    another_worker,
    at_work,
    lasting,
    outlasting,
    said,
    serves,
    starts,
)
from tests.harness import netns
from tests.harness.images import quick_request, slow_request
from tests.harness.programs import Program, read_procfile, wait_until
from tests.harness.redis_server import RedisServer
from tests.harness.stack import Stack
from tests.harness.tcp_proxy import TcpProxy


class Remote:
    """A worker on a network of its own, and the knife to its wire."""

    def __init__(self, program: Program, cut: Callable[[], None], mend: Callable[[], None]) -> None:
        self.program, self.cut, self.mend = program, cut, mend


@pytest.fixture
def remote(
    stack: Stack, redis: RedisServer, tmp_path: Path, note: Callable[[str], None]
) -> Iterator[Remote]:
    """A worker behind a cable; where namespaces are not permitted, behind a proxy that drops."""
    log = tmp_path / "remote.log"
    line = read_procfile()[LANE].replace(f"{LANE}@%h", "remote@%h")
    with ExitStack() as opened:
        if netns.permitted():
            space = opened.enter_context(netns.Namespace())
            proxy = opened.enter_context(TcpProxy(redis.port, tmp_path, space.outside))
            cut, mend, line = space.cut, space.mend, space.command(line)
        else:
            note("no right to make a network namespace: the wire was cut by a proxy instead")
            proxy = opened.enter_context(TcpProxy(redis.port, tmp_path))
            cut, mend = lambda: proxy.turn("drop"), lambda: proxy.turn("pass")
        program = Program("remote", line, log, stack.settings | {"REDIS_URL": proxy.url}).start()
        opened.callback(program.kill)
        wait_until(lambda: said(program, "child.ready"), 90, "the remote worker is ready")
        yield Remote(program, cut, mend)


def test_a_worker_cut_off_is_taken_over_and_its_late_result_refused(
    stack: Stack, worker: Program, remote: Remote
) -> None:
    """F18: the lease decides; a healed wire brings the worker back unaided."""
    worker.kill()
    job_id = stack.api.submit("/derivatives", slow_request(6))
    wait_until(lambda: starts(remote.program, job_id), 60, "the remote worker has the job")
    remote.cut()
    cut = time.monotonic()
    waiting = [stack.api.submit("/derivatives", quick_request()) for _ in range(3)]

    worker.start()
    job = stack.api.ended(job_id)
    assert (job["status"], job["attempts"]) == ("succeeded", 2)
    assert {stack.api.ended(one, 60)["status"] for one in waiting} == {"succeeded"}
    time.sleep(max(0.0, lasting(8, 100) - (time.monotonic() - cut)))
    remote.mend()

    wait_until(lambda: said(remote.program, "step.fenced", job_id), 120, "the late run is refused")
    assert stack.api.job(job_id) == job
    worker.kill()
    assert serves(stack, 120) < 120
    assert remote.program.alive


@pytest.fixture
def far(stack: Stack, redis: RedisServer, tmp_path: Path) -> Iterator[tuple[Stack, TcpProxy]]:
    """A gateway whose Redis is behind the proxy."""
    with (
        TcpProxy(redis.port, tmp_path) as proxy,
        Stack(tmp_path / "far", proxy.url, data_dir=stack.data, web_workers=1) as gateway,
    ):
        yield gateway.start("web").wait_for_web(), proxy


def test_a_bad_line_costs_time_and_no_job(
    far: tuple[Stack, TcpProxy], worker: Program, stack: Stack, redis: RedisServer, tmp_path: Path
) -> None:
    """F19: delay, resets, throttle and half-open connections, at the gateway and at a worker."""
    gateway, proxy = far
    worker.kill()
    accepted: list[str] = []
    slowest = 0.0
    settings = {"REDIS_URL": proxy.url}
    with another_worker(stack, tmp_path / "remote.log", "remote", **settings) as remote:
        wait_until(lambda: said(remote, "child.ready"), 90, "the remote worker is ready")
        for mode, value in (
            *(("delay", 0.1), ("reset", 0.02), ("reset", 1), ("pass", None)),
            *(("throttle", 50_000), ("half-open", None), ("pass", None)),
        ):
            proxy.turn(mode, value)
            for _ in range(4):
                began = time.monotonic()
                answer = gateway.api.post("/derivatives/async", quick_request())
                slowest = max(slowest, time.monotonic() - began)
                assert answer.status_code in (202, 503), answer.text
                if answer.status_code == 202:
                    accepted.append(answer.json()["jobId"])
        proxy.turn("pass")

        jobs = [outlasting(gateway, job_id, 120) for job_id in accepted]

    assert len(accepted) >= 8
    assert {job["status"] for job in jobs} == {"succeeded"}
    assert slowest < 5


def test_a_half_open_worker_comes_back_by_itself(
    stack: Stack, worker: Program, redis: RedisServer, tmp_path: Path
) -> None:
    """F19: a worker whose Redis vanished without a word asks again and serves the next job."""
    worker.kill()
    with (
        TcpProxy(redis.port, tmp_path) as proxy,
        another_worker(stack, tmp_path / "log", "remote", REDIS_URL=proxy.url) as remote,
    ):
        wait_until(lambda: said(remote, "child.ready"), 90, "the remote worker is ready")
        job_id = stack.api.submit("/derivatives", slow_request(3))
        at_work(stack, job_id)
        proxy.turn("half-open")
        time.sleep(1)
        proxy.turn("pass")

        assert stack.api.ended(job_id, 120)["status"] == "succeeded"
        assert all_variants(stack, job_id, 3)
        assert serves(stack, 120) < 120
