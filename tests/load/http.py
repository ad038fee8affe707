"""A small HTTP/1.1 client that costs little: the machine is shared with what it measures."""

from __future__ import annotations

import asyncio
import json
import statistics
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Answer:
    """Status, headers in lower case, body."""

    status: int
    head: str
    body: bytes

    def json(self) -> Any:
        """The body's JSON."""
        return json.loads(self.body)


@dataclass
class Outcome:
    """What a burst came to."""

    statuses: Counter[int] = field(default_factory=Counter)
    seconds: list[float] = field(default_factory=list)
    jobs: list[str] = field(default_factory=list)
    without_retry_after: int = 0
    took: float = 0.0

    def rate(self, status: int) -> float:
        """Answers of this status a second."""
        return self.statuses[status] / self.took

    def percentile(self, percent: int) -> float:
        """Milliseconds."""
        return statistics.quantiles(self.seconds, n=100)[percent - 1] * 1000


def post(path: str, body: Any, **headers: str) -> bytes:
    """The bytes of a POST."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    lines = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
    head = f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n{lines}"
    return f"{head}Content-Length: {len(data)}\r\n\r\n".encode() + data


def get(path: str) -> bytes:
    """The bytes of a GET."""
    return f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode()


class Connection:
    """One kept-alive connection."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._open: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def send(self, data: bytes) -> Answer:
        """Send a request, read its answer."""
        if self._open is None:
            self._open = await asyncio.open_connection("127.0.0.1", self._port)
        reader, writer = self._open
        writer.write(data)
        await writer.drain()
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
        length = int(head.partition("content-length:")[2].partition("\r\n")[0] or 0)
        body = await reader.readexactly(length)
        if "connection: close" in head:
            self.close()
        return Answer(int(head.split(" ", 2)[1]), head, body)

    def close(self) -> None:
        """Close it; the next request opens another."""
        if self._open:
            self._open[1].close()
        self._open = None


def hammer(
    port: int, request: Callable[[int], bytes], connections: int, seconds: float, most: int = 10**9
) -> Outcome:
    """Send requests on so many connections until the time is up or so many were sent."""
    return asyncio.run(_hammer(port, request, connections, seconds, most))


async def _hammer(
    port: int, request: Callable[[int], bytes], connections: int, seconds: float, most: int
) -> Outcome:
    outcome, numbers = Outcome(), iter(range(most))
    started = time.perf_counter()

    async def client() -> None:
        connection = Connection(port)
        for number in numbers:
            if time.perf_counter() - started > seconds:
                break
            data = request(number)
            began = time.perf_counter()
            answer = await connection.send(data)
            outcome.seconds.append(time.perf_counter() - began)
            outcome.statuses[answer.status] += 1
            if answer.status == 202:
                outcome.jobs.append(answer.json()["jobId"])
            elif answer.status in (429, 503) and "retry-after:" not in answer.head:
                outcome.without_retry_after += 1
        connection.close()

    await asyncio.gather(*(client() for _ in range(connections)))
    outcome.took = time.perf_counter() - started
    return outcome
