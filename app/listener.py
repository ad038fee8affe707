"""One subscription a process: wakes the requests that wait for a job."""

from __future__ import annotations

import logging
import threading
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager

from redis.exceptions import RedisError

from app.ledger import RESULT_PREFIX, RedisClient

log = logging.getLogger("imajin.listener")


class ResultListener:
    """Hears what the ledger publishes when it writes the result backend.

    A bell may ring too often and, while Redis is away, not at all: whoever waits looks again
    after each ring and after a second of silence.
    """

    def __init__(self, redis: RedisClient) -> None:
        self._redis = redis
        self._lock = threading.Lock()
        self._bells: dict[str, set[threading.Event]] = defaultdict(set)
        self._thread: threading.Thread | None = None

    @contextmanager
    def watch(self, job_id: str) -> Iterator[threading.Event]:
        """A bell that rings when the job changes, for the length of the block."""
        bell = threading.Event()
        with self._lock:
            self._bells[job_id].add(bell)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="listener", daemon=True)
                self._thread.start()
        try:
            yield bell
        finally:
            with self._lock:
                self._bells[job_id].discard(bell)
                if not self._bells[job_id]:
                    del self._bells[job_id]

    def _run(self) -> None:
        while True:
            try:
                self._listen()
            except RedisError as error:
                log.warning("listener.reconnects %s", error)
                threading.Event().wait(0.5)

    def _listen(self) -> None:
        # One pattern for all jobs: a job's messages are few and small, and subscribing a channel
        # for each waiting request would race with the job's end.
        with self._redis.pubsub(ignore_subscribe_messages=True) as subscription:
            subscription.psubscribe(f"{RESULT_PREFIX}*")
            while True:
                message = subscription.get_message(timeout=1.0)
                if message:
                    self._ring(message["channel"].removeprefix(RESULT_PREFIX))

    def _ring(self, job_id: str) -> None:
        with self._lock:
            for bell in self._bells.get(job_id, ()):
                bell.set()
