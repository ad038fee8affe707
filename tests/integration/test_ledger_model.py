"""The ledger beside a simple model, under any order of what workers, clients and sweepers do."""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)

from app.contracts.errors import WorkerLost
from app.contracts.jobs import Priority, Progress
from app.contracts.tasks import JobType, Queue
from app.ledger_records import Claim
from tests.harness.redis_server import RedisServer
from tests.integration.ledgers import Desk, desk_on

FIRST_STEP = {JobType.GENERATE: "generate", JobType.DERIVATIVE: "derive"}


class LedgerMachine(RuleBasedStateMachine):
    """What must hold: one end a job, no job lost, events numbered without a gap, counts right."""

    server: RedisServer
    jobs = Bundle("jobs")
    claims = Bundle("claims")

    def __init__(self) -> None:
        super().__init__()
        self._context = desk_on(self.server, lease_seconds=60, max_attempts=3)
        self.desk: Desk = self._context.__enter__()
        self.owners: dict[str, str] = {}
        self.accepted: dict[str, Any] = {}
        self.newest: dict[str, int] = {}  # the token that may write
        self.ended: dict[str, str] = {}  # a job's end, as the result backend first told it

    def teardown(self) -> None:
        """Run every job to its end: none may be left."""
        for _ in range(30):
            for job_id in self.open_jobs():
                if self.desk.state(job_id) == "running":
                    self.release_any(job_id)
            self.sweep()
            self.desk.redis.delete(*[f"imajin:way:{queue}" for queue in Queue])
            self.desk.sent.clear()
            self.sweep()
            while (claim := self.desk.serve()) is not None:
                self.holds(claim)
                self.end(claim, succeed=True)
            if not self.open_jobs():
                break
        assert self.open_jobs() == []
        assert self.desk.redis.hgetall("imajin:open") == {}
        for queue in Queue:
            assert self.desk.ledger.depth(queue)[0] == 0
            load = self.desk.redis.hgetall(f"imajin:load:{queue}")
            assert not any(int(work) for work in load.values()), load
        self._context.__exit__(None, None, None)

    def open_jobs(self) -> list[str]:
        """The jobs that have not ended."""
        return [job_id for job_id in self.accepted if job_id not in self.ended]

    def note_end(self, job_id: str) -> None:
        """Remember how a job ended; it may never end otherwise."""
        self.ended.setdefault(job_id, self.backend(job_id))

    def backend(self, job_id: str) -> str:
        """The result backend's word."""
        found = self.desk.redis.get(f"celery-task-meta-{job_id}")
        return str(json.loads(found)["status"])

    @rule(
        target=jobs,
        owner=st.sampled_from(["a", "b"]),
        priority=st.sampled_from(list(Priority)),
        kind=st.sampled_from(list(FIRST_STEP)),
    )
    def accept(self, owner: str, priority: Priority, kind: JobType) -> str:
        """A client posts."""
        job = self.desk.accept(owner, priority, kind, units=1.5)
        self.accepted[job.id] = job
        return job.id

    @rule(target=claims)
    def serve(self) -> Any:
        """A worker takes a message."""
        claim = self.desk.serve()
        if claim is None:
            return multiple()
        self.holds(claim)
        return claim

    @rule(target=claims, job_id=jobs, step=st.sampled_from(["generate", "finish", "derive"]))
    def stray_message(self, job_id: str, step: str) -> Any:
        """A message comes again, or late."""
        return self.claim(job_id, step)

    def claim(self, job_id: str, step: str) -> Any:
        """Claim a job, if the ledger lets it."""
        found = self.desk.ledger.claim(job_id, step, "w@here", uuid.uuid4().hex)
        if isinstance(found, str):
            return multiple()
        self.holds(found)
        return found

    def holds(self, claim: Claim) -> None:
        """A new holder is newer than all before."""
        assert claim.job.id not in self.ended
        assert claim.token > self.newest.get(claim.job.id, 0)
        self.newest[claim.job.id] = claim.token

    @rule()
    def lose_a_message(self) -> None:
        """A message goes nowhere."""
        if self.desk.sent:
            self.desk.sent.pop(0)

    @rule(claim=claims, preview=st.booleans())
    def renew(self, claim: Claim, preview: bool) -> None:
        """A worker reports."""
        given = {"preview": {"x": 1}} if preview else {"progress": Progress("s", 1, 2, 50)}
        verdict = self.desk.ledger.renew(claim, **given)
        assert verdict == "fenced" or self.may_write(claim)

    def may_write(self, claim: Claim) -> bool:
        """Whether this is the newest holder of a job that has not ended."""
        return claim.job.id not in self.ended and claim.token == self.newest[claim.job.id]

    @rule(claim=claims)
    def advance(self, claim: Claim) -> None:
        """A worker hands a generation on."""
        if claim.step == "generate":
            done = self.desk.ledger.advance(claim, "finish", {})
            assert not done or self.may_write(claim)

    @rule(claim=consumes(claims), succeed=st.booleans())
    def commit(self, claim: Claim, succeed: bool) -> None:
        """A worker ends a job, or tries to."""
        self.end(claim, succeed)

    def end(self, claim: Claim, succeed: bool) -> None:
        """Commit; only the newest holder may."""
        ledger = self.desk.ledger
        done = ledger.succeed(claim, {}) if succeed else ledger.stop(claim)
        if done:
            assert claim.token == self.newest[claim.job.id]
            self.note_end(claim.job.id)

    @rule(job_id=jobs)
    def cancel(self, job_id: str) -> None:
        """A client cancels."""
        outcome = self.desk.ledger.cancel(self.accepted[job_id])
        assert (outcome == "done") == (job_id in self.ended)
        if outcome == "cancelled":
            self.note_end(job_id)

    @rule(job_id=jobs)
    def release_any(self, job_id: str) -> None:
        """A worker's child dies."""
        for step in ("generate", "finish", "derive"):
            self.desk.ledger.release(job_id, step, "w@here")

    @rule(target=claims, claim=claims)
    def another_takes_it(self, claim: Claim) -> Any:
        """A worker hangs; its job goes back and another worker claims it."""
        self.release_any(claim.job.id)
        self.sweep()
        newer = self.claim(claim.job.id, claim.step)
        if isinstance(newer, Claim):
            assert not self.desk.ledger.succeed(claim, {}), "the old holder is fenced off"
            assert self.desk.ledger.renew(claim) == "fenced"
        return newer

    @rule()
    def sweep(self) -> None:
        """A sweeper's pass."""
        self.desk.ledger.refill()
        for due in self.desk.ledger.due():
            if due.action == "exhausted":
                assert self.desk.ledger.fail(due.claim, WorkerLost("It died.", {"attempts": 3}))
                self.note_end(due.claim.job.id)
            elif due.action == "cancelled":
                assert self.desk.ledger.stop(due.claim)
                self.note_end(due.claim.job.id)

    @invariant()
    def each_job_has_one_end(self) -> None:
        """What the result backend told once it tells for ever."""
        for job_id, word in self.ended.items():
            assert self.backend(job_id) == word

    @invariant()
    def open_jobs_wait_or_run(self) -> None:
        """Each is in exactly one place."""
        ledger = self.desk.redis
        waiting = {
            job_id for queue in Queue for job_id in ledger.zrange(f"imajin:queued:{queue}", 0, -1)
        }
        due = set(ledger.zrange("imajin:due", 0, -1))
        assert waiting | due == set(self.open_jobs())
        assert not waiting & due

    @invariant()
    def events_are_numbered_without_a_gap(self) -> None:
        """But for previews, of which only the latest are kept."""
        for job_id in self.accepted:
            kept = self.desk.redis.xrange(f"imajin:events:{job_id}")
            numbers = [int(number.partition("-")[0]) for number, _ in kept]
            count = int(self.desk.redis.hget(f"imajin:job:{job_id}", "events") or 0)
            assert numbers == sorted(set(numbers))
            assert not numbers or numbers[-1] <= count
            names = [fields["event"] for _, fields in kept]
            assert names.count("preview") <= 2
            ends = [name for name in names if name in ("succeeded", "failed", "cancelled")]
            assert len(ends) == (job_id in self.ended)
            if ends:
                assert names[-1] == ends[0] and numbers[-1] == count

    @invariant()
    def owners_are_counted(self) -> None:
        """As many jobs in flight as are open."""
        found = {owner: int(n) for owner, n in self.desk.redis.hgetall("imajin:open").items()}
        owners = [self.accepted[job_id].owner for job_id in self.open_jobs()]
        assert found == {owner: owners.count(owner) for owner in set(owners)}


@pytest.mark.timeout(240)
def test_any_order_of_events_leaves_each_job_with_one_end(redis_server: RedisServer) -> None:
    LedgerMachine.server = redis_server
    run_state_machine_as_test(
        LedgerMachine,
        settings=settings(
            max_examples=50,
            stateful_step_count=50,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            derandomize=True,
            database=None,
            phases=[Phase.generate],
        ),
    )
