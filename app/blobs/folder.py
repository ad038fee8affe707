"""The blob store on a folder that all processes share."""

from __future__ import annotations

import hashlib
import os
import tempfile
import time
from pathlib import Path

from app.contracts.blobs import BlobRef
from app.contracts.errors import ResultExpired, StorageFull


class FolderBlobs:
    """Blobs as files named by their SHA-256; a file's mtime starts its time to live."""

    def __init__(self, root: Path, ttl_seconds: int) -> None:
        self._root = root
        self._ttl = ttl_seconds

    def put(self, data: bytes, media_type: str) -> BlobRef:
        """Store bytes durably and return their reference; StorageFull where there is no room."""
        ref = BlobRef(hashlib.sha256(data).hexdigest(), len(data), media_type)
        path = self._path(ref)
        try:
            os.utime(path)  # the same bytes are there already
            return ref
        except (FileNotFoundError, NotADirectoryError):
            pass
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._write(path, data)
        except OSError as error:  # full, read-only, not mounted: to a client all the same
            raise StorageFull("The blob store has no room or cannot be written.") from error
        return ref

    def get(self, ref: BlobRef) -> bytes:
        """Return the bytes; ResultExpired where they are gone."""
        try:
            return self._path(ref).read_bytes()
        except FileNotFoundError as error:
            raise ResultExpired("The picture is older than the retention time.") from error

    def touch(self, ref: BlobRef) -> None:
        """Start the blob's time to live anew; nothing happens where it is gone."""
        try:
            os.utime(self._path(ref))
        except FileNotFoundError:
            return

    def check(self) -> None:
        """Raise StorageFull unless a blob could be written now."""
        try:
            self._root.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=self._root) as probe:
                probe.write(b"\0" * 4096)
                probe.flush()
        except OSError as error:
            raise StorageFull("The blob store has no room or cannot be written.") from error

    def sweep(self) -> int:
        """Remove every blob older than the time to live; return how many."""
        oldest = time.time() - self._ttl
        removed = 0
        for path in self._root.glob("??/*"):
            try:
                if path.stat().st_mtime < oldest:
                    path.unlink()
                    removed += 1
            except FileNotFoundError:
                continue  # another sweeper was faster
        return removed

    def _path(self, ref: BlobRef) -> Path:
        return self._root / ref.sha256[:2] / ref.sha256

    @staticmethod
    def _write(path: Path, data: bytes) -> None:
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".", delete=False) as draft:
            try:
                draft.write(data)
                draft.flush()
                os.fsync(draft.fileno())
                os.replace(draft.name, path)
            except BaseException:
                Path(draft.name).unlink(missing_ok=True)
                raise
