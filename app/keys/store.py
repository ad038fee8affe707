"""The keys in Redis: a hash each, and the set of their ids."""

from __future__ import annotations

from dataclasses import replace

from app.keys.key import NOBODY, Key, digest_of, new_text
from app.ledger import PREFIX, RedisClient
from app.ledger_records import now

IDS = PREFIX + "keys"


class KeyStore:
    """Every key ever made; a revoked one stays on record.

    Every method raises redis.RedisError where Redis cannot be used.
    """

    def __init__(self, redis: RedisClient) -> None:
        self._redis = redis

    def create(
        self,
        name: str,
        scopes: frozenset[str],
        tenant: str | None = None,
        rate: str | None = None,
        daily_jobs: int | None = None,
        in_flight: int | None = None,
        daily_bytes: int | None = None,
    ) -> tuple[Key, str]:
        """A new key and its text, which is kept nowhere."""
        key_id, text = new_text()
        key = Key(
            id=key_id,
            name=name,
            tenant=tenant or key_id,
            scopes=scopes,
            digest=digest_of(text),
            created=now(),
            rate=rate,
            daily_jobs=daily_jobs,
            daily_bytes=daily_bytes,
            in_flight=in_flight,
        )
        with self._redis.pipeline(transaction=True) as step:
            step.hset(_record(key_id), mapping=key.record())
            step.sadd(IDS, key_id)
            step.execute()
        return key, text

    def find(self, key_id: str) -> Key:
        """The key of this id; NOBODY where there is none."""
        fields = self._redis.hgetall(_record(key_id))
        return Key.from_record(fields) if "digest" in fields else NOBODY

    def all(self) -> list[Key]:
        """Every key, the oldest first."""
        found = [self.find(key_id) for key_id in self._redis.smembers(IDS)]
        return sorted((key for key in found if key.id), key=lambda key: (key.created, key.id))

    def any(self) -> bool:
        """Whether a key was ever made."""
        return bool(self._redis.scard(IDS))

    def revoke(self, key_id: str) -> Key | None:
        """The key, revoked now or before; None where there is none of this id."""
        if not self.find(key_id).id:
            return None
        self._redis.hsetnx(_record(key_id), "revoked", now())
        return self.find(key_id)

    def used(self, key: Key) -> Key:
        """The key with the time of its last use written down."""
        found = replace(key, last_used=now())
        self._redis.hset(_record(key.id), "last_used", found.last_used)
        return found


def _record(key_id: str) -> str:
    return f"{PREFIX}key:{key_id}"
