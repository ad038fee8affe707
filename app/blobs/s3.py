"""The blob store on S3, or on what speaks its protocol, through botocore.

Not through s3fs: its event loop lives in a thread of its own, and gevent, under which the gateway
runs, makes a greenlet of that thread, so that the loop stops every other request.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cached_property
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError
from botocore.session import Session

from app.contracts.blobs import BlobRef
from app.contracts.errors import ImajinError, ResultExpired, StorageFull, StorageUnavailable
from config.settings import SettingsError

OPTIONS = ("endpoint_url", "region_name", "addressing_style")
CONNECT_SECONDS, READ_SECONDS, TRIES = 2.0, 10.0, 3
_GONE = ("NoSuchKey", "NotFound", "404")
_NO_ROOM = ("QuotaExceeded", "InsufficientStorage", "XMinioStorageFull", "507", "AccessDenied",
            "403", "MethodNotAllowed")  # fmt: skip
_BLOB = re.compile(r"(?:.*/)?[0-9a-f]{2}/[0-9a-f]{64}")


class S3Blobs:
    """Blobs as objects named by their SHA-256; LastModified starts an object's time to live."""

    def __init__(self, bucket: str, prefix: str, options: dict[str, str], ttl_seconds: int) -> None:
        self._bucket = bucket
        self._prefix = f"{prefix}/" if prefix else ""
        self._options = options
        self._ttl = ttl_seconds

    @classmethod
    def from_url(cls, url: str, ttl_seconds: int) -> S3Blobs:
        """s3://bucket/prefix?endpoint_url=…&region_name=…; credentials as the AWS tools find them.

        SettingsError where the bucket is missing or an option is unknown.
        """
        parts = urlsplit(url)
        options = dict(parse_qsl(parts.query))
        unknown = [name for name in options if name not in OPTIONS]
        if not parts.hostname or parts.username or unknown:
            wanted = f"s3://bucket/prefix with the options {', '.join(OPTIONS)}"
            raise SettingsError(f"IMAJIN_BLOB_URL must be {wanted}; keys come from AWS_*.")
        return cls(parts.netloc, parts.path.strip("/"), options, ttl_seconds)

    @cached_property
    def _client(self) -> Any:
        """Made on first use, so in the process that uses it; botocore's clients know threads."""
        options = dict(self._options)
        style = options.pop("addressing_style", "auto")
        config = Config(
            connect_timeout=CONNECT_SECONDS,
            read_timeout=READ_SECONDS,
            retries={"total_max_attempts": TRIES, "mode": "standard"},
            s3={"addressing_style": style},
            request_checksum_calculation="when_required",  # others than AWS refuse the new ones
            response_checksum_validation="when_required",
        )
        return Session().create_client("s3", config=config, **options)

    def put(self, data: bytes, media_type: str) -> BlobRef:
        """Store bytes and return their reference; StorageFull or StorageUnavailable.

        An object appears as a whole or not at all. It is written also where it is there already,
        for that starts its time anew and cannot lose against the cleaner.
        """
        ref = BlobRef(hashlib.sha256(data).hexdigest(), len(data), media_type)
        with _our_errors():
            self._client.put_object(
                Bucket=self._bucket, Key=self._key(ref), Body=data, ContentType=media_type
            )
        return ref

    def get(self, ref: BlobRef) -> bytes:
        """Return the bytes; ResultExpired where they are gone."""
        with _our_errors():
            found = self._client.get_object(Bucket=self._bucket, Key=self._key(ref))
            data: bytes = found["Body"].read()
        return data

    def touch(self, ref: BlobRef) -> None:
        """Start the blob's time to live anew; nothing happens where it is gone."""
        key = self._key(ref)
        try:
            with _our_errors():
                self._client.copy_object(
                    Bucket=self._bucket,
                    Key=key,
                    CopySource={"Bucket": self._bucket, "Key": key},
                    MetadataDirective="REPLACE",
                    ContentType=ref.media_type,
                )
        except ResultExpired:
            return

    def check(self) -> None:
        """Raise StorageFull or StorageUnavailable unless a blob could be written now."""
        with _our_errors():
            self._client.put_object(Bucket=self._bucket, Key=f"{self._prefix}.check", Body=b"")

    def sweep(self) -> int:
        """Remove every blob older than the time to live by the store's clock; return how many."""
        removed = 0
        with _our_errors():
            pages = self._client.get_paginator("list_objects_v2")
            for page in pages.paginate(Bucket=self._bucket, Prefix=self._prefix):
                moment = _date_of(page)
                for found in page.get("Contents", []):
                    if _BLOB.fullmatch(found["Key"]) and self._old(found, moment):
                        removed += self._remove(found["Key"])
        return removed

    def _remove(self, key: str) -> bool:
        """Remove an object unless it was stored or touched since it was listed."""
        try:
            found = self._client.head_object(Bucket=self._bucket, Key=key)
        except ClientError as error:
            if _code(error) in _GONE:
                return False  # another sweeper was faster
            raise
        if not self._old(found, _date_of(found)):
            return False
        self._client.delete_object(Bucket=self._bucket, Key=key)
        return True

    def _old(self, found: dict[str, Any], moment: datetime) -> bool:
        return bool((moment - found["LastModified"]).total_seconds() > self._ttl)

    def _key(self, ref: BlobRef) -> str:
        return f"{self._prefix}{ref.sha256[:2]}/{ref.sha256}"


def _date_of(answer: dict[str, Any]) -> datetime:
    headers = answer["ResponseMetadata"]["HTTPHeaders"]
    return parsedate_to_datetime(headers["date"]) if "date" in headers else datetime.now(UTC)


@contextmanager
def _our_errors() -> Iterator[None]:
    try:
        yield
    except ClientError as error:
        raise _in_our_words(_code(error)) from error
    except (BotoCoreError, HTTPClientError, OSError) as error:
        raise StorageUnavailable("The blob store cannot be reached. Try again later.") from error


def _in_our_words(code: str) -> ImajinError:
    if code in _GONE:
        return ResultExpired("The picture is older than the retention time.")
    if code in _NO_ROOM:
        return StorageFull("The blob store has no room or cannot be written.")
    return StorageUnavailable("The blob store cannot be used now. Try again later.")


def _code(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))
