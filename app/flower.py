"""The Procfile's flower line: Flower on the settings' address, watching our queues."""

from __future__ import annotations

import os
import time

from redis.exceptions import RedisError

from app.celery_apps import reader
from app.contracts.tasks import Queue
from app.ledger import Ledger
from app.redis_clients import gateway_client
from config import logs
from config.redis_urls import redis_url
from config.settings import Settings, current

WAIT_SECONDS = 90.0


def arguments(settings: Settings) -> list[str]:
    """Flower's command line; its API is open only where it listens on loopback."""
    return [
        "flower",
        f"--address={settings.flower_host}",
        f"--port={settings.flower_port}",
        "--inspect_timeout=2000",
        "--logging=warning",
    ]


def wait_for_workers(ledger: Ledger) -> None:
    """Wait until each queue has a live worker: Flower asks who is there at its start alone."""
    deadline = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < deadline:
        try:
            if all(ledger.workers(queue) for queue in Queue):
                return
        except RedisError:
            pass  # not up yet
        time.sleep(0.5)


def main() -> None:
    """Run Flower until it is ended."""
    settings = current()
    logs.configure(settings)
    if settings.flower_host in ("127.0.0.1", "localhost", "::1"):
        os.environ["FLOWER_UNAUTHENTICATED_API"] = "true"
    url = redis_url(settings)
    wait_for_workers(Ledger(gateway_client(settings, url), settings))
    celery = reader(settings, url)
    celery.start(argv=arguments(settings))


if __name__ == "__main__":
    main()
