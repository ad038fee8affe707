"""GET /jobs/<id>/events: a job's events as they happen, resumed without a gap or a double."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

from flask import Response
from redis.exceptions import RedisError

from app.contracts.errors import QueueUnavailable, StreamsFull
from app.contracts.jobs import Job
from app.event_log import Event, EventLog
from app.follower import Follower
from app.listener import ResultListener

RETRY = b"retry: 2000\n\n"  # ms until a client whose stream broke comes again
COMMENT = b": keep-alive\n\n"
HEADERS = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}


class EventStreams:
    """The open streams of this process, at most `limit`; a comment after `pause` of silence."""

    def __init__(self, log: EventLog, listener: ResultListener, limit: int, pause: float) -> None:
        self._log = log
        self._listener = listener
        self._limit = limit
        self._pause = pause
        self._lock = threading.Lock()
        self._open = 0

    def newest(self, job_id: str) -> Event | None:
        """The job's last event so far; to be read before the snapshot that goes with it."""
        try:
            return self._log.newest(job_id)
        except RedisError as error:
            raise QueueUnavailable("The events cannot be reached. Try again later.") from error

    def response(self, job: Job, newest: Event | None, after: int | None, body: str) -> Response:
        """The events after number `after`, or a snapshot and all that follows it.

        204 where the terminal event was delivered; StreamsFull at the limit.
        """
        count = newest.n if newest else 0
        if newest and newest.terminal and after == count:
            return Response(status=204)
        if after is not None and after <= count:
            head, last = RETRY, after
        else:
            # The terminal event itself still follows the snapshot of an ended job.
            last = count - 1 if newest and newest.terminal else count
            head = RETRY + Event(last, "snapshot", body).wire
        self._enter()
        response = Response(self._stream(job.id, head, last), 200, HEADERS)
        response.mimetype = "text/event-stream"
        response.call_on_close(self._leave)
        return response

    def _stream(self, job_id: str, head: bytes, last: int) -> Iterator[bytes]:
        with self._listener.watch(job_id) as inbox:
            yield head
            for event in Follower(self._log, inbox, job_id, last, self._pause).events():
                yield event.wire if event else COMMENT
            time.sleep(0)  # who else listens is told before this stream is tidied up

    def _enter(self) -> None:
        with self._lock:
            if self._open >= self._limit:
                sentence = "Too many event streams are open. Poll the job instead."
                raise StreamsFull(sentence, {"limit": self._limit})
            self._open += 1

    def _leave(self) -> None:
        with self._lock:
            self._open -= 1
