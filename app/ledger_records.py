"""What the ledger keeps of a job, as values: the claim, what is due, the backend's own JSON."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from app.contracts import errors
from app.contracts.jobs import CELERY_STATES, STATUS_OF_STATE, Job, Status
from app.contracts.tasks import JobType, Queue

# Of the record a job is stored as. Names and meanings of what `Claim.from_record` reads for any
# version never change; a field may be added without a new version, a payload's meaning may not
# change without one.
VERSION = 1


def readable(version: str | None) -> bool:
    """Whether this release understands the payload of a record; the first ones had no version."""
    return version is None or version == str(VERSION)


def now() -> str:
    """The time, as RFC 3339 in UTC with milliseconds."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def result_meta(job: Job) -> str:
    """A snapshot as Celery's result backend keeps it: JSON with status, result and our envelope."""
    value: Any = job.result
    if job.error is not None:
        kind = type(job.error)
        value = {
            "exc_type": kind.__qualname__,
            "exc_message": job.error.args,
            "exc_module": kind.__module__,
        }
    meta = {
        "task_id": job.id,
        "status": CELERY_STATES[job.status],
        "result": value,
        "traceback": None,
        "children": [],
        "date_done": job.finished_at,
        "job": job.envelope(),
    }
    return json.dumps(meta, ensure_ascii=False, separators=(",", ":"))


def job_of_meta(text: str) -> Job:
    """The snapshot that `result_meta` wrote, for a process without Celery's backend."""
    meta = json.loads(text)
    job = Job.from_envelope(meta["task_id"], STATUS_OF_STATE[meta["status"]], meta["job"])
    if job.status is not Status.FAILED:
        return job.moved(job.status, result=meta["result"])
    kind = getattr(errors, meta["result"]["exc_type"], errors.InternalError)
    return job.moved(job.status, error=kind(*meta["result"]["exc_message"]))


def event_data(job: Job) -> str:
    """What an event says of its job, as JSON: status, attempts, progress, error, times."""
    said = {
        "status": job.status.value,
        "attempts": job.attempts,
        **(job.progress.as_json() if job.progress else {}),
        "error": job.error.as_json() if job.error else None,
        "startedAt": job.started_at,
        "finishedAt": job.finished_at,
    }
    shown = {name: value for name, value in said.items() if value is not None}
    return json.dumps(shown, ensure_ascii=False, separators=(",", ":"))


@dataclass(frozen=True)
class Message:
    """What is sent through the broker: which job's which step is to be done."""

    job_id: str
    step: str


def messages(flat: list[str]) -> list[Message]:
    """The messages of a script's answer: id, step, id, step …"""
    return [Message(*pair) for pair in zip(flat[::2], flat[1::2], strict=True)]


@dataclass(frozen=True)
class Standing:
    """A job's place in its line, 0 first, and the seconds to its end; None where not known."""

    position: int | None
    eta_seconds: int | None


@dataclass(frozen=True)
class Claim:
    """A held lease on one step of a job; `expected_ms` is what steps of its kind took lately."""

    job: Job
    step: str
    queue: Queue
    token: int
    payload: dict[str, Any]
    waited_ms: int
    expected_ms: int | None = None
    version: int = VERSION

    @classmethod
    def from_record(cls, record: list[str]) -> Claim:
        """Read the ledger's hash, a flat list of names and values; of what it adds, nothing."""
        fields = dict(zip(record[::2], record[1::2], strict=True))
        version = fields.get("version")
        job = Job(
            id=fields["id"],
            type=JobType(fields["type"]),
            status=Status.PROCESSING,
            created_at=fields["created_at"],
            owner=fields["owner"],
            attempts=int(fields["attempts"]),
            started_at=fields.get("started_at"),
        )
        return cls(
            job=job,
            step=fields["step"],
            queue=Queue(fields["queue"]),
            token=int(fields["token"]),
            payload=json.loads(fields["payload"]) if readable(version) else {},
            waited_ms=int(fields.get("claimed_ms", 0)) - int(fields["queued_ms"]),
            expected_ms=int(fields["expected_ms"]) if "expected_ms" in fields else None,
            version=int(version or VERSION),
        )


@dataclass(frozen=True)
class Due:
    """A job whose lease ran out, and what became of it: requeued, exhausted or cancelled."""

    action: str
    claim: Claim
