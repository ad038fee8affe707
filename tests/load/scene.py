"""What a load run stands on: Redis, a gateway of two processes, sleepy workers; and its figures."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from app.ledger import RESULT_PREFIX
from tests.harness.programs import Program, wait_until
from tests.harness.redis_server import RedisServer
from tests.harness.stack import Stack


@dataclass(frozen=True)
class Row:
    """One figure beside its goal; `met` is None where no goal can be judged here."""

    run: str
    what: str
    figure: str
    goal: str
    met: bool | None


class Scene:
    """The parts of one run."""

    def __init__(self, stack: Stack, redis: RedisServer) -> None:
        self.stack, self.redis = stack, redis

    @property
    def port(self) -> int:
        """The gateway's."""
        return self.stack.port

    def workers(self, count: int) -> list[Program]:
        """Start sleepy workers and wait for them."""
        command = [sys.executable, "-m", "celery", "--app", "tests.load.sleepy_worker", "worker"]
        options = ["--queues", "cpu_processing", "--without-gossip", "--without-mingle"]
        started = []
        for number in range(len(self.stack.programs), len(self.stack.programs) + count):
            name = f"sleepy{number}"
            named = [*command, *options, "--hostname", f"{name}@%h"]
            log = self.stack.folder / f"{name}.log"
            program = Program(name, named, log, self.stack.settings).start()
            self.stack.programs[name] = program
            started.append(program)
        for program in started:
            wait_until(lambda one=program: "child.ready" in one.text(), 120, "a worker is ready")
        return started

    def gateways(self) -> list[psutil.Process]:
        """The gateway's processes that answer."""
        return psutil.Process(self.stack.programs["web"].pid).children(recursive=True)

    def rss(self) -> float:
        """Megabytes of the gateway's processes together."""
        return sum(one.memory_info().rss for one in self.gateways()) / 1e6

    def info(self, section: str) -> dict[str, Any]:
        """What Redis says of itself."""
        with self.redis.client() as client:
            found: dict[str, Any] = client.info(section)
            return found

    def states(self, jobs: list[str]) -> list[str]:
        """The result backend's state of each job, "" where there is none."""
        found = []
        with self.redis.client(timeout=30) as client:
            for start in range(0, len(jobs), 1000):
                keys = [RESULT_PREFIX + job for job in jobs[start : start + 1000]]
                for meta in client.mget(keys):
                    found.append(meta.partition('"status":"')[2].partition('"')[0] if meta else "")
        return found

    def drain(self, jobs: list[str], seconds: float) -> int:
        """Wait until all of these have ended; how many have not when the time is up."""
        deadline = time.monotonic() + seconds
        while True:
            left = [state for state in self.states(jobs) if state not in ENDED]
            if not left or time.monotonic() > deadline:
                return len(left)
            time.sleep(0.5)


SECONDS = 0.05  # of a sleepy worker's job
ENDED = ("SUCCESS", "FAILURE", "REVOKED")


@contextmanager
def scene(folder: Path, **settings: object) -> Iterator[Scene]:
    """Redis and the gateway, until left."""
    redis = RedisServer(folder / "redis").start()
    defaults = {"web_workers": 2, "queue_limit": 1_000_000}
    try:
        with Stack(folder / "stack", redis.url, **(defaults | settings)) as stack:
            yield Scene(stack.start("web").wait_for_web(120), redis)
    finally:
        redis.stop()
