"""The job reader: the only place that reads Celery's result backend."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import Any

from celery import Celery
from celery.exceptions import BackendError
from kombu.exceptions import DecodeError, OperationalError
from redis.exceptions import RedisError

from app.contracts.errors import ImajinError, InternalError, JobNotFound, QueueUnavailable
from app.contracts.jobs import STATUS_OF_STATE, Job, Status
from app.listener import ResultListener

_JOB_ID = re.compile(r"[0-9a-f]{32}")
LOOK_EVERY = 1.0  # seconds; a waiting request looks by itself where no bell rings


class JobReader:
    """Snapshots of jobs, one read each."""

    def __init__(self, reader: Celery, listener: ResultListener) -> None:
        self._reader = reader
        self._listener = listener

    def get(self, job_id: str, owner: str) -> Job:
        """The job now; JobNotFound where it is unknown, expired or another owner's."""
        if not _JOB_ID.fullmatch(job_id):
            raise JobNotFound("There is no such job.")
        try:
            meta = self._reader.backend.get_task_meta(job_id, cache=False)
        except (RedisError, OperationalError, BackendError, ConnectionError) as error:
            raise QueueUnavailable("The results cannot be reached. Try again later.") from error
        except DecodeError as error:  # whoever wrote it was not us
            raise JobNotFound("There is no such job.") from error
        if "job" not in meta or meta["job"]["owner"] != owner:
            raise JobNotFound("There is no such job.")
        return _job(job_id, meta)

    def wait(self, job_id: str, owner: str, seconds: float, until: Callable[[Job], bool]) -> Job:
        """The first snapshot that `until` accepts, or the last one when the time is up."""
        deadline = time.monotonic() + seconds
        with self._listener.watch(job_id) as inbox:
            while True:
                job = self.get(job_id, owner)
                left = deadline - time.monotonic()
                if until(job) or left <= 0:
                    return job
                inbox.take(min(left, LOOK_EVERY))


def _job(job_id: str, meta: dict[str, Any]) -> Job:
    job = Job.from_envelope(job_id, STATUS_OF_STATE[meta["status"]], meta["job"])
    if job.status is Status.FAILED:
        return job.moved(job.status, error=_error(meta["result"]))
    return job.moved(job.status, result=meta["result"])


def _error(found: object) -> ImajinError:
    if isinstance(found, ImajinError):
        return found
    return InternalError("Imajin made a mistake; its log says more.", {})
