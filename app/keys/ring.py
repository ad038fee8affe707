"""The keys as one gateway process holds them: remembered for seconds, asked for again after."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from redis.exceptions import RedisError

from app.keys.key import Key, id_of
from app.keys.store import KeyStore

log = logging.getLogger("imajin.keys")

HOLD_SECONDS = 3.0  # a revoked key is refused, and the first key required, within this time
USED_EVERY = timedelta(minutes=1)


class KeyRing:
    """Whether a key is required, and which key a text is.

    Both raise redis.RedisError where Redis is away and what is remembered is too old.
    """

    def __init__(
        self, store: KeyStore, may_be_open: bool, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._store = store
        self._required = not may_be_open
        self._clock = clock
        self._open_until = 0.0
        self._held: dict[str, tuple[Key, float]] = {}

    @property
    def was_open(self) -> bool:
        """Whether no key was required when Redis was last asked."""
        return self._open_until > 0 and not self._required

    def required(self) -> bool:
        """Whether a request needs a key; once one does, all do until this process ends."""
        # Keys are all gone only where Redis lost its data, and that must not open the service.
        if self._required or self._clock() < self._open_until:
            return self._required
        self._required = self._store.any()
        self._open_until = self._clock() + HOLD_SECONDS
        return self._required

    def key_of(self, text: str) -> Key | None:
        """The key that this text proves, None for any other text.

        A no is never said from memory, so that it takes the same time whatever its reason.
        """
        key_id = id_of(text)
        held, until = self._held.get(key_id, (None, 0.0))
        if held is not None and self._clock() < until and held.opens_for(text):
            return held
        key = self._store.find(key_id)
        if not key.opens_for(text):
            return None
        self._required = True
        self._held[key_id] = self._noted(key), self._clock() + HOLD_SECONDS
        return key

    def _noted(self, key: Key) -> Key:
        """Write the time of use down, once in a while."""
        last = key.last_used
        if last is not None and datetime.now(UTC) - datetime.fromisoformat(last) < USED_EVERY:
            return key
        try:
            return self._store.used(key)
        except RedisError as error:  # a Redis that is full may still be read
            log.warning("key.use_not_noted %s %s", key.id, error)
            return key
