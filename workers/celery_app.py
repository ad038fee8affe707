"""How a worker's Celery app is made, and what its parent does besides running children."""

from __future__ import annotations

import logging
import math
import os
from collections.abc import Callable
from typing import Any

from billiard import current_process
from celery import Celery, signals

from app.contracts.tasks import ANALYZE, DELIVER, DERIVE, FINISH, GENERATE, VERIFY, Queue
from app.redis_clients import worker_client
from app.redis_health import RedisHealth
from config import logs
from config.celery_config import celery_config, worker_config
from config.redis_urls import redis_url
from config.settings import Settings, current
from workers.cancel_watch import CancelStep
from workers.presence import Presence
from workers.request import child_of
from workers.rounds import Rounds
from workers.runtime import runtime
from workers.sweeper import Sweeper

log = logging.getLogger("imajin.worker")


def soft_limits(settings: Settings) -> dict[str, int]:
    """The soft time limit in seconds of each task."""
    return {
        ANALYZE.name: settings.analyze_timeout,
        GENERATE.name: settings.generate_timeout,
        DERIVE.name: settings.derivative_timeout,
        FINISH.name: settings.derivative_timeout,
        VERIFY.name: settings.derivative_timeout,
        DELIVER.name: math.ceil(settings.webhook_timeout + settings.webhook_connect_timeout),
    }


def worker_app(queue: Queue, module: str, concurrency: Callable[[Settings], int]) -> Celery:
    """The Celery app of one lane; `module`, its main, is imported again in each spawned child."""
    settings = current()
    url = redis_url(settings)
    celery = Celery(f"imajin.{queue}", broker=url)
    celery.conf.update(celery_config(settings, url, Queue))
    celery.conf.update(worker_config(settings, concurrency(settings), soft_limits(settings)))
    celery.conf.include = [module]
    celery.steps["consumer"].add(CancelStep)
    signals.setup_logging.connect(_set_up_logs, weak=False)
    _sweep_beside()
    return celery


def in_child(queue: Queue, warm: Callable[[int], None]) -> None:
    """Call `warm` with the child's index, 0 first, at its start; then show that it is alive."""

    def start(sender: str, **_: Any) -> None:
        child = current_process()
        warm(child.index)
        Presence(runtime().ledger, queue, child_of(sender, child.pid)).start()
        runtime().cancellations.start()
        log.info("child.ready %s", child.pid)

    signals.worker_process_init.connect(start, weak=False)


def beside(queue: Queue, name: str, act: Callable[[], None]) -> None:
    """Call `act` again and again beside a worker whose tasks are threads; show that it is alive."""

    def start(sender: Any, **_: Any) -> None:
        parts = runtime()
        Presence(parts.ledger, queue, f"{sender.hostname}/{os.getpid()}").start()
        Rounds(name, parts.settings.sweep_seconds, act).start()

    signals.worker_ready.connect(start, weak=False)


def _set_up_logs(**_: Any) -> None:
    logs.configure(current())


def _sweep_beside() -> None:
    sweepers: list[Sweeper] = []

    def start(sender: Any, **_: Any) -> None:
        parts = runtime()
        redis = worker_client(parts.settings, parts.redis_url)
        sweeper = Sweeper(redis, parts.ledger, parts.blobs, parts.settings, sender.hostname)
        sweeper.start()
        RedisHealth(redis, parts.settings.redis_memory_share).warn()
        sweepers.append(sweeper)
        log.info("worker.ready %s", sender.hostname)

    def stop(**_: Any) -> None:
        for sweeper in sweepers:
            sweeper.stop()

    signals.worker_ready.connect(start, weak=False)
    signals.worker_shutting_down.connect(stop, weak=False)
