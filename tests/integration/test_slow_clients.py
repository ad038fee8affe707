"""Clients that send slowly or vanish: others are served, and nothing of theirs stays."""

from __future__ import annotations

import json
import socket
import statistics
import struct
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.harness.programs import wait_until
from tests.harness.redis_server import RedisServer
from tests.harness.stack import Stack

BODY_SECONDS = 4
HEADERS = (
    b"POST /generate/async HTTP/1.1\r\nHost: imajin\r\nContent-Type: application/json\r\n"
    b"Content-Length: 500\r\n\r\n"
)


@pytest.fixture
def stack(redis_server: RedisServer, tmp_path: Path) -> Iterator[Stack]:
    """A gateway that gives a body four seconds."""
    with redis_server.client() as redis:
        redis.flushall()
    with Stack(tmp_path / "slow", redis_server.url, body_seconds=BODY_SECONDS) as found:
        yield found.start("web").wait_for_web()


def connect(stack: Stack, first: bytes) -> socket.socket:
    """A connection on which this was sent."""
    one = socket.create_connection(("127.0.0.1", stack.port), timeout=60)
    one.sendall(first)
    return one


def closed(one: socket.socket) -> bool:
    """Whether the gateway has ended the connection; reads what it still says."""
    one.settimeout(60)
    try:
        while one.recv(65536):
            pass
    except ConnectionError:
        pass
    return True


def files_and_threads(stack: Stack) -> int:
    """Open files and threads of all gateway processes."""
    family = stack.programs["web"].family()
    return sum(one.num_fds() + one.num_threads() for one in family)


def depth(stack: Stack) -> int:
    """Jobs in all queues."""
    return sum(queue["depth"] for queue in stack.api.get("/queues").json()["queues"])


def test_two_hundred_slow_clients_slow_nobody_else_down(stack: Stack) -> None:
    slow = [connect(stack, b"POST /generate HTTP/1.1\r\nHo") for _ in range(100)]
    slow += [connect(stack, HEADERS + b'{"pro') for _ in range(100)]
    times = []
    for number in range(100):
        if number % 10 == 0:
            for one in slow[::10]:
                try:
                    one.sendall(b"m" if one in slow[100:] else b"st")
                except OSError:
                    continue  # it was shown the door already
        began = time.perf_counter()
        assert stack.api.get("/healthz").status_code == 200
        times.append((time.perf_counter() - began) * 1000)

    assert statistics.quantiles(times, n=100)[98] < 200 * 4, max(times)  # a noisy machine
    assert statistics.median(times) < 200
    for one in slow:
        assert closed(one)
        one.close()
    assert depth(stack) == 0


def test_a_body_that_does_not_come_is_answered_with_408(stack: Stack) -> None:
    began = time.monotonic()
    with connect(stack, HEADERS + b'{"prompt"') as one:
        answer = b""
        while b"}}" not in answer:
            part = one.recv(65536)
            assert part, answer
            answer += part
    head, _, body = answer.partition(b"\r\n\r\n")

    assert head.startswith(b"HTTP/1.1 408 ")
    error = json.loads(body)
    assert error["code"] == "REQUEST_TIMEOUT"
    assert error["details"] == {"limitSeconds": BODY_SECONDS}
    assert BODY_SECONDS - 1 < time.monotonic() - began < 4 * BODY_SECONDS


def test_a_body_that_drips_has_no_more_time(stack: Stack) -> None:
    with connect(stack, HEADERS) as one:
        one.settimeout(0.3)
        answer = b""
        deadline = time.monotonic() + 4 * BODY_SECONDS
        while not answer and time.monotonic() < deadline:
            try:
                one.sendall(b" ")
                answer = one.recv(65536)
            except TimeoutError:
                continue

    assert answer.startswith(b"HTTP/1.1 408 ")


@pytest.mark.parametrize(
    "head",
    [
        b"GET /" + b"a" * 9000 + b" HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET /healthz HTTP/1.1\r\nHost: a\r\nX-Long: " + b"a" * 9000 + b"\r\n\r\n",
        b"GET /healthz HTTP/1.1\r\nHost: a\r\n" + b"X-Many: a\r\n" * 150 + b"\r\n",
    ],
    ids=["a long line", "a long header", "many headers"],
)
def test_a_head_that_is_too_large_is_refused(stack: Stack, head: bytes) -> None:
    with connect(stack, head) as one:
        answer = one.recv(65536)

    assert answer.split(b" ")[1] in (b"400", b"414", b"431")


def test_clients_that_vanish_leave_nothing_behind(stack: Stack) -> None:
    def vanish(first: bytes) -> None:
        one = connect(stack, first)
        # No time to linger: the connection is reset, not closed.
        one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        one.close()

    vanish(HEADERS + b'{"pro')
    before = files_and_threads(stack)
    for _ in range(60):
        vanish(HEADERS + b'{"prompt": "a to')
        vanish(b"GET /openapi.json HTTP/1.1\r\nHost: a\r\n\r\n")

    wait_until(lambda: files_and_threads(stack) <= before + 5, 60, "files and threads are free")
    assert depth(stack) == 0
    assert stack.api.get("/healthz").status_code == 200
    assert "request.crashed" not in stack.programs["web"].text()
