"""What one worker process stands on: settings, ledger, blob store, publisher."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from functools import lru_cache

from celery import current_app
from kombu.exceptions import OperationalError

from app.blobs import blob_store
from app.contracts.blobs import BlobStore
from app.contracts.tasks import spec_of
from app.deliveries import Deliveries
from app.ledger import Ledger, RedisClient
from app.ledger_records import Message
from app.redis_clients import gateway_client, worker_client
from config.redis_urls import redis_url
from config.settings import Settings, current
from workers.cancellations import Cancellations
from workers.patient_blobs import PatientBlobs

log = logging.getLogger("imajin.runtime")


@dataclass(frozen=True)
class Runtime:
    """The parts; `hasty` is a ledger that fails fast and sends nothing, for the event loop."""

    settings: Settings
    redis_url: str
    redis: RedisClient
    ledger: Ledger
    hasty: Ledger
    blobs: BlobStore
    deliveries: Deliveries
    cancellations: Cancellations


@lru_cache(maxsize=1)
def runtime() -> Runtime:
    """The parts of this process, built on first use, so after the child was spawned."""
    settings = current()
    url = redis_url(settings)
    redis = worker_client(settings, url)
    return Runtime(
        settings=settings,
        redis_url=url,
        redis=redis,
        ledger=Ledger(redis, settings, publish),
        hasty=Ledger(gateway_client(settings, url), settings),
        blobs=PatientBlobs(blob_store(settings), settings.storage_patience),
        deliveries=Deliveries(redis, settings),
        cancellations=Cancellations(redis),
    )


def publish(message: Message) -> None:
    """Send the message of a job's step; it holds the job's id and nothing else.

    A message that cannot be sent now is sent by a sweeper, which finds that it did not come.
    """
    spec = spec_of(message.step)
    try:
        current_app.send_task(
            spec.name,
            args=[message.job_id],
            task_id=f"{message.job_id}:{message.step}",
            queue=spec.queue.value,
            ignore_result=True,
            retry=False,
        )
    except OperationalError as error:
        log.warning("publish.postponed %s %s", message.job_id, error)
