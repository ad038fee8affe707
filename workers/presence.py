"""A child's sign of life: what /queues counts and /readyz waits for."""

from __future__ import annotations

import logging
import threading

from redis.exceptions import RedisError

from app.contracts.tasks import Queue
from app.ledger import ALIVE_SECONDS, Ledger

log = logging.getLogger("imajin.presence")


class Presence(threading.Thread):
    """Signs on every few seconds until the process ends; started once the engine is built."""

    def __init__(self, ledger: Ledger, queue: Queue, child: str) -> None:
        super().__init__(name="presence", daemon=True)
        self._ledger = ledger
        self._queue = queue
        self._child = child

    def run(self) -> None:
        """Sign on for ever; a Redis that is away is tried again."""
        pause = threading.Event()
        while True:
            try:
                self._ledger.sign_on(self._queue, self._child)
            except RedisError as error:
                log.warning("presence.failed %s", error)
            pause.wait(ALIVE_SECONDS / 3)
