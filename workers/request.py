"""The parent's view of a running task: what happens when its child dies or overruns."""

from __future__ import annotations

import logging
from typing import Any

from billiard.exceptions import WorkerLostError
from celery.worker.request import Request
from redis.exceptions import RedisError

from app.contracts.errors import ImajinError, JobTimedOut, LlmTimedOut
from app.contracts.tasks import ANALYZE
from workers.runtime import runtime

log = logging.getLogger("imajin.request")


def timed_out(task_name: str, seconds: float) -> ImajinError:
    """The error of a task that ran into its time limit."""
    details = {"limitSeconds": seconds}
    if task_name == ANALYZE.name:
        return LlmTimedOut("The language model did not finish in time.", details)
    return JobTimedOut("The job did not finish in time.", details)


class LedgerRequest(Request):  # type: ignore[misc]
    """Tells the ledger at once what the dead child cannot tell any more."""

    def on_failure(self, exc_info: Any, *args: Any, **kwargs: Any) -> Any:
        """Give the lease of a lost child back, so that the job is taken again within a second."""
        if isinstance(exc_info.exception, (WorkerLostError, SystemExit)):
            log.warning("worker.lost %s", self.args[0])
            self._tell("release")
        return super().on_failure(exc_info, *args, **kwargs)

    def on_timeout(self, soft: bool, timeout: float) -> Any:
        """End the job as timed out before its child is killed by the hard limit."""
        if not soft:
            self._tell("time_out", timeout)
        return super().on_timeout(soft, timeout)

    def _tell(self, what: str, timeout: float = 0.0) -> None:
        ledger = runtime().hasty
        job_id, step, holder = self.args[0], self.name.rpartition(".")[2], self.hostname
        try:
            if what == "release":
                ledger.release(job_id, step, holder)
                return
            claim = ledger.held(job_id, step, holder)
            if claim:
                ledger.fail(claim, timed_out(self.name, timeout))
        except RedisError as error:
            # The lease runs out by itself; the sweeper finds the job then.
            log.warning("ledger.unreachable %s", error)
