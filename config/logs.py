"""One shape of log line for every process, with the job it belongs to."""

from __future__ import annotations

import json
import logging
import sys
import time
from contextvars import ContextVar
from typing import Any

from config.redaction import LONGEST, cut, message_of, one_line, redacted
from config.settings import Settings

job_id: ContextVar[str] = ContextVar("job_id", default="-")


class Prepared(logging.Filter):
    """Puts the current job's id on each record, and takes out what no log may hold."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Never drops a record."""
        record.job_id = job_id.get()
        record.msg, record.args = message_of(record), None
        return True


class TextLine(logging.Formatter):
    """A line for people; a traceback follows behind a bar, so that it cannot pass for a line."""

    def formatException(self, ei: Any) -> str:
        """The traceback, each line safe by itself."""
        lines = super().formatException(ei).splitlines()
        return "\n".join(f"    | {cut(one_line(redacted(line)), 2 * LONGEST)}" for line in lines)


class JsonLine(TextLine):
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
    handler.addFilter(Prepared())
    json_lines = settings.log_format == "json"
    handler.setFormatter(JsonLine() if json_lines else TextLine(TEXT))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(settings.log_level)
    # gunicorn's own handler knows nothing of what must not be shown.
    server = logging.getLogger("gunicorn.error")
    server.handlers[:], server.propagate = [], True
    # Libraries at INFO tell of every request and every connection.
    for name in ("kombu", "httpx", "amqp", "celery.redirected", "urllib3"):
        logging.getLogger(name).setLevel("WARNING")
