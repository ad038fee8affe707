"""Rows about event streams: a thousand readers on one gateway process, beside their goals."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import httpx
import psutil

from app.contracts.tasks import GENERATE, JobType
from app.ledger import Ledger
from app.ledger_records import Claim
from app.redis_clients import gateway_client
from config.embedded_redis import free_port
from config.settings import ROOT
from tests.benchmarks.processes import Bench
from tests.benchmarks.rows import Row

READERS = 1000
GOAL_MB = 150.0
GOAL_MS = 50.0


@dataclass(frozen=True)
class Measured:
    """The gateway process's memory with all streams open, and each reader's lag in milliseconds."""

    rss_mb: float
    lags_ms: list[float]

    @property
    def p95_ms(self) -> float:
        """The lag that 95 of 100 readers stay below."""
        return statistics.quantiles(self.lags_ms, n=20)[-1]


def rows(bench: Bench) -> list[Row]:
    """Memory and lag; `theirs` is the goal itself, for there is no bare thing beside it."""
    found = measure(bench, jobs=READERS, each=1, pause=0.005)
    return [
        Row("listeners.rss_mb", found.rss_mb, GOAL_MB, "MB", goal=1.0),
        Row("listeners.lag_p95_ms", found.p95_ms, GOAL_MS, "ms", goal=1.0),
    ]


def measure(
    bench: Bench, jobs: int, each: int, pause: float, options: Sequence[str] = ()
) -> Measured:
    """Open `each` streams of each job, commit one job after another, and see when it is heard."""
    settings = bench.settings.model_copy(update={"lease_seconds": 600})
    ledger = Ledger(gateway_client(settings, bench.url), settings)
    with _gateway(bench, options) as (url, gateway):
        claims = [_claimed(ledger) for _ in range(jobs)]
        with subprocess.Popen(
            [sys.executable, "-m", "tests.benchmarks.listeners", url, str(each)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        ) as readers:
            assert readers.stdin is not None and readers.stdout is not None
            readers.stdin.write(" ".join(claim.job.id for claim in claims) + "\n")
            readers.stdin.flush()
            assert readers.stdout.readline() == "ready\n", "the readers ended early"
            committed: dict[str, float] = {}
            for claim in claims:
                committed[claim.job.id] = time.monotonic()
                assert ledger.succeed(claim, {})
                time.sleep(pause)
            rss = max(child.memory_info().rss for child in gateway.children())
            heard = [line.split() for line in readers.stdout.read().splitlines()]
    assert len(heard) == jobs * each, f"{len(heard)} of {jobs * each} readers heard the end"
    lags = [(float(at) - committed[job_id]) * 1e3 for job_id, at in heard]
    return Measured(rss / 1e6, lags)


def _claimed(ledger: Ledger) -> Claim:
    job = ledger.accept(uuid.uuid4().hex, JobType.GENERATE, {})
    claim = ledger.claim(job.id, GENERATE.step, "bench", uuid.uuid4().hex)
    assert isinstance(claim, Claim), claim
    return claim


@contextmanager
def _gateway(bench: Bench, options: Sequence[str]) -> Iterator[tuple[str, psutil.Process]]:
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    server = subprocess.Popen(
        [
            *(sys.executable, "-m", "gunicorn", "--config", "config/gunicorn.py"),
            *(*options, "app.wsgi:app"),
        ],
        cwd=ROOT,
        env=os.environ
        | {
            "REDIS_URL": bench.url,
            "IMAJIN_DATA_DIR": str(bench.settings.data_dir),
            "IMAJIN_PORT": str(port),
            "IMAJIN_WEB_WORKERS": "1",
            "IMAJIN_LOG_LEVEL": "WARNING",
        },
    )
    try:
        deadline = time.monotonic() + 60
        while not _answers(url):
            assert time.monotonic() < deadline, "the gateway did not start"
            time.sleep(0.1)
        yield url, psutil.Process(server.pid)
    finally:
        server.terminate()
        server.wait()


def _answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/healthz").status_code == 200
    except httpx.TransportError:
        return False
