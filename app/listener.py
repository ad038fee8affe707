"""One subscription a process: wakes who waits for a job, and hands on the job's events."""

from __future__ import annotations

import logging
import threading
import time
from collections import defaultdict, deque
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from redis.exceptions import ConnectionError, RedisError

from app.event_log import Event
from app.ledger import RESULT_PREFIX, RedisClient

log = logging.getLogger("imajin.listener")

RECONNECT_SECONDS = 0.5
SILENCE = 5.0  # seconds without a word, after which Redis is asked whether it is there
NEWEST = 16  # events kept for a client that lags; what it missed it reads from the stream


class Inbox:
    """What one watcher has not looked at yet: the job's newest events.

    An event may come twice, too late or, while Redis is away, not at all: whoever watches looks
    for itself after a gap in the numbers, when something was missed, and after some silence.
    """

    def __init__(self) -> None:
        self._bell = threading.Event()
        self._events: deque[Event] = deque(maxlen=NEWEST)
        self._missed = False

    def put(self, event: Event | None) -> None:
        """Add an event; None where only a look can tell what happened."""
        if event is None:
            self._missed = True
        else:
            self._events.append(event)
        self._bell.set()

    def take(self, seconds: float) -> list[Event] | None:
        """What comes within these seconds, oldest first; None if it is time to look."""
        if not self._bell.wait(seconds):
            return None
        self._bell.clear()
        missed, self._missed = self._missed, False
        found = [self._events.popleft() for _ in range(len(self._events))]
        return None if missed else found


class ResultListener:
    """Hears what the ledger publishes when it writes the result backend."""

    def __init__(self, redis: RedisClient) -> None:
        self._redis = redis
        self._lock = threading.Lock()
        self._inboxes: dict[str, set[Inbox]] = defaultdict(set)
        self._thread: threading.Thread | None = None

    @contextmanager
    def watch(self, job_id: str) -> Iterator[Inbox]:
        """An inbox of the job for the length of the block."""
        inbox = Inbox()
        with self._lock:
            self._inboxes[job_id].add(inbox)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="listener", daemon=True)
                self._thread.start()
        try:
            yield inbox
        finally:
            with self._lock:
                self._inboxes[job_id].discard(inbox)
                if not self._inboxes[job_id]:
                    del self._inboxes[job_id]

    def _run(self) -> None:
        while True:
            try:
                self._listen()
            except RedisError as error:
                log.warning("listener.reconnects %s", error)
                time.sleep(RECONNECT_SECONDS)

    def _listen(self) -> None:
        # One pattern for all jobs: a job's messages are few and small, and subscribing a channel
        # for each waiting request would race with the job's end.
        with self._redis.pubsub() as subscription:
            subscription.psubscribe(f"{RESULT_PREFIX}*")
            heard = time.monotonic()
            while True:
                message = subscription.get_message(timeout=SILENCE)
                if message:
                    heard = time.monotonic()
                    self._hear(message)
                elif time.monotonic() - heard > 3 * SILENCE:
                    raise ConnectionError("the subscription is silent")
                else:
                    subscription.ping()

    def _hear(self, message: dict[str, Any]) -> None:
        if message["type"] == "psubscribe":
            # What was published before this moment was not heard.
            with self._lock:
                for inbox in [one for inboxes in self._inboxes.values() for one in inboxes]:
                    inbox.put(None)
        elif message["type"] == "pmessage":
            self._deliver(message["channel"].removeprefix(RESULT_PREFIX), message["data"])

    def _deliver(self, job_id: str, text: str) -> None:
        with self._lock:
            inboxes = list(self._inboxes.get(job_id, ()))
        if inboxes:
            event = Event.from_message(text)
            for inbox in inboxes:
                inbox.put(event)
