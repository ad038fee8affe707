"""A blob store that waits for a full or absent store to heal before it gives up."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import TypeVar

from app.contracts.blobs import BlobRef, BlobStore
from app.contracts.errors import StorageFull, StorageUnavailable

log = logging.getLogger("imajin.blobs")

T = TypeVar("T")
FIRST_PAUSE, LONGEST_PAUSE = 0.2, 3.0


class PatientBlobs:
    """Tries put and get again for some seconds; the lease is renewed beside it meanwhile."""

    def __init__(self, store: BlobStore, patience: float) -> None:
        self._store = store
        self._patience = patience

    def put(self, data: bytes, media_type: str) -> BlobRef:
        """Store bytes; StorageFull or StorageUnavailable once the patience is over."""
        return self._patiently(lambda: self._store.put(data, media_type))

    def get(self, ref: BlobRef) -> bytes:
        """Return the bytes; ResultExpired at once, StorageUnavailable once the patience is over."""
        return self._patiently(lambda: self._store.get(ref))

    def touch(self, ref: BlobRef) -> None:
        """Start the blob's time anew."""
        self._store.touch(ref)

    def check(self) -> None:
        """Ask the store itself, once."""
        self._store.check()

    def sweep(self) -> int:
        """Remove what is over, once."""
        return self._store.sweep()

    def _patiently(self, act: Callable[[], T]) -> T:
        deadline = time.monotonic() + self._patience
        pause = FIRST_PAUSE
        while True:
            try:
                return act()
            except (StorageFull, StorageUnavailable) as error:
                left = deadline - time.monotonic()
                if left <= 0:
                    raise
                log.warning("storage.waiting %s", error.code)
                time.sleep(min(pause, left))
                pause = min(2 * pause, LONGEST_PAUSE)
