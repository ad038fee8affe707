"""A job's events as the ledger keeps them: a numbered stream beside the job."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from app.contracts.jobs import Status
from app.ledger import PREFIX, RESULT_PREFIX, RedisClient

TERMINAL = {status.value for status in Status if status.terminal}


@dataclass(frozen=True)
class Event:
    """One event of a job: its number, its name and its data as JSON on one line."""

    n: int
    name: str
    data: str

    @property
    def terminal(self) -> bool:
        """Whether nothing can follow."""
        return self.name in TERMINAL

    @cached_property
    def wire(self) -> bytes:
        """The event as Server-Sent Events have it; made once for all who listen."""
        return f"id: {self.n}\nevent: {self.name}\ndata: {self.data}\n\n".encode()

    @classmethod
    def from_message(cls, text: str) -> Event | None:
        """Read what the ledger publishes; None where it is no event."""
        try:
            found = json.loads(text)
            return cls(int(found["n"]), found["event"], compact(found["data"]))
        except (ValueError, KeyError, TypeError):
            return None


class EventLog:
    """Reads the streams. Every method raises redis.RedisError where Redis cannot be used."""

    def __init__(self, redis: RedisClient) -> None:
        self._redis = redis

    def newest(self, job_id: str) -> Event | None:
        """The job's last event so far."""
        found = _events(self._redis.xrevrange(_stream(job_id), count=1))
        return found[0] if found else None

    def after(self, job_id: str, n: int) -> list[Event]:
        """The events with greater numbers, as far as they are kept."""
        return _events(self._redis.xrange(_stream(job_id), min=f"({n}-0"))

    def knows(self, job_id: str) -> bool:
        """Whether the job is still there."""
        return bool(self._redis.exists(RESULT_PREFIX + job_id))


def compact(value: object) -> str:
    """JSON on one line, as an event's data must be."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _stream(job_id: str) -> str:
    return f"{PREFIX}events:{job_id}"


def _events(entries: Iterable[tuple[str, dict[str, str]]]) -> list[Event]:
    return [
        Event(int(entry.partition("-")[0]), fields["event"], fields["data"])
        for entry, fields in entries
    ]
