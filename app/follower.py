"""Follows one job's events: what is kept first, then what comes, each once and in order."""

from __future__ import annotations

import time
from collections.abc import Iterator

from redis.exceptions import RedisError

from app.event_log import Event, EventLog
from app.listener import Inbox

LOOK_AGAIN = 1.0  # seconds, while Redis is away


class Follower:
    """Follows from an event's number on, for one reader."""

    def __init__(self, log: EventLog, inbox: Inbox, job_id: str, last: int, pause: float) -> None:
        self._log = log
        self._inbox = inbox
        self._job_id = job_id
        self._last = last
        self._pause = pause

    def events(self) -> Iterator[Event | None]:
        """The events up to the terminal one; None after each `pause` seconds without any."""
        spoke = time.monotonic()
        for batch in self._batches():
            for event in batch:
                if event.n > self._last or event.terminal:
                    self._last = event.n
                    yield event
                    spoke = time.monotonic()
                    if event.terminal:
                        return
            if time.monotonic() - spoke >= self._pause:
                yield None
                spoke = time.monotonic()

    def _batches(self) -> Iterator[list[Event]]:
        """What is kept, then what comes; again what is kept after a gap or a silence."""
        while True:
            try:
                kept = self._kept()
            except RedisError:
                yield []  # the reader stays, and catches up when Redis is back
                self._inbox.take(LOOK_AGAIN)
                continue
            if kept is None:
                return
            yield kept
            while (came := self._inbox.take(self._pause)) is not None:
                if came and came[0].n > self._last + 1:
                    break
                yield came

    def _kept(self) -> list[Event] | None:
        """What the stream has after the last event; None where the job itself is gone."""
        newest = self._log.newest(self._job_id)
        if newest is None:
            return [] if self._log.knows(self._job_id) else None
        # A Redis that crashed comes back without its last second, and counts anew from there.
        self._last = min(self._last, newest.n if not newest.terminal else newest.n - 1)
        return self._log.after(self._job_id, self._last)
