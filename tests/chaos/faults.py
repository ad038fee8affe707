"""The faults: each hurts the stage for a moment; one at a time, drawn by a seed."""

from __future__ import annotations

import random
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable

import psutil
from redis.exceptions import RedisError

from tests.chaos.stage import LEASE_SECONDS, SLOW, Stage

MEAN_PAUSE = 2.5  # seconds between two faults


class Injector(threading.Thread):
    """Hurts the stage until stopped, and brings up what ended by itself."""

    def __init__(self, stage: Stage, seed: int, pause: float = MEAN_PAUSE) -> None:
        super().__init__(name="injector", daemon=True)
        self._stage = stage
        self._chance = random.Random(seed)  # noqa: S311  no secret
        self._pause = pause
        self._stopping = threading.Event()
        self.done: Counter[str] = Counter()
        self._faults: dict[str, tuple[int, Callable[[], None]]] = {
            "child killed": (30, self._kill_child),
            "worker killed": (18, self._kill_worker),
            "worker asked to end": (8, self._end_worker),
            "worker hung for two leases": (8, self._hang_worker),
            "redis killed": (12, self._kill_redis),
            "connections cut": (12, self._cut_connections),
            "gateway killed": (12, self._kill_gateway),
        }

    def run(self) -> None:
        """One fault after another."""
        names = list(self._faults)
        weights = [weight for weight, _ in self._faults.values()]
        while not self._stopping.wait(self._chance.expovariate(1 / self._pause)):
            self._stage.supervise()
            name = self._chance.choices(names, weights)[0]
            self._faults[name][1]()
            self.done[name] += 1

    def stop(self) -> None:
        """End the faults, after the present one is over."""
        self._stopping.set()
        self.join()

    def _worker(self) -> str:
        # Engines take long to load again; the fast lanes carry most of the jobs and of the faults.
        slow = [name for name in self._stage.workers if name in SLOW]
        if slow and self._chance.random() < 0.2:
            return self._chance.choice(slow)
        return self._chance.choice([name for name in self._stage.workers if name not in SLOW])

    def _rest(self, longest: float) -> None:
        time.sleep(self._chance.uniform(0, longest))

    def _kill_child(self) -> None:
        pool = self._stage.program(self._worker()).pool()
        if pool:
            try:
                self._chance.choice(pool).kill()
            except psutil.NoSuchProcess:
                return

    def _kill_worker(self) -> None:
        name = self._worker()
        self._stage.take_down(name)
        self._rest(1.5)
        self._stage.bring_up(name)

    def _end_worker(self) -> None:
        name = self._worker()
        self._stage.program(name).signal_all(signal.SIGTERM)
        self._rest(2.0)

    def _hang_worker(self) -> None:
        program = self._stage.program(self._worker())
        program.signal_all(signal.SIGSTOP)
        time.sleep(2 * LEASE_SECONDS)
        program.signal_all(signal.SIGCONT)

    def _kill_redis(self) -> None:
        self._stage.redis.kill()
        self._rest(1.5)
        self._stage.redis.start()

    def _cut_connections(self) -> None:
        try:
            with self._stage.redis.client() as client:
                own = client.client_id()
                for one in client.client_list():
                    if int(one["id"]) != own:
                        client.client_kill_filter(_id=one["id"])
        except RedisError:
            return

    def _kill_gateway(self) -> None:
        self._stage.take_down("web")
        self._rest(1.0)
        self._stage.bring_up("web")
