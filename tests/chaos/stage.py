"""The service that is hurt: every part can be killed and started again, as a supervisor would."""

from __future__ import annotations

import threading
from pathlib import Path

from tests.harness.programs import Program, read_procfile
from tests.harness.redis_server import RedisServer
from tests.harness.stack import Stack

LEASE_SECONDS = 5
FAST, SLOW = ("cpu_processing", "cpu_second"), ("gpu_llm", "gpu_diffusion")


class Stage:
    """Redis, gateway, two processing workers and the two engines; a context manager."""

    def __init__(self, folder: Path, lanes: tuple[str, ...]) -> None:
        self.redis = RedisServer(folder / "redis")
        self.stack = Stack(
            folder / "stack",
            self.redis.url,
            web_workers=2,
            lease_seconds=LEASE_SECONDS,
            wait_seconds=5,
        )
        self.workers = ("cpu_processing", "cpu_second", *lanes)
        self.restarts = 0
        self._down: set[str] = set()  # what a fault holds down, so that nobody starts it
        self._lock = threading.RLock()

    def __enter__(self) -> Stage:
        self.redis.start()
        self.stack.start("web", *(name for name in self.workers if name != "cpu_second"))
        line = read_procfile()["cpu_processing"].replace("cpu_processing@%h", "cpu_second@%h")
        log = self.stack.folder / "cpu_second.log"
        second = Program("cpu_second", line, log, self.stack.settings).start()
        self.stack.programs["cpu_second"] = second
        lanes = [name for name in self.workers if name != "cpu_second"]
        self.stack.wait_for_web(120).wait_for_workers(*lanes, seconds=240)
        return self

    def __exit__(self, *_: object) -> None:
        self.stack.stop()
        self.redis.stop()

    def program(self, name: str) -> Program:
        """A program by its name."""
        return self.stack.programs[name]

    def take_down(self, name: str) -> None:
        """Kill a program at once, and keep it down until `bring_up`."""
        with self._lock:
            self._down.add(name)
            self.program(name).kill()

    def bring_up(self, name: str) -> None:
        """Start it again."""
        with self._lock:
            self._down.discard(name)
            if not self.program(name).alive:
                self.program(name).kill()
                self.program(name).start()

    def supervise(self) -> None:
        """Start what ended by itself, as a supervisor would."""
        with self._lock:
            for name in ("web", *self.workers):
                if name not in self._down and not self.program(name).alive:
                    self.restarts += 1
                    self.bring_up(name)

    def heal(self) -> None:
        """Everything up."""
        self._down.clear()
        self.supervise()
