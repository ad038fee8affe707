"""A submission: who sends a job, how urgent it is, and what its acceptance depends on."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

from app.contracts.jobs import Priority
from app.contracts.tasks import TaskSpec

MILLI = 1000


@dataclass(frozen=True)
class Submission:
    """What comes with a payload; the limits hold for all jobs of the owner, None is no limit.

    `size` is how many bytes the request had. `units` measures the work of the first step and
    `after_units` that of the step `after`, each in any measure in which jobs of the same `kind`
    (`after`: of the same step) can be compared.
    """

    owner: str = ""
    priority: Priority = Priority.NORMAL
    idempotency_key: str | None = None
    fingerprint: str = ""
    in_flight: int | None = None
    daily_jobs: int | None = None
    daily_bytes: int | None = None
    size: int = 0
    webhook: dict[str, Any] | None = None
    units: float = 1.0
    kind: str = ""
    after: TaskSpec | None = None
    after_units: float = 0.0

    def idempotency_name(self) -> str:
        """The key's own name in the ledger: another owner's equal key is another."""
        if self.idempotency_key is None:
            return ""
        return hashlib.sha256(f"{self.owner}\0{self.idempotency_key}".encode()).hexdigest()

    def work_fields(self, first: TaskSpec) -> dict[str, str | int]:
        """The measures as the record holds them, in thousandths of a unit."""
        return {
            "kind": self.kind or first.step,
            "work": round(self.units * MILLI),
            "after_kind": self.after.step if self.after else "",
            "after_queue": self.after.queue.value if self.after else "",
            "after_work": round(self.after_units * MILLI),
        }
