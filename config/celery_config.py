"""Celery's configuration: one table for the gateway, the workers and Flower.

Recovery is by the delivery ledger's leases, so the visibility timeout may be long and Celery's
own retry settings stay off: each of them loses or repeats jobs when Redis or a worker dies.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from config.settings import Settings

VISIBILITY_TIMEOUT = 6 * 3600  # above any hard limit; Celery wants it in three places


def sentinel_options(seconds: float) -> dict[str, Any]:
    """How a Sentinel is asked: once, for redis-py's own three tries keep us from the next one."""
    return {"socket_timeout": seconds, "socket_connect_timeout": seconds, "retry": None}


def celery_config(settings: Settings, redis_url: str, queues: Iterable[str]) -> dict[str, Any]:
    """The settings that every Celery app of Imajin shares."""
    transport = {
        "visibility_timeout": VISIBILITY_TIMEOUT,
        "socket_timeout": 5,
        "socket_connect_timeout": 2,
        "socket_keepalive": True,
        "health_check_interval": 25,
        "master_name": settings.sentinel_master,
        "sentinel_kwargs": sentinel_options(2),
    }
    return {
        "broker_url": redis_url,
        "broker_transport_options": transport,
        "visibility_timeout": VISIBILITY_TIMEOUT,
        "broker_connection_retry_on_startup": True,
        "broker_connection_max_retries": None,
        "task_serializer": "json",
        "result_serializer": "json",
        "event_serializer": "json",
        "accept_content": ["json"],
        "result_accept_content": ["json"],
        "task_queues": {name: {"exchange": name, "routing_key": name} for name in queues},
        "task_create_missing_queues": False,  # a typo is an error, not a queue nobody reads
        "enable_utc": True,
    }


def worker_config(
    settings: Settings, concurrency: int, soft_limits: Mapping[str, int]
) -> dict[str, Any]:
    """What a worker adds: late acknowledgement, spawned children, time limits, events.

    `soft_limits` maps task names to seconds; the hard limit follows after the settings' grace.
    """
    grace = settings.hard_limit_grace
    return {
        "task_ignore_result": True,  # the ledger's fenced commit writes the result backend
        "task_acks_late": True,
        "task_reject_on_worker_lost": False,  # loops for ever on a job that kills its worker
        "task_acks_on_failure_or_timeout": True,
        "task_annotations": {
            name: {"soft_time_limit": soft, "time_limit": soft + grace}
            for name, soft in soft_limits.items()
        },
        "worker_concurrency": concurrency,
        "worker_prefetch_multiplier": 1,
        "worker_pool": "prefork",
        "worker_pool_start_method": "spawn",  # CUDA cannot live in a forked child
        "worker_proc_alive_timeout": 180.0,  # loading an engine takes longer than the default 4 s
        "worker_cancel_long_running_tasks_on_connection_loss": False,
        "worker_soft_shutdown_timeout": 3.0,
        "worker_send_task_events": True,
        "worker_hijack_root_logger": False,
        "worker_redirect_stdouts": False,
    }
