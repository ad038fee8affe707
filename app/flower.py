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
from config.settings import Settings, SettingsError, current

WAIT_SECONDS = 90.0
LOOPBACK = ("127.0.0.1", "localhost", "::1")


def arguments(settings: Settings) -> list[str]:
    """Flower's command line; SettingsError where it would be open to other machines."""
    return [
        "flower",
        *_login(settings),
        f"--address={settings.flower_host}",
        f"--port={settings.flower_port}",
        "--inspect_timeout=2000",
        "--logging=warning",
    ]


def _login(settings: Settings) -> list[str]:
    if settings.flower_basic_auth is None:
        if settings.flower_host not in LOOPBACK:
            raise SettingsError(
                f"IMAJIN_FLOWER_HOST={settings.flower_host} is open to other machines; "
                "IMAJIN_FLOWER_BASIC_AUTH=user:password must be set for it."
            )
        return []
    login = settings.flower_basic_auth.get_secret_value()
    user, _, password = login.partition(":")
    if not user or not password or "," in login:
        raise SettingsError("IMAJIN_FLOWER_BASIC_AUTH must be user:password, without a comma.")
    return [f"--basic_auth={login}"]


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
    argv = arguments(settings)
    if settings.flower_basic_auth is None:
        os.environ["FLOWER_UNAUTHENTICATED_API"] = "true"  # on loopback, see above
    url = redis_url(settings)
    wait_for_workers(Ledger(gateway_client(settings, url), settings))
    celery = reader(settings, url)
    celery.start(argv=argv)


if __name__ == "__main__":
    main()
