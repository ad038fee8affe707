"""A thread of a worker's parent that does one thing again and again."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

log = logging.getLogger("imajin.rounds")


class Rounds(threading.Thread):
    """Calls `act` with a pause between, for ever; a Redis that is away is tried again."""

    def __init__(self, name: str, pause: float, act: Callable[[], None]) -> None:
        super().__init__(name=name, daemon=True)
        self._pause = pause
        self._act = act

    def run(self) -> None:
        """Go round."""
        clock = threading.Event()
        while not clock.wait(self._pause):
            try:
                self._act()
            except (RedisError, OperationalError) as error:
                log.warning("%s.failed %s", self.name, error)
