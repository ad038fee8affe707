"""The Procfile's flower line: Flower on the settings' address, watching our queues."""

from __future__ import annotations

import os

from app.celery_apps import reader
from config import logs
from config.redis_urls import redis_url
from config.settings import Settings, current


def arguments(settings: Settings) -> list[str]:
    """Flower's command line; its API is open only where it listens on loopback."""
    return [
        "flower",
        f"--address={settings.flower_host}",
        f"--port={settings.flower_port}",
        "--inspect_timeout=2000",
        "--logging=warning",
    ]


def main() -> None:
    """Run Flower until it is ended."""
    settings = current()
    logs.configure(settings)
    if settings.flower_host in ("127.0.0.1", "localhost", "::1"):
        os.environ["FLOWER_UNAUTHENTICATED_API"] = "true"
    celery = reader(settings, redis_url(settings))
    celery.start(argv=arguments(settings))


if __name__ == "__main__":
    main()
