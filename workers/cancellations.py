"""A child's ear for cancellations: the running step hears at once, not at its next heartbeat."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

from redis.exceptions import RedisError

from app.ledger import CANCELLED_CHANNEL, RedisClient

log = logging.getLogger("imajin.cancellations")


class Cancellations(threading.Thread):
    """Tells who runs a job that it was cancelled. What it misses, the next renewal says."""

    def __init__(self, redis: RedisClient) -> None:
        super().__init__(name="cancellations", daemon=True)
        self._redis = redis
        self._heard: dict[str, Callable[[], None]] = {}

    def tell(self, job_id: str, heard: Callable[[], None] | None) -> None:
        """Call `heard` when the job is cancelled; None ends that."""
        if heard:
            self._heard[job_id] = heard
        else:
            self._heard.pop(job_id, None)

    def run(self) -> None:
        """Listen for ever; a Redis that is away is tried again."""
        while True:
            try:
                self._listen()
            except RedisError as error:
                log.warning("cancellations.reconnects %s", error)
                time.sleep(1.0)

    def _listen(self) -> None:
        with self._redis.pubsub(ignore_subscribe_messages=True) as subscription:
            subscription.subscribe(CANCELLED_CHANNEL)
            while True:
                message = subscription.get_message(timeout=5.0)
                heard = self._heard.get(message["data"]) if message else None
                if heard:
                    heard()
