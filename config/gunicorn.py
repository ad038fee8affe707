"""gunicorn's configuration, from the settings."""

from __future__ import annotations

import logging
from typing import Any

from config import logs
from config.settings import current

_settings = current()

bind = f"{_settings.host}:{_settings.port}"
workers = _settings.web_workers
# A waiting request holds a thread and no CPU, so threads are many and processes few.
worker_class = "gthread"
threads = _settings.web_threads
timeout = 180  # above the longest wait of 120 s
graceful_timeout = 10
keepalive = 5
limit_request_line = 8190
limit_request_field_size = 8190
accesslog = None
proc_name = "imajin-web"
control_socket_disable = True  # one path for all gunicorns of a user, and nobody needs it


def post_fork(server: Any, worker: Any) -> None:
    """Give each process the one shape of log line."""
    logs.configure(_settings)


def when_ready(server: Any) -> None:
    """Say where the service is."""
    logs.configure(_settings)
    logging.getLogger("imajin.web").info("Imajin listens on http://%s, docs at /docs", bind)
