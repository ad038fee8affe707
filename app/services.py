"""What the views work with, built once for an app."""

from __future__ import annotations

from dataclasses import dataclass

from flask import current_app

from app import celery_apps
from app.blobs import blob_store
from app.contracts.blobs import BlobStore
from app.deliveries import Deliveries
from app.dispatch import Dispatcher
from app.event_log import EventLog
from app.events import EventStreams
from app.jobs import JobReader
from app.keys.ring import KeyRing
from app.keys.store import KeyStore
from app.ledger import Ledger
from app.listener import ResultListener
from app.messages import sender
from app.presets import Presets
from app.rates import Rates
from app.redis_clients import gateway_client
from app.redis_health import RedisHealth
from config.catalog import Catalog, load_catalog
from config.moderation import WordRules, load_moderation
from config.redis_urls import redis_url
from config.settings import Settings

EXTENSION = "imajin"


@dataclass(frozen=True)
class Services:
    """The gateway's parts."""

    settings: Settings
    catalog: Catalog
    presets: Presets
    rules: WordRules
    ledger: Ledger
    blobs: BlobStore
    dispatcher: Dispatcher
    jobs: JobReader
    redis_health: RedisHealth
    key_store: KeyStore
    keys: KeyRing
    rates: Rates
    deliveries: Deliveries
    events: EventStreams


def build_services(settings: Settings) -> Services:
    """The parts as the settings say; nothing connects before the first request."""
    url = redis_url(settings)
    redis = gateway_client(settings, url)
    listener = ResultListener(redis)
    ledger = Ledger(redis, settings, sender(celery_apps.publisher(settings, url)))
    key_store = KeyStore(redis)
    return Services(
        settings=settings,
        catalog=load_catalog(settings.models_file),
        presets=Presets.from_file(settings.presets_file),
        rules=load_moderation(settings),
        ledger=ledger,
        blobs=blob_store(settings),
        dispatcher=Dispatcher(ledger),
        jobs=JobReader(celery_apps.reader(settings, url), listener),
        redis_health=RedisHealth(redis, settings.redis_memory_share),
        key_store=key_store,
        keys=KeyRing(key_store, settings.loopback or settings.open_to_all),
        rates=Rates(redis, settings.wrong_keys_per_minute),
        deliveries=Deliveries(redis, settings),
        events=EventStreams(
            EventLog(redis), listener, settings.event_streams, settings.event_keep_alive
        ),
    )


def services() -> Services:
    """The parts of the app that serves this request."""
    found = current_app.extensions[EXTENSION]
    assert isinstance(found, Services)  # noqa: S101  put there by the factory
    return found
