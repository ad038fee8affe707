"""The sweeper: a thread of each worker's parent that publishes or ends what was left behind."""

from __future__ import annotations

import logging
import threading
import time

from redis.exceptions import RedisError

from app.contracts.blobs import BlobRef, BlobStore
from app.contracts.errors import ServiceError, WorkerLost
from app.ledger import PREFIX, Ledger, RedisClient
from app.ledger_records import Due
from config.settings import Settings

log = logging.getLogger("imajin.sweeper")

CLEAN_EVERY = 600.0


class Sweeper(threading.Thread):
    """Looks at the ledger every `sweep_seconds`; many may run, one lock lets one act at a time."""

    def __init__(
        self,
        redis: RedisClient,
        ledger: Ledger,
        blobs: BlobStore,
        settings: Settings,
        hostname: str,
    ) -> None:
        super().__init__(name="sweeper", daemon=True)
        self._redis = redis
        self._ledger = ledger
        self._blobs = blobs
        self._settings = settings
        self._hostname = hostname
        self._stopping = threading.Event()
        self._cleaned = 0.0

    def stop(self) -> None:
        """End the thread after its current pass."""
        self._stopping.set()

    def run(self) -> None:
        """Sweep until stopped; a Redis that is away is tried again."""
        while not self._stopping.wait(self._settings.sweep_seconds):
            try:
                self._sweep()
                self._clean()
            except (RedisError, OSError, ServiceError) as error:
                log.warning("sweep.failed %s", error)

    def _sweep(self) -> None:
        pause_ms = int(self._settings.sweep_seconds * 1000)
        if not self._redis.set(f"{PREFIX}sweeping", self._hostname, nx=True, px=pause_ms):
            return
        for message in self._ledger.refill():
            log.warning("sweep.sent %s %s", message.step, message.job_id)
        for due in self._ledger.due():
            self._act(due)

    def _act(self, due: Due) -> None:
        claim = due.claim
        if due.action == "cancelled":
            self._ledger.stop(claim)
        elif due.action == "exhausted":
            attempts = claim.job.attempts
            sentence = f"The worker died under this job {attempts} times."
            self._ledger.fail(claim, WorkerLost(sentence, {"attempts": attempts}))
        log.warning("sweep.%s %s %s", due.action, claim.step, claim.job.id)

    def _clean(self) -> None:
        if time.monotonic() - self._cleaned < CLEAN_EVERY:
            return
        self._cleaned = time.monotonic()
        for payload in self._ledger.open_payloads():
            for ref in blob_refs(payload):
                self._blobs.touch(ref)
        removed = self._blobs.sweep()
        log.info("blobs.swept %d", removed)


def blob_refs(value: object) -> list[BlobRef]:
    """Every blob reference anywhere inside a payload or result."""
    if isinstance(value, dict):
        if {"sha256", "size", "mediaType"} <= value.keys():
            return [BlobRef.from_json(value)]
        return [ref for part in value.values() for ref in blob_refs(part)]
    if isinstance(value, list):
        return [ref for part in value for ref in blob_refs(part)]
    return []
