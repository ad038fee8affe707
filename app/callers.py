"""Who asks: the caller of this request, and the jobs that are the caller's own."""

from __future__ import annotations

from dataclasses import dataclass

from flask import g

from app.contracts.jobs import Job
from app.keys.key import SCOPES, Key
from app.services import services


@dataclass(frozen=True)
class Caller:
    """The owner of what a request makes and reads, and what the request may do.

    `id` is the key's tenant; it is "" where the service needs no key.
    """

    id: str
    scopes: frozenset[str]
    in_flight: int | None = None
    daily_jobs: int | None = None
    daily_bytes: int | None = None

    @classmethod
    def of_key(cls, key: Key) -> Caller:
        """Whoever holds this key."""
        return cls(key.tenant, key.scopes, key.in_flight, key.daily_jobs, key.daily_bytes)


ANYONE = Caller("", frozenset(SCOPES))


def caller() -> Caller:
    """Whoever sent this request, as the guard found out."""
    found: Caller = g.caller
    return found


def own_job(job_id: str) -> Job:
    """One of the caller's jobs; JobNotFound where it is unknown, expired or another's."""
    return services().jobs.get(job_id, caller().id)
