"""One shape of log line for every process, with the job it belongs to."""

from __future__ import annotations

import json
import logging
import sys
import time
from contextvars import ContextVar

from config.settings import Settings

job_id: ContextVar[str] = ContextVar("job_id", default="-")


class WithJob(logging.Filter):
    """Puts the current job's id on each record."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Never drops a record."""
        record.job_id = job_id.get()
        return True


class JsonLine(logging.Formatter):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        """The record with time, level, logger, job and message."""
        line = {
            "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(record.created)),
            "level": record.levelname,
            "logger": record.name,
            "job": getattr(record, "job_id", "-"),
            "message": record.getMessage(),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False)


TEXT = "%(asctime)s %(levelname)-7s %(name)s [%(job_id)s] %(message)s"


def configure(settings: Settings) -> None:
    """Send every log record of this process to stderr in the chosen shape."""
    handler = logging.StreamHandler(sys.stderr)
    handler.addFilter(WithJob())
    json_lines = settings.log_format == "json"
    handler.setFormatter(JsonLine() if json_lines else logging.Formatter(TEXT))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(settings.log_level)
    # Libraries at INFO tell of every request and every connection.
    for name in ("kombu", "httpx", "amqp", "celery.redirected", "urllib3"):
        logging.getLogger(name).setLevel("WARNING")
