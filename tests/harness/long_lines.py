"""A long line of jobs, accepted by the real script, many in one round trip."""

from __future__ import annotations

import uuid
from typing import Any

from app import acceptance
from app.contracts.tasks import JobType
from app.ledger import CONSTANTS
from app.ledger_scripts import Scripts
from app.submissions import Submission
from config.settings import Settings

BATCH = 1000


def fill(redis: Any, settings: Settings, jobs: int, owners: int = 10) -> None:
    """Accept so many derivatives of so many owners; their messages are left to a sweeper."""
    unlimited = settings.model_copy(update={"queue_limit": 10 * jobs})
    for start in range(0, jobs, BATCH):
        pipe = redis.pipeline(transaction=False)
        accept = Scripts(pipe, CONSTANTS)
        for number in range(start, min(start + BATCH, jobs)):
            given = Submission(owner=f"owner{number % owners}", kind="derive")
            job = acceptance.queued(uuid.uuid4().hex, JobType.DERIVATIVE, given)
            accept("accept", *acceptance.arguments(job, {}, given, unlimited))
        pipe.execute()
