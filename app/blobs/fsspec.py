"""The blob store on whatever else fsspec speaks: SFTP, SMB, WebDAV, other clouds."""

from __future__ import annotations

import errno
import hashlib
import re
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit, urlunsplit

import fsspec

from app.contracts.blobs import BlobRef
from app.contracts.errors import ResultExpired, StorageFull, StorageUnavailable
from config.settings import SettingsError

DRAFT_SECONDS = 3600  # a draft that is older has no writer any more
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM)
_BLOB = re.compile(r".*/[0-9a-f]{2}/[0-9a-f]{64}")
_DRAFT = re.compile(r".*/\.[0-9a-f]{32}")


class FsspecBlobs:
    """Blobs as files named by their SHA-256; the time of writing starts their time to live."""

    def __init__(self, files: Any, root: str, ttl_seconds: int) -> None:
        self._files = files
        self._root = root.rstrip("/")
        self._ttl = ttl_seconds

    @classmethod
    def from_url(cls, url: str, ttl_seconds: int) -> FsspecBlobs:
        """kind://place/prefix?option=value, each option one of the file system's own.

        SettingsError where fsspec knows no such kind or its package is not installed.
        """
        parts = urlsplit(url)
        options = dict(parse_qsl(parts.query))
        try:
            files, root = fsspec.url_to_fs(urlunsplit(parts._replace(query="")), **options)
        except (ValueError, ImportError, TypeError) as error:
            raise SettingsError(f"IMAJIN_BLOB_URL cannot be used: {error}.") from error
        return cls(files, root, ttl_seconds)

    def put(self, data: bytes, media_type: str) -> BlobRef:
        """Store bytes and return their reference; StorageFull or StorageUnavailable.

        Written as a draft and moved, so that no half blob is seen, and also where the blob is
        there already, for that starts its time anew.
        """
        ref = BlobRef(hashlib.sha256(data).hexdigest(), len(data), media_type)
        draft = f"{self._root}/.{uuid.uuid4().hex}"
        path = self._path(ref)
        with _our_errors():
            self._files.makedirs(path.rpartition("/")[0], exist_ok=True)
            try:
                self._files.pipe_file(draft, data)
                self._files.mv(draft, path)
            except BaseException:
                self._drop(draft)
                raise
        return ref

    def get(self, ref: BlobRef) -> bytes:
        """Return the bytes; ResultExpired where they are gone."""
        with _our_errors():
            data: bytes = self._files.cat_file(self._path(ref))
        return data

    def touch(self, ref: BlobRef) -> None:
        """Start the blob's time to live anew; nothing happens where it is gone.

        By writing it again: fsspec's own touch may leave an empty file where one was removed.
        """
        try:
            self.put(self.get(ref), ref.media_type)
        except ResultExpired:
            return

    def check(self) -> None:
        """Raise StorageFull or StorageUnavailable unless a blob could be written now."""
        probe = f"{self._root}/.{uuid.uuid4().hex}"
        with _our_errors():
            self._files.makedirs(self._root, exist_ok=True)
            try:
                self._files.pipe_file(probe, b"\0" * 4096)
            finally:
                self._drop(probe)

    def sweep(self) -> int:
        """Remove every blob older than the time to live, and dead drafts; return how many."""
        removed = 0
        with _our_errors():
            if not self._files.exists(self._root):
                return 0
            for path in self._files.find(self._root):
                try:
                    if self._over(path):
                        self._files.rm_file(path)
                        removed += 1
                except FileNotFoundError:
                    continue  # another sweeper was faster, or the draft became a blob
        return removed

    def _over(self, path: str) -> bool:
        """Whether this is ours and its time is over, by a fresh look."""
        if _BLOB.fullmatch(path):
            limit = self._ttl
        elif _DRAFT.fullmatch(path):
            limit = min(DRAFT_SECONDS, self._ttl)
        else:
            return False
        self._files.invalidate_cache(path)
        written = self._files.modified(path)
        aware = written if written.tzinfo else written.replace(tzinfo=UTC)
        return bool((datetime.now(UTC) - aware).total_seconds() > limit)

    def _drop(self, path: str) -> None:
        try:
            self._files.rm_file(path)
        except OSError:
            return  # it was never there, or the sweeper takes it later

    def _path(self, ref: BlobRef) -> str:
        return f"{self._root}/{ref.sha256[:2]}/{ref.sha256}"


@contextmanager
def _our_errors() -> Iterator[None]:
    try:
        yield
    except FileNotFoundError as error:
        raise ResultExpired("The picture is older than the retention time.") from error
    except OSError as error:
        if error.errno in _NO_ROOM:
            raise StorageFull("The blob store has no room or cannot be written.") from error
        raise StorageUnavailable("The blob store cannot be reached. Try again later.") from error
