"""An API key as a value: its text, what it may do, and its record in Redis."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass
from typing import Any

from limits import RateLimitItem, parse

SCOPES = ("analyze", "generate", "derive", "admin")
MOST_REQUESTS = 100_000  # of a rate; Redis keeps one time for each request of the window
_TEXT = re.compile(r"imj_([0-9a-f]{12})_([0-9a-f]{64})")
_RATE = re.compile(r"([1-9][0-9]{0,5})/(second|minute|hour|day)")


def new_text() -> tuple[str, str]:
    """A new key's id and its text, which holds 32 random bytes."""
    key_id = secrets.token_hex(6)
    return key_id, f"imj_{key_id}_{secrets.token_hex(32)}"


def id_of(text: str) -> str:
    """The id in a key's text; "" where the text is no key."""
    match = _TEXT.fullmatch(text)
    return match[1] if match else ""


def digest_of(text: str) -> str:
    """What is kept of a key's text: its SHA-256."""
    return hashlib.sha256(text.encode()).hexdigest()


def rate_of(text: str) -> RateLimitItem:
    """A rate such as 60/minute; ValueError says what is wrong with it."""
    match = _RATE.fullmatch(text)
    if match is None or int(match[1]) > MOST_REQUESTS:
        raise ValueError(
            f"{text!r} is not a rate: write a number up to {MOST_REQUESTS}, a slash, and one of "
            "second, minute, hour, day, as in 60/minute"
        )
    return parse(text)


@dataclass(frozen=True)
class Key:
    """One API key. Times are RFC 3339 strings in UTC; a limit that is None does not hold."""

    id: str
    name: str
    tenant: str
    scopes: frozenset[str]
    digest: str
    created: str
    rate: str | None = None
    daily_jobs: int | None = None
    daily_bytes: int | None = None
    in_flight: int | None = None
    last_used: str | None = None
    revoked: str | None = None

    def opens_for(self, text: str) -> bool:
        """Whether this text proves the key, and the key is not revoked."""
        same = hmac.compare_digest(self.digest, digest_of(text))
        return same and self.revoked is None

    def record(self) -> dict[str, str]:
        """The hash that Redis keeps."""
        fields = {
            "id": self.id,
            "name": self.name,
            "tenant": self.tenant,
            "scopes": " ".join(sorted(self.scopes)),
            "digest": self.digest,
            "created": self.created,
            "rate": self.rate,
            "daily_jobs": self.daily_jobs,
            "daily_bytes": self.daily_bytes,
            "in_flight": self.in_flight,
            "last_used": self.last_used,
            "revoked": self.revoked,
        }
        return {name: str(value) for name, value in fields.items() if value is not None}

    @classmethod
    def from_record(cls, fields: dict[str, str]) -> Key:
        """Read what `record` wrote."""
        return cls(
            id=fields["id"],
            name=fields["name"],
            tenant=fields["tenant"],
            scopes=frozenset(fields["scopes"].split()),
            digest=fields["digest"],
            created=fields["created"],
            rate=fields.get("rate"),
            daily_jobs=_number(fields.get("daily_jobs")),
            daily_bytes=_number(fields.get("daily_bytes")),
            in_flight=_number(fields.get("in_flight")),
            last_used=fields.get("last_used"),
            revoked=fields.get("revoked"),
        )

    def as_json(self) -> dict[str, Any]:
        """What may be shown of the key: all but its digest."""
        return {
            "id": self.id,
            "name": self.name,
            "tenant": self.tenant,
            "scopes": sorted(self.scopes),
            "rate": self.rate,
            "dailyJobs": self.daily_jobs,
            "dailyBytes": self.daily_bytes,
            "inFlight": self.in_flight,
            "created": self.created,
            "lastUsed": self.last_used,
            "revoked": self.revoked,
        }


def _number(text: str | None) -> int | None:
    return int(text) if text is not None else None


NOBODY = Key("", "", "", frozenset(), digest_of(""), "", revoked="always")
