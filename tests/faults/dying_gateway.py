"""A gateway that dies in the midst of a submit: python -m tests.faults.dying_gateway HALF.

The real ledger and the real dispatcher, and a SIGKILL of its own hand between their halves.
"stored": after the record, before the message. "sent": after both, before the answer. The job's
payload and its submission come on standard input.
"""

from __future__ import annotations

import json
import os
import signal
import sys

from app.celery_apps import publisher
from app.contracts.tasks import JobType
from app.dispatch import Dispatcher
from app.ledger import Ledger
from app.ledger_records import Message
from app.messages import sender
from app.redis_clients import gateway_client
from app.submissions import Submission
from config.redis_urls import redis_url
from config.settings import current


def die(*_: Message) -> None:
    """End without a word."""
    os.kill(os.getpid(), signal.SIGKILL)


def main(half: str) -> None:
    """Submit a derivative up to this half, and die."""
    settings = current()
    url = redis_url(settings)
    send = die if half == "stored" else sender(publisher(settings, url))
    ledger = Ledger(gateway_client(settings, url), settings, send)
    given = json.load(sys.stdin)
    submission = Submission(**given["submission"])
    Dispatcher(ledger).submit(JobType.DERIVATIVE, given["payload"], submission)
    die()


if __name__ == "__main__":
    main(sys.argv[1])
