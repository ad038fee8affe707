"""Signs of life of workers that do not run, for what waits until every lane is there."""

from __future__ import annotations

from redis import Redis

from app.contracts.tasks import Queue
from app.ledger import Ledger
from config.settings import Settings


def sign_on_everywhere(redis: Redis) -> None:
    """Show a live worker in each queue for the next ten seconds."""
    ledger = Ledger(redis, Settings(redis_url="redis://127.0.0.1:1/0"))
    for queue in Queue:
        ledger.sign_on(queue, "absent/0")


def sign_off_everywhere(redis: Redis) -> None:
    """Take the signs back, for tests that share the Redis and need to see no worker."""
    for queue in Queue:
        redis.zrem(f"imajin:workers:{queue}", "absent/0")
