"""The gateway's two Celery apps: one only sends, one only reads."""

from __future__ import annotations

from functools import partial
from typing import Any

from celery import Celery
from celery.backends.redis import RedisBackend
from redis import BlockingConnectionPool

from app.contracts import errors as errors  # loaded, so that Celery can rebuild our errors
from app.contracts.tasks import Queue
from app.redis_clients import CONNECTIONS
from config.celery_config import celery_config, sentinel_options
from config.settings import Settings

BROKER_TIMEOUT = 0.5  # seconds; a broker that is down is answered for within one
_WAITING = "app.celery_apps:WaitingRedisBackend"


class WaitingRedisBackend(RedisBackend):  # type: ignore[misc]  # celery has no types
    """Celery's result backend where one reader too many waits for a connection."""

    def __init__(self, **given: Any) -> None:
        pool = partial(BlockingConnectionPool, timeout=BROKER_TIMEOUT)
        super().__init__(connection_pool=pool, max_connections=CONNECTIONS, **given)


def publisher(settings: Settings, redis_url: str) -> Celery:
    """Sends tasks by name.

    It has no result backend: with one, each send would subscribe to the result first and block
    on a Redis that hangs.
    """
    celery = Celery("imajin.publisher", broker=redis_url, set_as_current=False)
    celery.conf.update(celery_config(settings, redis_url, Queue))
    celery.conf.task_ignore_result = True
    celery.conf.broker_transport_options |= {
        "socket_timeout": BROKER_TIMEOUT,
        "socket_connect_timeout": BROKER_TIMEOUT,
        "sentinel_kwargs": sentinel_options(BROKER_TIMEOUT),
    }
    return celery


def reader(settings: Settings, redis_url: str) -> Celery:
    """Reads the result backend and sends nothing."""
    sentinel = redis_url.startswith("sentinel://")  # its pool is of its own kind
    celery = Celery("imajin.reader", broker=redis_url, set_as_current=False)
    celery.conf.update(celery_config(settings, redis_url, Queue))
    celery.conf.update(
        result_backend=redis_url if sentinel else f"{_WAITING}+{redis_url}",
        result_backend_transport_options={
            "master_name": settings.sentinel_master,
            "sentinel_kwargs": sentinel_options(BROKER_TIMEOUT),
        },
        redis_socket_timeout=BROKER_TIMEOUT,
        redis_socket_connect_timeout=BROKER_TIMEOUT,
        redis_retry_on_timeout=False,
        result_backend_thread_safe=True,  # one pool of connections, not one for each greenlet
    )
    return celery
