"""What one worker process stands on: settings, ledger, blob store, publisher."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from celery import current_app

from app.blobs import blob_store
from app.contracts.blobs import BlobStore
from app.deliveries import Deliveries
from app.ledger import Ledger, RedisClient
from app.messages import sender
from app.redis_clients import gateway_client, worker_client
from config.redis_urls import redis_url
from config.settings import Settings, current
from workers.cancellations import Cancellations
from workers.patient_blobs import PatientBlobs


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
        ledger=Ledger(redis, settings, sender(current_app)),
        hasty=Ledger(gateway_client(settings, url), settings),
        blobs=PatientBlobs(blob_store(settings), settings.storage_patience),
        deliveries=Deliveries(redis, settings),
        cancellations=Cancellations(redis),
    )
