"""L4 to L8: jobs from end to end, overload, a soak with faults, a long queue, fairness."""

from __future__ import annotations

import json
import statistics
import time
from datetime import datetime
from pathlib import Path

from app.contracts.tasks import JobType
from app.ledger import RESULT_PREFIX
from app.services import Services, build_services
from app.submissions import Submission
from config.settings import Settings
from tests.harness.images import quick_request
from tests.load.http import get, hammer, post
from tests.load.scene import ENDED, SECONDS, Row, Scene, scene

JOB = post("/derivatives/async", quick_request())


def end_to_end(folder: Path, count: int) -> list[Row]:
    """L4: all that was accepted ends, once."""
    with scene(folder) as found:
        workers = found.workers(2)
        started = time.monotonic()
        jobs = hammer(found.port, lambda number: JOB, 8, 600, count).jobs
        lost = found.drain(jobs, 60 + count * SECONDS)
        took = time.monotonic() - started
        succeeded = sum(state == "SUCCESS" for state in found.states(jobs))
        text = "".join(worker.text() for worker in workers)
    commits = text.count("job.succeeded")
    return [
        Row("L4", "accepted", str(len(jobs)), str(count), len(jobs) == count),
        Row("L4", "succeeded", str(succeeded), str(count), succeeded == count),
        Row("L4", "commits", str(commits), str(count), commits == count),
        Row("L4", "lost", str(lost), "0", lost == 0),
        Row("L4", "jobs a second, two workers of 50 ms", f"{count / took:.0f}", "", None),
    ]


def overload(folder: Path, seconds: float) -> list[Row]:
    """L5: far more than one worker can do; refusals are polite and what was accepted ends."""
    with scene(folder, queue_limit=100) as found:
        found.workers(1)
        outcome = hammer(found.port, lambda number: JOB, 16, seconds)
        left = found.drain(outcome.jobs, 60)
    refused = outcome.statuses[503] + outcome.statuses[429]
    others = sum(outcome.statuses.values()) - refused - outcome.statuses[202]
    asked = sum(outcome.statuses.values()) / outcome.took * SECONDS
    impolite = outcome.without_retry_after
    return [
        Row("L5", "load in times the capacity", f"{asked:.0f}", ">= 5", asked >= 5),
        Row("L5", "refused, other answers", f"{refused}, {others}", "429 or 503 only", not others),
        Row("L5", "refusals without Retry-After", str(impolite), "0", not impolite),
        Row("L5", "accepted and not ended", str(left), "0", left == 0),
    ]


def soak(folder: Path, seconds: float) -> list[Row]:
    """L6: half the capacity, and a child killed every ten seconds."""
    with scene(folder) as found:
        workers = found.workers(2)
        jobs: list[str] = []
        hammer(found.port, lambda number: JOB, 2, 3)
        before = _held(found)
        ends, kill = time.monotonic() + seconds, time.monotonic() + 5
        while time.monotonic() < ends:
            jobs += hammer(found.port, lambda number: JOB, 2, 2, 20).jobs
            time.sleep(0.5)
            if time.monotonic() > kill:
                kill += 10
                for child in workers[len(jobs) % 2].pool():
                    child.kill()
        left = found.drain(jobs, 60)
        after = _held(found)
    growth = after[0] - before[0]
    return [
        Row("L6", "jobs, not ended", f"{len(jobs)}, {left}", "0 lost", left == 0),
        Row("L6", "gateway's memory", f"{growth:+.1f} MB", "< +10 MB", growth < 10),
        Row("L6", "descriptors before, after", f"{before[1]}, {after[1]}", "flat",
            after[1] <= before[1] + 10),
        Row("L6", "Redis clients before, after", f"{before[2]}, {after[2]}", "flat",
            after[2] <= before[2] + 10),
    ]  # fmt: skip


def _held(found: Scene) -> tuple[float, int, int]:
    descriptors = sum(one.num_fds() for one in found.gateways())
    return found.rss(), descriptors, found.info("clients")["connected_clients"]


def parts_of(found: Scene) -> Services:
    """The gateway's own parts, in this process: filling a queue needs no HTTP."""
    limit = int(str(found.stack.settings["IMAJIN_QUEUE_LIMIT"]))
    settings = Settings(redis_url=found.redis.url, data_dir=found.stack.data, queue_limit=limit)
    return build_services(settings)


def long_queue(folder: Path, count: int) -> list[Row]:
    """L7: polls and sweeps with so many jobs in line, then workers that begin on them."""
    with scene(folder) as found:
        parts = parts_of(found)
        jobs = [parts.dispatcher.submit(JobType.DERIVATIVE, {}).id for _ in range(count)]
        polls = hammer(found.port, lambda n: get(f"/jobs/{jobs[n * 97 % count]}"), 4, 8)
        sweeps = []
        for _ in range(5):
            began = time.perf_counter()
            list(parts.ledger.due())
            sweeps.append((time.perf_counter() - began) * 1000)
        workers = found.workers(2)
        time.sleep(10)
        done = sum(state in ENDED for state in found.states(jobs))
        repeats = sum(worker.text().count("job.skipped") for worker in workers)
    slow, sweep = polls.percentile(99), max(sweeps)
    return [
        Row("L7", f"p99 of a poll, {count:,} in line", f"{slow:.0f} ms", "< 50 ms", slow < 50),
        Row("L7", "a sweeper's pass", f"{sweep:.1f} ms", "< 500 ms", sweep < 500),
        Row("L7", "ended after 10 s, messages sent twice", f"{done}, {repeats}", "0 twice",
            done > 0 and not repeats),
    ]  # fmt: skip


def fairness(folder: Path, count: int) -> list[Row]:
    """L8: one owner floods the queue, another sends a job a second."""
    with scene(folder) as found:
        parts = parts_of(found)
        found.workers(2)
        alone = [_waited(found, _one(parts, "calm")) for _ in range(8)]
        flood = [_one(parts, "flood") for _ in range(count)]
        beside = []
        for _ in range(10):
            beside.append(_waited(found, _one(parts, "calm")))
            time.sleep(0.5)
        left = sum(state not in ENDED for state in found.states(flood))
    before, after = statistics.median(alone) * 1000, statistics.median(beside) * 1000
    # Both workers may be at a job of the flood: one job's time is what fairness itself costs.
    limit = max(3 * before, 1.2 * SECONDS * 1000)
    return [
        Row("L8", "wait alone", f"{before:.0f} ms", "", None),
        Row("L8", f"wait beside a flood of {count:,}", f"{after:.0f} ms",
            "< 3 x alone or one job's time", after < limit),
        Row("L8", "the flood's jobs still in line", str(left), "> 0", left > 0),
    ]  # fmt: skip


def _one(parts: Services, owner: str) -> str:
    return parts.dispatcher.submit(JobType.DERIVATIVE, {}, Submission(owner=owner)).id


def _waited(found: Scene, job: str) -> float:
    assert found.drain([job], 60) == 0
    with found.redis.client() as client:
        envelope = json.loads(client.get(RESULT_PREFIX + job))["job"]
    begun, created = (datetime.fromisoformat(envelope[name]) for name in ("startedAt", "createdAt"))
    return (begun - created).total_seconds()
