"""Rows about the way of a job: round trip, submit rate, eight megabytes in and out."""

from __future__ import annotations

import base64
import os
import time
from typing import Any

from app.contracts.blobs import BlobRef
from app.contracts.jobs import Job, Status
from app.contracts.tasks import JobType
from tests.benchmarks.processes import Bench
from tests.benchmarks.rows import Row, seconds, side_by_side

EIGHT_MEGABYTES = 8 * 1024 * 1024


def rows(bench: Bench) -> list[Row]:
    """All three."""
    from tests.benchmarks import bare

    return [roundtrip(bench, bare), submit_rate(bench, bare), image_8mb(bench, bare)]


def roundtrip(bench: Bench, bare: Any) -> Row:
    """Submit a job that does nothing and see its end, against delay().get()."""
    ours, theirs = side_by_side(
        lambda: seconds(lambda: _run(bench, {})),
        lambda: seconds(lambda: bare.noop.delay().get(timeout=30)),
        times=200,
    )
    return Row("job.roundtrip", ours * 1e3, theirs * 1e3, "ms", goal=2.0)


def submit_rate(bench: Bench, bare: Any, burst: int = 200) -> Row:
    """Jobs accepted a second, ledger and message, against delay()."""

    def rate(submit: Any) -> float:
        started = time.perf_counter()
        for _ in range(burst):
            submit()
        spent = time.perf_counter() - started
        time.sleep(1.0)  # let the workers empty the queue before the other's turn
        return burst / spent

    ours, theirs = side_by_side(
        lambda: rate(lambda: bench.dispatcher.submit(JobType.DERIVATIVE, {})),
        lambda: rate(bare.noop.delay),
        times=5,
    )
    return Row("submit.rate", ours, theirs, "jobs/s", goal=0.6, at_most=False)


def image_8mb(bench: Bench, bare: Any) -> Row:
    """Base64 at the edge and a blob between, against base64 inline in message and result."""

    def text() -> str:
        return base64.b64encode(os.urandom(EIGHT_MEGABYTES)).decode()

    ours, theirs = side_by_side(
        lambda: _with(text(), lambda image: _through_blobs(bench, image)),
        lambda: _with(text(), lambda image: bare.echo.delay(image).get(timeout=60)),
        times=7,
    )
    return Row("image.8mb", ours * 1e3, theirs * 1e3, "ms", goal=0.25)


def _with(image: str, call: Any) -> float:
    return seconds(lambda: call(image))


def _through_blobs(bench: Bench, image: str) -> str:
    ref = bench.blobs.put(base64.b64decode(image, validate=True), "application/octet-stream")
    job = _run(bench, {"source": ref.as_json()})
    assert job.result is not None
    back = bench.blobs.get(BlobRef.from_json(job.result["variants"][0]["blob"]))
    return base64.b64encode(back).decode()


def _run(bench: Bench, payload: dict[str, Any]) -> Job:
    job = bench.dispatcher.submit(JobType.DERIVATIVE, payload)
    ended = bench.jobs.wait(job.id, job.owner, 60, lambda now: now.status.terminal)
    assert ended.status is Status.SUCCEEDED, ended
    return ended
