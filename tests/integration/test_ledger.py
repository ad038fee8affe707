"""The ledger on a real Redis: one way for a job, one end, and a fence against all others."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from app.contracts.errors import WorkerLost
from app.contracts.jobs import Progress
from app.contracts.tasks import JobType, Queue
from app.ledger_records import job_of_meta
from tests.harness.redis_server import RedisServer
from tests.integration.ledgers import CPU, Desk, desk_on


@pytest.fixture
def desk(redis_server: RedisServer) -> Iterator[Desk]:
    """A ledger on an empty Redis."""
    with desk_on(redis_server, lease_seconds=2) as found:
        yield found


def events(desk: Desk, job_id: str) -> list[tuple[str, str]]:
    """The events kept of a job: number and name."""
    kept = desk.redis.xrange(f"imajin:events:{job_id}")
    return [(number, fields["event"]) for number, fields in kept]


def read(desk: Desk, job_id: str) -> dict[str, object]:
    """What the result backend holds."""
    return json.loads(desk.redis.get(f"celery-task-meta-{job_id}"))


def test_a_job_goes_its_way(desk: Desk) -> None:
    job = desk.accept(payload={"a": ["ä"]})
    claim = desk.serve()
    assert claim is not None
    assert (claim.job.id, claim.payload, claim.token) == (job.id, {"a": ["ä"]}, 1)

    assert desk.ledger.renew(claim, started=True) == "ok"
    assert desk.ledger.renew(claim, progress=Progress("variants", 1, 2, 50)) == "ok"
    assert desk.ledger.renew(claim, preview={"image": "x"}) == "ok"
    assert desk.ledger.succeed(claim, {"variants": []})
    assert desk.ledger.succeed(claim, {"variants": []}), "the first reply may be lost"

    assert read(desk, job.id)["status"] == "SUCCESS"
    assert events(desk, job.id) == [
        ("1-0", "progress"),
        ("2-0", "progress"),
        ("3-0", "preview"),
        ("4-0", "succeeded"),
    ]
    assert desk.redis.hgetall("imajin:open") == {}
    assert desk.redis.ttl(f"imajin:events:{job.id}") > 0
    assert desk.redis.zcard("imajin:due") == 0


def test_of_two_holders_only_the_newer_one_writes(desk: Desk) -> None:
    job = desk.accept()
    old = desk.claim(job.id)
    desk.ledger.release(job.id, "derive", "w@here")
    assert [due.action for due in desk.ledger.due()] == ["requeued"]
    assert job_of_meta(json.dumps(read(desk, job.id))).status == "queued"
    new = desk.claim(job.id)

    assert desk.ledger.renew(old) == "fenced"
    assert not desk.ledger.succeed(old, {"by": "old"})
    assert not desk.ledger.advance(old, "finish", {})
    assert desk.ledger.succeed(new, {"by": "new"})

    assert read(desk, job.id)["result"] == {"by": "new"}
    assert new.job.attempts == 2
    assert events(desk, job.id) == [("1-0", "queued"), ("2-0", "succeeded")]


def test_a_claim_asked_twice_counts_once(desk: Desk) -> None:
    job = desk.accept()
    first = desk.ledger.claim(job.id, "derive", "w@here", "one")
    again = desk.ledger.claim(job.id, "derive", "w@here", "one")

    assert first.token == again.token == 1  # type: ignore[union-attr]
    assert desk.ledger.claim(job.id, "derive", "w@here", "two") == "busy"


def test_a_job_that_kills_its_workers_is_ended(desk: Desk) -> None:
    job = desk.accept()
    for _ in range(3):
        claim = desk.claim(job.id)
        desk.ledger.release(job.id, "derive", "w@here")
        [due] = desk.ledger.due()
    assert due.action == "exhausted"
    assert [one.action for one in desk.ledger.due()] == [], "another sweeper leaves it alone"

    assert desk.ledger.fail(due.claim, WorkerLost("It died.", {"attempts": 3}))

    assert read(desk, job.id)["status"] == "FAILURE"
    assert desk.ledger.claim(job.id, "derive", "w@here", "late") == "over"
    assert claim.job.attempts == 3


@pytest.mark.parametrize("start", [False, True])
def test_a_cancelled_job_is_counted_out_once(desk: Desk, start: bool) -> None:
    job, other = desk.accept("me"), desk.accept("me")
    if start:
        claim = desk.claim(job.id)
        assert desk.ledger.cancel(job) == "running"
        assert desk.ledger.renew(claim) == "cancelled"
        assert desk.ledger.stop(claim)
    else:
        assert desk.ledger.cancel(job) == "cancelled"
        assert desk.ledger.claim(job.id, "derive", "w@here", "n") == "over"
    assert desk.ledger.cancel(job) == "done"

    assert desk.redis.hgetall("imajin:open") == {"me": "1"}
    assert read(desk, job.id)["status"] == "REVOKED"
    assert desk.ledger.depth(CPU)[0] == 1
    desk.ledger.cancel(other)
    assert not any(int(work) for work in desk.redis.hgetall(f"imajin:load:{CPU}").values())


def test_a_job_goes_on_in_the_line_of_its_next_step(desk: Desk) -> None:
    job = desk.accept(job_type=JobType.GENERATE)
    claim = desk.claim(job.id, "generate")

    assert desk.ledger.advance(claim, "finish", {"raw": 1})
    assert desk.ledger.advance(claim, "finish", {"raw": 1}), "the first reply may be lost"

    assert desk.ledger.claim(job.id, "generate", "w@here", "late") == "over"
    finish = desk.claim(job.id, "finish")
    assert (finish.payload, finish.job.attempts, finish.queue) == ({"raw": 1}, 1, CPU)
    assert desk.ledger.succeed(finish, {})
    assert desk.way(Queue.GPU_DIFFUSION) == desk.way() == []


def test_an_ended_job_with_a_webhook_is_due_for_delivery(desk: Desk) -> None:
    told, untold = desk.accept(webhook={"url": "https://example.org"}), desk.accept()
    desk.ledger.cancel(told)
    desk.ledger.cancel(untold)

    assert desk.redis.zrange("imajin:webhooks:due", 0, -1) == [told.id]
