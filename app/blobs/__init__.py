"""The blob store that IMAJIN_BLOB_URL names: a folder, S3, or what fsspec speaks."""

from __future__ import annotations

from urllib.parse import unquote, urlsplit

from app.blobs.folder import FolderBlobs
from app.contracts.blobs import BlobStore
from config.settings import Settings

# A result is committed after its blobs were stored, and lives its whole time from then on.
COMMIT_GRACE = 3600


def blob_store(settings: Settings) -> BlobStore:
    """The store of this process; nothing is connected before its first use.

    The libraries of the others are imported only where they are asked for.
    """
    ttl = settings.result_ttl + COMMIT_GRACE
    url = settings.blob_url.get_secret_value() if settings.blob_url else ""
    kind = urlsplit(url).scheme
    if kind in ("", "file"):
        folder = settings.blobs if not url else unquote(urlsplit(url).path)
        return FolderBlobs(folder, ttl)
    if kind == "s3":
        from app.blobs.s3 import S3Blobs

        return S3Blobs.from_url(url, ttl)
    from app.blobs.fsspec import FsspecBlobs

    return FsspecBlobs.from_url(url, ttl)
