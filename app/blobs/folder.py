"""The blob store on a folder that all processes share."""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from app.contracts.blobs import BlobRef
from app.contracts.errors import ResultExpired, StorageFull, StorageUnavailable

_OURS = re.compile(r"[0-9a-f]{64}|\..+")
DRAFT_SECONDS = 3600  # a draft that is older has no writer any more


class FolderBlobs:
    """Blobs as files named by their SHA-256; a file's mtime starts its time to live."""

    def __init__(self, root: Path | str, ttl_seconds: int) -> None:
        self._root = Path(root)
        self._ttl = ttl_seconds

    def put(self, data: bytes, media_type: str) -> BlobRef:
        """Store bytes durably and return their reference; StorageFull where there is no room."""
        ref = BlobRef(hashlib.sha256(data).hexdigest(), len(data), media_type)
        path = self._path(ref)
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            if not self._renew(path):
                self._write(path, data)
        except OSError as error:  # full, read-only, not mounted: to a client all the same
            raise _full() from error
        return ref

    def get(self, ref: BlobRef) -> bytes:
        """Return the bytes; ResultExpired where they are gone."""
        try:
            return self._path(ref).read_bytes()
        except FileNotFoundError as error:
            raise ResultExpired("The picture is older than the retention time.") from error
        except OSError as error:
            raise StorageUnavailable("The blob store cannot be read. Try again later.") from error

    def touch(self, ref: BlobRef) -> None:
        """Start the blob's time to live anew; nothing happens where it is gone."""
        try:
            self._renew(self._path(ref))
        except FileNotFoundError:
            return

    def check(self) -> None:
        """Raise StorageFull unless a blob could be written now."""
        try:
            self._root.mkdir(mode=0o700, parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=self._root) as probe:
                probe.write(b"\0" * 4096)
                probe.flush()
        except OSError as error:
            raise _full() from error

    def sweep(self) -> int:
        """Remove every blob older than the time to live, and dead drafts; return how many."""
        removed = 0
        for shard in self._root.glob("[0-9a-f][0-9a-f]"):
            for path in (found for found in shard.iterdir() if _OURS.fullmatch(found.name)):
                try:
                    # A put or touch that comes between look and removal would lose its blob.
                    with _locked(shard, fcntl.LOCK_EX):
                        if time.time() - path.stat().st_mtime > self._time_of(path):
                            path.unlink()
                            removed += 1
                except FileNotFoundError:
                    continue  # another sweeper was faster, or the draft became a blob
        return removed

    def _time_of(self, path: Path) -> float:
        return min(DRAFT_SECONDS, self._ttl) if path.name.startswith(".") else self._ttl

    def _renew(self, path: Path) -> bool:
        """Start a blob's time anew; False where it is not there."""
        with _locked(path.parent, fcntl.LOCK_SH):
            try:
                os.utime(path)
            except FileNotFoundError:
                return False
        return True

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


@contextmanager
def _locked(folder: Path, kind: int) -> Iterator[None]:
    """Hold the folder's own lock; the sweeper's is exclusive and lasts microseconds."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(handle, kind)
        yield
    finally:
        os.close(handle)


def _full() -> StorageFull:
    return StorageFull("The blob store has no room or cannot be written.")
