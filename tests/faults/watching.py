"""What a test of faults looks at from outside: the poll, the workers' logs, the processes."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import psutil
from redis import Redis

from tests.harness.images import quick_request
from tests.harness.programs import Program, read_procfile, wait_until
from tests.harness.stack import Stack

LANE = "cpu_processing"
LEASE = 3
FULL = "FAULTS_FULL"  # set: the waits of docs/reliability.md in their full length


def lasting(short: float, full: float) -> float:
    """The seconds a fault lasts: the full length in `make faults-full`, else the short one."""
    return full if os.environ.get(FULL) else short


def at_work(stack: Stack, job_id: str) -> None:
    """Return once the job is in the midst of its variants."""
    stack.api.processing(job_id)

    def in_the_midst() -> bool:
        return stack.api.job(job_id).get("progress", {}).get("stage") == "variants"

    wait_until(in_the_midst, 30, "the job makes variants", pause=0.02)


def starts(program: Program, job_id: str) -> int:
    """How often the worker's log says that it began the job."""
    return said(program, "step.started", job_id)


def said(program: Program, what: str, job_id: str = "") -> int:
    """How many lines of a program's log hold both."""
    return sum(what in line and job_id in line for line in program.text().splitlines())


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


def serves(stack: Stack, seconds: float = 60) -> float:
    """Send a small job once the gateway takes it, see its end; the seconds until then."""
    started = time.monotonic()

    def accepted() -> bool:
        answer = stack.api.post("/derivatives/async", quick_request())
        if answer.status_code == 202:
            accepted_ids.append(answer.json()["jobId"])
        return bool(accepted_ids)

    accepted_ids: list[str] = []
    wait_until(accepted, seconds, "a job is accepted", pause=0.1)
    ended = outlasting(stack, accepted_ids[0], seconds)
    assert ended["status"] == "succeeded", ended
    return time.monotonic() - started


def outlasting(stack: Stack, job_id: str, seconds: float = 90) -> dict[str, object]:
    """The job's last poll, asked for through troubles of the gateway."""
    seen: list[dict[str, object]] = []

    def ended() -> bool:
        try:
            answer = stack.api.get(f"/jobs/{job_id}")
        except httpx.TransportError:
            return False
        assert answer.status_code in (200, 503), answer.text
        if answer.status_code == 200:
            seen.append(answer.json())
        return bool(seen) and seen[-1]["status"] in ("succeeded", "failed", "cancelled")

    wait_until(ended, seconds, f"job {job_id} ends: {seen[-1:]}", pause=0.1)
    return seen[-1]


@contextmanager
def another_worker(
    stack: Stack, log: Path, name: str = "second", **settings: object
) -> Iterator[Program]:
    """One more worker of the lane with a name of its own, ready; settings by their full names."""
    command = read_procfile()[LANE].replace(f"{LANE}@%h", f"{name}@%h")
    assert f"{name}@%h" in command
    program = Program(name, command, log, stack.settings | settings).start()
    try:
        yield program
    finally:
        program.kill()
