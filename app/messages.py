"""How a ledger's messages are sent: the job's id by Celery, to the queue of its step."""

from __future__ import annotations

import logging

from celery import Celery
from kombu.exceptions import OperationalError

from app.contracts.tasks import spec_of
from app.ledger import Send
from app.ledger_records import Message

log = logging.getLogger("imajin.messages")


def sender(celery: Celery) -> Send:
    """Send by this app, once; what cannot be sent now a sweeper sends when it did not come."""

    def send(message: Message) -> None:
        spec = spec_of(message.step)
        try:
            celery.send_task(
                spec.name,
                args=[message.job_id],
                task_id=f"{message.job_id}:{message.step}",
                queue=spec.queue.value,
                ignore_result=True,
                retry=False,
            )
        except OperationalError as error:
            log.warning("publish.postponed %s %s", message.job_id, error)

    return send
