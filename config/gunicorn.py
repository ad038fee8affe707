"""gunicorn's configuration, from the settings."""

from __future__ import annotations

import logging
import resource
from typing import Any

from config import logs
from config.settings import current

_settings = current()

bind = f"{_settings.host}:{_settings.port}"
workers = _settings.web_workers
# A waiting request or an open event stream is a greenlet: a few kilobytes and no thread.
# The worker patches the standard library before it imports the app.
worker_class = "gevent"
worker_connections = _settings.web_connections
timeout = 180  # a process whose loop stands still for so long is replaced
graceful_timeout = 10
keepalive = 5
limit_request_line = 8190
limit_request_field_size = 8190
accesslog = None
proc_name = "imajin-web"
control_socket_disable = True  # one path for all gunicorns of a user, and nobody needs it


def on_starting(server: Any) -> None:
    """Allow as many open files as the system lets us: each connection is one."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def post_fork(server: Any, worker: Any) -> None:
    """Give each process the one shape of log line."""
    logs.configure(_settings)


def when_ready(server: Any) -> None:
    """Say where the service is."""
    logs.configure(_settings)
    logging.getLogger("imajin.web").info("Imajin listens on http://%s, docs at /docs", bind)
