"""How a process of ours connects to Redis itself: plain, TLS or through Sentinel."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from redis import BlockingConnectionPool, Redis
from redis.backoff import ExponentialBackoff, NoBackoff
from redis.exceptions import ConnectionError, TimeoutError
from redis.retry import Retry
from redis.sentinel import Sentinel

from app.ledger import RedisClient
from config.celery_config import sentinel_options
from config.settings import Settings

GATEWAY_TIMEOUT = 0.8  # seconds, of a connect or of a reply: QUEUE_UNAVAILABLE comes within 1 s
WORKER_TIMEOUT = 5.0
CONNECTIONS = 64  # of a process; one more caller waits for one of them, as long as for a reply
WORKER_RETRIES = 60  # a worker with a finished result outlasts a restart of Redis


def gateway_client(settings: Settings, redis_url: str) -> RedisClient:
    """A client that fails fast, for answering a request: one more try where a line was cut."""
    once = Retry(NoBackoff(), 1, supported_errors=(ConnectionError,))
    return _client(settings, redis_url, GATEWAY_TIMEOUT, once)


def worker_client(settings: Settings, redis_url: str) -> RedisClient:
    """A client that waits for a Redis that comes back."""
    backoff = ExponentialBackoff(cap=2.0, base=0.05)
    patient = Retry(backoff, WORKER_RETRIES, supported_errors=(ConnectionError, TimeoutError))
    return _client(settings, redis_url, WORKER_TIMEOUT, patient)


def _client(settings: Settings, redis_url: str, timeout: float, retry: Retry) -> RedisClient:
    options: dict[str, Any] = {
        "socket_timeout": timeout,
        "socket_connect_timeout": timeout,
        "retry": retry,
        "health_check_interval": 0,
        "decode_responses": True,
        "max_connections": CONNECTIONS,
    }
    if not redis_url.startswith("sentinel://"):
        pool = BlockingConnectionPool.from_url(redis_url, timeout=timeout, **options)
        return Redis.from_pool(pool)
    hosts = [urlsplit(part) for part in redis_url.split(";")]
    sentinel: Any = Sentinel(  # type: ignore[no-untyped-call]
        [(host.hostname or "localhost", host.port or 26379) for host in hosts],
        sentinel_kwargs=sentinel_options(timeout),
    )
    first = hosts[0]
    return sentinel.master_for(
        settings.sentinel_master,
        username=first.username or None,
        password=first.password,
        db=int(first.path.strip("/") or 0),
        **options,
    )
