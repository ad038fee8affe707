"""Ledgers on a real Redis for tests: a clean server, and workers that a test plays by hand."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from redis import Redis

from app.contracts.jobs import Job, Priority
from app.contracts.tasks import JobType, Queue
from app.ledger import Ledger
from app.ledger_records import Claim, Message
from app.redis_clients import gateway_client
from app.submissions import Submission
from config.settings import Settings
from tests.harness.redis_server import RedisServer

CPU = Queue.CPU_PROCESSING


@dataclass
class Desk:
    """A ledger whose messages go into a list, as a broker would hold them, oldest first."""

    ledger: Ledger
    redis: Redis
    settings: Settings
    sent: list[Message] = field(default_factory=list)

    def accept(
        self,
        owner: str = "",
        priority: Priority = Priority.NORMAL,
        job_type: JobType = JobType.DERIVATIVE,
        payload: dict[str, Any] | None = None,
        **submission: Any,
    ) -> Job:
        """Accept one job."""
        given = Submission(owner=owner, priority=priority, **submission)
        return self.ledger.accept(uuid.uuid4().hex, job_type, payload or {}, given)

    def claim(self, job_id: str, step: str = "derive", holder: str = "w@here") -> Claim:
        """Claim a job that can be claimed."""
        found = self.ledger.claim(job_id, step, holder, uuid.uuid4().hex)
        assert isinstance(found, Claim), found
        return found

    def serve(self) -> Claim | None:
        """Do as a worker does: take the oldest message and claim its job."""
        while self.sent:
            message = self.sent.pop(0)
            found = self.ledger.claim(message.job_id, message.step, "w@here", uuid.uuid4().hex)
            if isinstance(found, Claim):
                return found
        return None

    def serve_all(self) -> list[str]:
        """Serve one job after the other to its end; the ids in the order of their start."""
        order = []
        while (claim := self.serve()) is not None:
            order.append(claim.job.id)
            assert self.ledger.succeed(claim, {})
        return order

    def state(self, job_id: str) -> str | None:
        """The ledger's own word for how a job is."""
        return self.redis.hget(f"imajin:job:{job_id}", "state")  # type: ignore[return-value]

    def way(self, queue: Queue = CPU) -> list[str]:
        """The jobs on the way to a queue's workers."""
        return self.redis.zrange(f"imajin:way:{queue}", 0, -1)  # type: ignore[return-value]


@contextmanager
def desk_on(server: RedisServer, **settings: Any) -> Iterator[Desk]:
    """A desk on a database of its own on this server, emptied first."""
    url = server.url.removesuffix("/0") + "/9"
    chosen = Settings(redis_url=url, **settings)
    sent: list[Message] = []
    with Redis.from_url(url, decode_responses=True) as client:
        client.flushdb()
        ledger = Ledger(gateway_client(chosen, url), chosen, sent.append)
        yield Desk(ledger, client, chosen, sent)
