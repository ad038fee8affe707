"""The observer: hears what the result backend publishes and notes each end of a job."""

from __future__ import annotations

import json
import threading
from typing import Any

from redis.exceptions import RedisError

from tests.chaos.tally import Tally
from tests.harness.redis_server import RedisServer

PREFIX = "celery-task-meta-"
ENDS = {"SUCCESS", "FAILURE", "REVOKED", "succeeded", "failed", "cancelled"}


class Observer(threading.Thread):
    """Listens through every restart; a message missed is made up for by the followers' reads."""

    def __init__(self, redis: RedisServer, tally: Tally) -> None:
        super().__init__(name="observer", daemon=True)
        self._redis = redis
        self._tally = tally
        self._stopping = threading.Event()

    def run(self) -> None:
        """Until stopped."""
        while not self._stopping.wait(0.1):
            try:
                self._listen()
            except (RedisError, OSError):
                continue

    def stop(self) -> None:
        """End."""
        self._stopping.set()
        self.join()

    def _listen(self) -> None:
        with (
            self._redis.client(timeout=2) as client,
            client.pubsub(ignore_subscribe_messages=True) as heard,
        ):
            heard.psubscribe(f"{PREFIX}*")
            while not self._stopping.is_set():
                message = heard.get_message(timeout=0.5)
                if message:
                    self._note(message["channel"].removeprefix(PREFIX), message["data"])

    def _note(self, job_id: str, data: str) -> None:
        found: dict[str, Any] = json.loads(data)
        if found.get("status") in ENDS or found.get("event") in ENDS:
            self._tally.committed(job_id, data)
