"""How bytes are named when they cross a process: by reference, never inline."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol


@dataclass(frozen=True)
class BlobRef:
    """Bytes in the blob store: their SHA-256 (64 hex digits), length in bytes and media type."""

    sha256: str
    size: int
    media_type: str

    def as_json(self) -> dict[str, Any]:
        """The reference as it stands in messages and results."""
        return {"sha256": self.sha256, "size": self.size, "mediaType": self.media_type}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> BlobRef:
        """Read back what `as_json` wrote; KeyError where a field is missing."""
        return cls(sha256=data["sha256"], size=data["size"], media_type=data["mediaType"])


class BlobStore(Protocol):
    """Content-addressed storage that the gateway and all workers share."""

    def put(self, data: bytes, media_type: str) -> BlobRef:
        """Store bytes and return their reference; StorageFull where there is no room."""
        ...

    def get(self, ref: BlobRef) -> bytes:
        """Return the bytes; ResultExpired where they are gone."""
        ...

    def touch(self, ref: BlobRef) -> None:
        """Start the blob's time to live anew; nothing happens where it is gone."""
        ...

    def check(self) -> None:
        """Raise StorageFull unless a blob could be written now."""
        ...

    def sweep(self) -> int:
        """Remove every blob older than the time to live; return how many."""
        ...
