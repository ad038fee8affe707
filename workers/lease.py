"""Holding a job: a heartbeat in the background, progress and cancellation in the foreground."""

from __future__ import annotations

import logging
import threading
import time
from types import TracebackType
from typing import Any

from redis.exceptions import RedisError

from app.contracts.errors import JobCancelled
from app.contracts.jobs import Progress
from app.ledger import Ledger
from app.ledger_records import Claim
from workers.cancellations import Cancellations
from workers.pace import Pace

log = logging.getLogger("imajin.lease")

REPORT_EVERY = 0.1  # seconds between two writes of progress
# Where each stage of a step lies in the whole job, in percent.
STAGES: dict[str, dict[str, tuple[int, int]]] = {
    "analyze": {"classify": (0, 3), "think": (3, 40), "write": (40, 99)},
    "generate": {"load": (0, 5), "denoise": (5, 85), "decode": (85, 90)},
    "finish": {
        "moderate": (90, 91),
        "overlay": (91, 93),
        "watermark": (93, 95),
        "encode": (95, 99),
    },
    "derive": {"decode": (0, 10), "variants": (10, 99)},
    "verify": {"decode": (0, 50), "read": (50, 99)},
}


class LeaseLost(Exception):
    """Another worker holds the job now; whatever this run makes is thrown away."""


class Lease:
    """Renews a claim until left; `report` is the step's Report."""

    def __init__(
        self,
        ledger: Ledger,
        claim: Claim,
        lease_seconds: int,
        cancellations: Cancellations | None = None,
    ) -> None:
        self._ledger = ledger
        self._claim = claim
        self._cancellations = cancellations
        self._pause = lease_seconds / 3
        self._left = threading.Event()
        self._verdict = "ok"
        self._last: tuple[str, float] = ("", 0.0)
        self._pace = Pace()
        self._beat = threading.Thread(target=self._renew, name="lease", daemon=True)

    def __enter__(self) -> Lease:
        if self._cancellations:
            self._cancellations.tell(self._claim.job.id, self.cancel)
        self._settle(self._ledger.renew(self._claim, started=True))
        self._beat.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._left.set()
        if self._cancellations:
            self._cancellations.tell(self._claim.job.id, None)

    def report(self, stage: str, step: int, steps: int) -> None:
        """Show progress; JobCancelled once the client has cancelled, LeaseLost once fenced."""
        self._check()
        last_stage, last_time = self._last
        moment = time.monotonic()
        if stage == last_stage and step < steps and moment - last_time < REPORT_EVERY:
            return
        self._last = (stage, moment)
        low, high = STAGES[self._claim.step][stage]
        percent = low + (high - low) * step // max(steps, 1)
        eta = self._pace.left(stage, step / max(steps, 1), low, high)
        progress = Progress(stage, step, steps, percent, eta)
        self._settle(self._ledger.renew(self._claim, progress=progress))
        self._check()

    def preview(self, data: dict[str, Any]) -> None:
        """Show a small picture of what is being made."""
        self._settle(self._ledger.renew(self._claim, preview=data))

    def cancel(self) -> None:
        """Stop at the next report: the client has cancelled the job."""
        self._settle("cancelled")

    def _settle(self, verdict: str) -> None:
        if verdict != "ok":
            self._verdict = verdict

    def _check(self) -> None:
        if self._verdict == "cancelled":
            raise JobCancelled("The job was cancelled.")
        if self._verdict == "fenced":
            raise LeaseLost

    def _renew(self) -> None:
        while not self._left.wait(self._pause):
            try:
                self._settle(self._ledger.renew(self._claim))
            except RedisError as error:
                log.warning("lease.renew_failed %s", error)
