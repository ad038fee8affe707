"""Whether Redis has room for more jobs and keeps what it is given, as it says itself."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Any

from redis.exceptions import NoPermissionError, RedisError

from app.contracts.errors import QueueUnavailable
from app.ledger import RedisClient

log = logging.getLogger("imajin.redis")

LOOK_EVERY = 1.0  # seconds
FORGETS = "Redis would forget the jobs:"


class RedisHealth:
    """Asks with INFO, at most once a second; a user without the right to ask is told nothing."""

    def __init__(
        self, redis: RedisClient, most_memory: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._redis = redis
        self._most_memory = most_memory
        self._clock = clock
        self._looked = float("-inf")
        self._found: dict[str, Any] = {}

    def check_room(self) -> None:
        """Raise QueueUnavailable while Redis is nearly full: a full one stops the workers too."""
        found = self._info()
        limit = int(found.get("maxmemory", 0))
        if limit and int(found["used_memory"]) > self._most_memory * limit:
            raise QueueUnavailable("Redis is nearly full. Try again later.")

    def check_kept(self) -> None:
        """Raise QueueUnavailable unless Redis writes an append-only file and evicts nothing."""
        found = self._info()
        policy = found.get("maxmemory_policy", "noeviction")
        if policy != "noeviction":
            raise QueueUnavailable(
                f"{FORGETS} its policy is {policy}. Start it with --maxmemory-policy noeviction."
            )
        if found.get("aof_enabled", 1) == 0:
            raise QueueUnavailable(
                f"{FORGETS} it keeps no append-only file. Start it with --appendonly yes."
            )
        if found.get("aof_last_write_status", "ok") != "ok":
            raise QueueUnavailable(
                "Redis cannot write its append-only file. Look at its disk and its log."
            )

    def warn(self) -> None:
        """Say at a start, in the log, what `check_kept` finds."""
        try:
            self.check_kept()
        except QueueUnavailable as error:
            log.warning("redis.health %s", error)

    def _info(self) -> dict[str, Any]:
        if self._clock() - self._looked >= LOOK_EVERY:
            try:
                self._found = self._redis.info("memory") | self._redis.info("persistence")
            except NoPermissionError:
                self._found = {}
            except RedisError as error:
                raise QueueUnavailable("Redis cannot be reached. Try again later.") from error
            self._looked = self._clock()
        return self._found
