"""The job as the result backend holds it and as a client reads it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from app.contracts.errors import ImajinError
from app.contracts.tasks import JobType


class Status(StrEnum):
    """The words a client reads."""

    QUEUED = "queued"
    PROCESSING = "processing"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def terminal(self) -> bool:
        """Whether nothing can follow."""
        return self in (Status.SUCCEEDED, Status.FAILED, Status.CANCELLED)


class Priority(StrEnum):
    """How a job is weighed against its neighbours in the line: 16, 4 and 1."""

    HIGH = "high"
    NORMAL = "normal"
    LOW = "low"


# The words Celery's result backend uses; QUEUED is ours, so that PENDING can only mean unknown.
CELERY_STATES: dict[Status, str] = {
    Status.QUEUED: "QUEUED",
    Status.PROCESSING: "STARTED",
    Status.SUCCEEDED: "SUCCESS",
    Status.FAILED: "FAILURE",
    Status.CANCELLED: "REVOKED",
}
STATUS_OF_STATE: dict[str, Status] = {state: status for status, state in CELERY_STATES.items()}


@dataclass(frozen=True)
class Progress:
    """How far a running job is: the stage's name, step of steps in it, percent of the whole.

    `eta_seconds` is how long the rest takes at the pace of the stage; None while none is known.
    """

    stage: str
    step: int
    steps: int
    percent: int
    eta_seconds: int | None = None

    def as_json(self) -> dict[str, Any]:
        """The progress as it stands on the wire."""
        shown: dict[str, Any] = {
            "stage": self.stage,
            "step": self.step,
            "steps": self.steps,
            "percent": self.percent,
        }
        return shown if self.eta_seconds is None else shown | {"etaSeconds": self.eta_seconds}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Progress:
        """Read what `as_json` wrote."""
        eta = data.get("etaSeconds")
        return cls(data["stage"], data["step"], data["steps"], data["percent"], eta)


@dataclass(frozen=True)
class Job:
    """One snapshot of a job. Times are RFC 3339 strings in UTC."""

    id: str
    type: JobType
    status: Status
    created_at: str
    owner: str = ""
    attempts: int = 0
    started_at: str | None = None
    finished_at: str | None = None
    progress: Progress | None = None
    result: dict[str, Any] | None = None
    error: ImajinError | None = None

    def envelope(self) -> dict[str, Any]:
        """What the result backend keeps beside state and result."""
        return {
            "type": self.type.value,
            "owner": self.owner,
            "attempts": self.attempts,
            "createdAt": self.created_at,
            "startedAt": self.started_at,
            "finishedAt": self.finished_at,
            "progress": self.progress.as_json() if self.progress else None,
        }

    @classmethod
    def from_envelope(cls, job_id: str, status: Status, data: dict[str, Any]) -> Job:
        """Rebuild a snapshot, without result and error, from what `envelope` wrote."""
        progress = data.get("progress")
        return cls(
            id=job_id,
            type=JobType(data["type"]),
            status=status,
            created_at=data["createdAt"],
            owner=data.get("owner", ""),
            attempts=data.get("attempts", 0),
            started_at=data.get("startedAt"),
            finished_at=data.get("finishedAt"),
            progress=Progress.from_json(progress) if progress else None,
        )

    def moved(self, status: Status, **changes: Any) -> Job:
        """A copy in another status, with other fields changed too."""
        return replace(self, status=status, **changes)


@dataclass(frozen=True)
class StepOutcome:
    """What a step of a job ends in: the job's result, or the next step and its payload."""

    result: dict[str, Any] | None = None
    next_step: str | None = None
    next_payload: dict[str, Any] = field(default_factory=dict)
