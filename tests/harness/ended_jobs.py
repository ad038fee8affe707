"""Jobs that have ended and whose webhook is due, as the ledger's last step leaves them."""

from __future__ import annotations

import json
import time
import uuid
from dataclasses import replace

from redis import Redis

from app.contracts.errors import ImajinError
from app.contracts.jobs import Job, Status
from app.contracts.tasks import JobType
from app.contracts.webhooks import EVENTS, Target, Webhook
from app.deliveries import DUE, JOB
from app.ledger import RESULT_PREFIX
from app.ledger_records import now, result_meta

TTL = 600


def end_job(
    client: Redis,
    url: str,
    events: tuple[str, ...] = EVENTS,
    status: Status = Status.SUCCEEDED,
    error: ImajinError | None = None,
    owner: str = "",
) -> str:
    """The id of such a job."""
    job = Job(uuid.uuid4().hex, JobType.ANALYZE, status, now(), owner, attempts=1)
    ended = replace(job, started_at=now(), finished_at=now(), error=error)
    webhook = Webhook(Target.parse(url), events).as_json()
    client.hset(
        JOB + job.id,
        mapping={"id": job.id, "state": "done", "owner": owner, "webhook": json.dumps(webhook)},
    )
    client.expire(JOB + job.id, TTL)
    client.set(RESULT_PREFIX + job.id, result_meta(ended), ex=TTL)
    client.zadd(DUE, {job.id: int(time.time() * 1000)})
    return job.id
