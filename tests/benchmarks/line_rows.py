"""Rows about a long line: a poll, an acceptance and a sweep with 100,000 jobs queued."""

from __future__ import annotations

import statistics
import uuid
from collections.abc import Callable

from redis import Redis

from app.contracts.tasks import JobType, Queue
from app.ledger import Ledger
from app.redis_clients import gateway_client
from app.submissions import Submission
from config.settings import Settings
from tests.benchmarks.processes import Bench
from tests.benchmarks.rows import Row, seconds
from tests.harness.long_lines import fill

JOBS = 100_000
TIMES = 400
SWEEP_GOAL_MS = 500.0


def rows(bench: Bench) -> list[Row]:
    """All three, on a database of their own that no worker reads."""
    url = bench.url.removesuffix("/0") + "/9"
    settings = Settings(redis_url=url, queue_limit=10 * JOBS)
    ledger = Ledger(gateway_client(settings, url), settings)
    with Redis.from_url(url, decode_responses=True) as redis:
        redis.flushdb()
        _measure_pace(ledger)
        short = _timings(ledger)
        fill(redis, settings, JOBS)
        long = _timings(ledger)
        sweep = statistics.median(seconds(lambda: _sweep(ledger)) for _ in range(9)) * 1e3
        redis.flushdb()
    names = ("poll.100k", "accept.100k")
    compared = [
        Row(name, mine * 1e3, bare * 1e3, "ms", goal=2.0)
        for name, mine, bare in zip(names, long, short, strict=True)
    ]
    return [*compared, Row("sweep.100k", sweep, SWEEP_GOAL_MS, "ms", goal=1.0)]


def _measure_pace(ledger: Ledger) -> None:
    """Let one job end, so that a poll has an ETA to reckon with."""
    ledger.sign_on(Queue.CPU_PROCESSING, "bench")
    job_id = _accept(ledger)
    claim = ledger.claim(job_id, "derive", "bench", uuid.uuid4().hex)
    assert not isinstance(claim, str), claim
    ledger.succeed(claim, {})


def _accept(ledger: Ledger) -> str:
    return ledger.accept(uuid.uuid4().hex, JobType.DERIVATIVE, {}, Submission(kind="derive")).id


def _timings(ledger: Ledger) -> tuple[float, float]:
    """Seconds of one poll and of one acceptance, medians."""
    job_id = _accept(ledger)
    ledger.sign_on(Queue.CPU_PROCESSING, "bench")
    return _median(lambda: ledger.standing(job_id)), _median(lambda: _accept(ledger))


def _median(call: Callable[[], object]) -> float:
    call()
    return statistics.median(seconds(call) for _ in range(TIMES))


def _sweep(ledger: Ledger) -> None:
    ledger.refill()
    list(ledger.due())
