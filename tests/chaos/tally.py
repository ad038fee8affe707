"""The count: what clients were told and how jobs were seen to end, in a Redis of its own.

Everything is a set, so that telling it twice counts once and a second, other thing shows.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from typing import Any

from redis import Redis


class Tally:
    """Facts seen from outside, by idempotency key and by job."""

    def __init__(self, redis: Redis) -> None:
        self._redis: Any = redis

    def accepted(self, key: str, job_id: str) -> None:
        """A client got 202 with this job for its key."""
        self._redis.sadd("keys", key)
        self._redis.sadd(f"key:{key}", job_id)
        self._redis.sadd("jobs", job_id)

    def ended(self, job_id: str, ending: object) -> None:
        """The job was seen in this terminal state."""
        self._redis.sadd(f"end:{job_id}", digest(ending))

    def committed(self, job_id: str, message: str) -> None:
        """The result backend published this end of the job."""
        self._redis.sadd(f"commit:{job_id}", digest(message))

    def read(self, job_id: str, result: bytes) -> None:
        """The job's result was read as these bytes."""
        self._redis.sadd(f"result:{job_id}", digest(result))

    def jobs(self) -> set[str]:
        """Every job that a client was promised."""
        return set(self._redis.smembers("jobs"))

    def doubles(self) -> Iterator[str]:
        """Each visible double effect, in words."""
        for key in sorted(self._redis.smembers("keys")):
            found = sorted(self._redis.smembers(f"key:{key}"))
            if len(found) > 1:
                yield f"one Idempotency-Key made {len(found)} jobs: {', '.join(found)}"
        for job_id in sorted(self.jobs()):
            for what, said in _KINDS.items():
                count = self._redis.scard(f"{what}:{job_id}")
                if count > 1:
                    yield f"{job_id} {said} {count} times"


_KINDS = {
    "end": "ended differently",
    "commit": "was committed",
    "result": "gave other results",
}


def digest(value: object) -> str:
    """A short fingerprint of bytes or of anything JSON can hold."""
    data = value if isinstance(value, bytes) else json.dumps(value, sort_keys=True).encode()
    return hashlib.sha256(data).hexdigest()[:24]
