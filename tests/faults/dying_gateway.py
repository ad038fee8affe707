"""A gateway that dies in the midst of a submit: python -m tests.faults.dying_gateway HALF.

The real ledger and the real dispatcher, and a SIGKILL of its own hand between their halves.
"stored": after the record, before the message. "sent": after both, before the answer.
"""

from __future__ import annotations

import json
import os
import signal
import sys

from app.contracts.tasks import JobType
from app.ledger import Ledger
from app.redis_clients import gateway_client
from app.services import build_services
from config.redis_urls import redis_url
from config.settings import current


def main(half: str) -> None:
    """Submit a derivative with the payload on standard input, up to this half, and die."""
    settings = current()
    payload = json.load(sys.stdin)
    if half == "stored":
        ledger = Ledger(gateway_client(settings, redis_url(settings)), settings)
        ledger.accept(os.urandom(16).hex(), JobType.DERIVATIVE, payload)
    else:
        build_services(settings).dispatcher.submit(JobType.DERIVATIVE, payload)
    os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    main(sys.argv[1])
