"""L1 to L3: how fast jobs are accepted, pictures taken in and polls answered."""

from __future__ import annotations

import asyncio
import io
import random
import time
import uuid
from pathlib import Path

from PIL import Image

from tests.harness.images import as_text
from tests.load.http import Connection, get, hammer, post
from tests.load.scene import Row, scene

WISH = {"category": "temple"}


def accept(folder: Path, seconds: float) -> list[Row]:
    """L1: small jobs with keys of their own, 16 connections."""

    def request(number: int) -> bytes:
        return post("/analyze-context/async", WISH, Idempotency_Key=uuid.uuid4().hex)

    with scene(folder) as found:
        hammer(found.port, request, 4, 2)  # warm
        outcome = hammer(found.port, request, 16, seconds)
    errors = sum(count for status, count in outcome.statuses.items() if status >= 500)
    rate, slow = outcome.rate(202), outcome.percentile(99)
    return [
        Row("L1", "jobs accepted a second", f"{rate:.0f}", ">= 800", rate >= 800),
        Row("L1", "p99 of a post", f"{slow:.0f} ms", "< 60 ms", slow < 60),
        Row("L1", "answers 5xx", str(errors), "0", errors == 0),
    ]


def images(folder: Path, seconds: float) -> list[Row]:
    """L2: pictures of 0.1, 2 and 20 MB as 70, 25 and 5 of a hundred, then those of 2 MB alone."""
    chance = random.Random(2)  # noqa: S311  no secret
    bodies = [_picture_post(size) for size in (100_000, 2_000_000, 20_000_000)]

    def mixed(number: int) -> bytes:
        return chance.choices(bodies, (70, 25, 5))[0]

    with scene(folder) as found:
        before = found.info("memory")["used_memory"]
        mix = hammer(found.port, mixed, 4, seconds)
        rss = found.rss()
        growth = (found.info("memory")["used_memory"] - before) / max(1, len(mix.jobs))
        middle = hammer(found.port, lambda number: bodies[1], 4, seconds)
    rate = middle.rate(202)
    return [
        Row("L2", "pictures of 2 MB a second", f"{rate:.0f}", ">= 20", rate >= 20),
        Row("L2", "pictures of the mix a second", f"{mix.rate(202):.0f}", "", None),
        Row("L2", "gateway's memory under the mix", f"{rss:.0f} MB", "< 600 MB", rss < 600),
        Row("L2", "Redis a job", f"{growth / 1000:.1f} kB", "< 3 kB", growth < 3000),
    ]


def _picture_post(size: int) -> bytes:
    side = int((size / 3) ** 0.5)
    noise = random.Random(size).randbytes(side * side * 3)  # noqa: S311  no secret
    file = io.BytesIO()
    Image.frombytes("RGB", (side, side), noise).save(file, "PNG", compress_level=0)
    return post("/derivatives/async", {"imageData": as_text(file.getvalue()), "preset": "web"})


def poll(folder: Path, seconds: float) -> list[Row]:
    """L3: 200 pollers, each with an event stream open beside it."""
    with scene(folder) as found:
        jobs = hammer(found.port, lambda number: post("/analyze-context/async", WISH), 4, 60, 50)
        asyncio.run(_poll(found.port, jobs.jobs, 2))  # each thread or greenlet has connected
        before = found.info("clients")["connected_clients"]
        outcome, other, streams = asyncio.run(_poll(found.port, jobs.jobs, seconds))
        after = found.info("clients")["connected_clients"]
        stats = found.info("commandstats")
    subscribed = sum(
        stats.get(f"cmdstat_{name}", {}).get("calls", 0) for name in ("subscribe", "psubscribe")
    )
    rate = len(outcome) / seconds
    slow = sorted(outcome)[int(len(outcome) * 0.99)] * 1000
    return [
        Row("L3", "polls a second", f"{rate:.0f}", ">= 2,000", rate >= 2000),
        Row("L3", "p99 of a poll", f"{slow:.0f} ms", "", None),
        Row("L3", "answers other than 200", str(other), "0", other == 0),
        Row("L3", "event streams open meanwhile", str(streams), "200", streams == 200),
        Row("L3", "Redis clients before, after", f"{before}, {after}", "flat", after <= before + 8),
        Row("L3", "subscriptions made", str(subscribed), "one a process", subscribed <= 2),
    ]


async def _poll(port: int, jobs: list[str], seconds: float) -> tuple[list[float], int, int]:
    taken: list[float] = []
    other = 0
    opened = await asyncio.gather(*(_stream(port, jobs[n % len(jobs)]) for n in range(200)))
    ends = time.perf_counter() + seconds

    async def poller(number: int) -> None:
        nonlocal other
        connection, request = Connection(port), get(f"/jobs/{jobs[number % len(jobs)]}")
        while time.perf_counter() < ends:
            began = time.perf_counter()
            answer = await connection.send(request)
            other += answer.status != 200
            taken.append(time.perf_counter() - began)
        connection.close()

    await asyncio.gather(*(poller(number) for number in range(200)))
    streams = [writer for writer in opened if writer]
    alive = sum(not writer.is_closing() for writer in streams)
    for writer in streams:
        writer.close()
    return taken, other, alive


async def _stream(port: int, job: str) -> asyncio.StreamWriter | None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(get(f"/jobs/{job}/events"))
    head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 30)
    return writer if b" 200 " in head.split(b"\r\n")[0] else None
