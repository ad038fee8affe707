import json
from typing import Any

import pytest
from celery import Celery

from app.contracts.errors import OutOfMemory
from app.contracts.jobs import Job, Progress, Status
from app.contracts.tasks import JobType, Queue
from app.ledger_records import Claim, result_meta

JOB = Job(
    id="a" * 32,
    type=JobType.GENERATE,
    status=Status.QUEUED,
    created_at="2026-01-02T03:04:05.678Z",
    owner="me",
    attempts=2,
    started_at="2026-01-02T03:04:06.000Z",
    progress=Progress("denoise", 3, 20, 17),
)


def as_celery_reads(job: Job) -> dict[str, Any]:
    """The snapshot as Celery's own result backend decodes it."""
    backend = Celery("test", backend="cache+memory://", set_as_current=False).backend
    meta = json.loads(result_meta(job))
    found: dict[str, Any] = backend.meta_from_decoded(meta)
    return found


@pytest.mark.parametrize("status", Status)
def test_a_snapshot_survives_the_result_backend(status: Status) -> None:
    meta = as_celery_reads(JOB.moved(status))

    assert Job.from_envelope(JOB.id, status, meta["job"]) == JOB.moved(status)


def test_a_result_is_what_celery_calls_one() -> None:
    meta = as_celery_reads(JOB.moved(Status.SUCCEEDED, result={"images": []}))

    assert (meta["status"], meta["result"]) == ("SUCCESS", {"images": []})


def test_an_error_comes_back_as_itself() -> None:
    error = OutOfMemory("Full.", {"requested": "8GB"})
    meta = as_celery_reads(JOB.moved(Status.FAILED, error=error))

    assert meta["status"] == "FAILURE"
    assert type(meta["result"]) is OutOfMemory
    assert meta["result"].args == error.args


def test_text_of_all_scripts_is_kept_and_short() -> None:
    text = result_meta(JOB.moved(Status.SUCCEEDED, result={"prompt": "鳥居 \U0001f3ef"}))

    assert "鳥居" in text
    assert json.loads(text)["result"] == {"prompt": "鳥居 \U0001f3ef"}


def test_a_claim_is_read_from_the_record() -> None:
    record = {
        "id": "b" * 32, "type": "derivative", "created_at": "c", "owner": "", "attempts": "2",
        "step": "derive", "queue": "cpu_processing", "token": "5", "payload": '{"a": [1]}',
        "claimed_ms": "1500", "queued_ms": "1000", "state": "running",
    }  # fmt: skip
    claim = Claim.from_record([part for pair in record.items() for part in pair])

    assert claim.job.type is JobType.DERIVATIVE
    assert claim.job.status is Status.PROCESSING
    assert (claim.job.attempts, claim.token, claim.waited_ms) == (2, 5, 500)
    assert (claim.step, claim.queue, claim.payload) == ("derive", Queue.CPU_PROCESSING, {"a": [1]})
