"""The parent's view of a running task: what happens when its child dies or overruns."""

from __future__ import annotations

import logging
from typing import Any

from billiard.exceptions import WorkerLostError
from celery.worker.request import Request
from redis.exceptions import RedisError

from app.contracts.errors import ImajinError, JobTimedOut, LlmTimedOut
from app.contracts.tasks import ANALYZE, TASKS
from app.ledger_records import Claim
from workers.runtime import runtime

log = logging.getLogger("imajin.request")


def timed_out(task_name: str, seconds: float) -> ImajinError:
    """The error of a task that ran into its time limit."""
    details = {"limitSeconds": seconds}
    if task_name == ANALYZE.name:
        return LlmTimedOut("The language model did not finish in time.", details)
    return JobTimedOut("The job did not finish in time.", details)


def child_of(hostname: str, pid: int | None) -> str:
    """The name under which a worker's child holds its leases."""
    return f"{hostname}/{pid}"


class LedgerRequest(Request):  # type: ignore[misc]
    """Tells the ledger at once what the dead child cannot tell any more."""

    def on_failure(self, exc_info: Any, *args: Any, **kwargs: Any) -> Any:
        """Give the lease of a lost child back, so that the job is taken again within a second."""
        if isinstance(exc_info.exception, (WorkerLostError, SystemExit)):
            log.warning("worker.lost %s", self.job_id)
            self._release()
        return super().on_failure(exc_info, *args, **kwargs)

    def on_timeout(self, soft: bool, timeout: float) -> Any:
        """End the job as timed out before its child is killed by the hard limit."""
        if not soft:
            self._time_out(timeout)
        return super().on_timeout(soft, timeout)

    @property
    def job_id(self) -> str:
        """The job whose step this is."""
        return str(self.args[0])

    def claim(self) -> Claim | None:
        """The lease that this task's own child has on the job; RedisError without Redis."""
        return runtime().hasty.held(*self._lease)

    @property
    def _lease(self) -> tuple[str, str, str]:
        return self.job_id, TASKS[self.name].step, child_of(self.hostname, self.worker_pid)

    def _release(self) -> None:
        try:
            runtime().hasty.release(*self._lease)
        except RedisError as error:
            log.warning("ledger.unreachable %s", error)  # the lease runs out by itself

    def _time_out(self, seconds: float) -> None:
        try:
            claim = self.claim()
            if claim:
                runtime().hasty.fail(claim, timed_out(self.name, seconds))
        except RedisError as error:
            # The lease runs out by itself; the sweeper finds the job then.
            log.warning("ledger.unreachable %s", error)
