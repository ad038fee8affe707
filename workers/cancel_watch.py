"""The parent's look at cancelled jobs: a child that does not stop by itself is replaced."""

from __future__ import annotations

import logging
import os
import signal
import time
from typing import Any

from celery import bootsteps
from celery.worker import state
from celery.worker.consumer.tasks import Tasks
from redis.exceptions import RedisError

from app.ledger import Ledger
from workers.request import LedgerRequest
from workers.runtime import runtime

log = logging.getLogger("imajin.cancel")

LOOK_EVERY = 1.0  # seconds


class CancelWatch:
    """Ends jobs whose child is stuck, in a C call say, `grace` seconds after their cancellation.

    It looks in the parent's event loop, which alone gives children their work: a child whose task
    the parent still counts as active cannot have moved on to another.
    """

    def __init__(self, ledger: Ledger, grace: float) -> None:
        self._ledger = ledger
        self._grace = grace
        self._asked: dict[str, float] = {}  # when a running job was first seen cancelled

    def look(self) -> None:
        """Look at each running task once; a Redis that is away is asked again the next time."""
        running = {one.id: one for one in tuple(state.active_requests) if _in_a_child(one)}
        self._asked = {key: at for key, at in self._asked.items() if key in running}
        try:
            for request in running.values():
                self._look_at(request)
        except RedisError as error:
            log.warning("cancel.unseen %s", error)

    def _look_at(self, request: LedgerRequest) -> None:
        if not self._ledger.cancel_asked(request.job_id):
            return
        waited = time.monotonic() - self._asked.setdefault(request.id, time.monotonic())
        if waited < self._grace:
            return
        claim = request.claim()
        if claim:
            self._ledger.stop(claim)
        log.warning("cancel.kills %s for %s", request.worker_pid, request.job_id)
        os.kill(request.worker_pid, signal.SIGKILL)


def _in_a_child(request: object) -> bool:
    """Whether this is a step of a job that runs in a process of its own."""
    return isinstance(request, LedgerRequest) and request.worker_pid not in (None, os.getpid())


class CancelStep(bootsteps.StartStopStep):  # type: ignore[misc]
    """Puts the watch into the consumer's event loop, anew after each lost connection."""

    requires = (Tasks,)

    def __init__(self, parent: Any, **kwargs: Any) -> None:
        super().__init__(parent, **kwargs)
        self._timer: Any = None

    def start(self, parent: Any) -> None:
        """Begin to look."""
        parts = runtime()
        watch = CancelWatch(parts.hasty, parts.settings.cancel_grace_seconds)
        self._timer = parent.timer.call_repeatedly(LOOK_EVERY, watch.look)

    def stop(self, parent: Any) -> None:
        """Look no more."""
        if self._timer:
            self._timer.cancel()
