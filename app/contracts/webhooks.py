"""The webhook as it crosses processes: its target, its events, its body, what became of it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import IPv6Address
from typing import Any
from urllib.parse import urlsplit

from app.contracts.jobs import Job, Status

MAX_URL = 2048
EVENT_OF_STATUS: dict[Status, str] = {
    Status.SUCCEEDED: "job.completed",
    Status.FAILED: "job.failed",
    Status.CANCELLED: "job.cancelled",
}
EVENTS = tuple(EVENT_OF_STATUS.values())
PORTS = {"http": 80, "https": 443}

_URL_TEXT = re.compile(r"[!-\[\]-~]+")  # printable ASCII without space and backslash
_LABEL = r"[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?"
_NAME = re.compile(rf"{_LABEL}(?:\.{_LABEL})*")


class BadTarget(ValueError):
    """The text is no URL that a webhook can be sent to; the message is a sentence."""


@dataclass(frozen=True)
class Target:
    """An http or https URL taken apart: read once, so that no two readers differ about it."""

    scheme: str
    host: str
    port: int
    path: str

    @classmethod
    def parse(cls, url: str) -> Target:
        """Take a URL apart; BadTarget where it is none, or has credentials or a fragment."""
        if len(url) > MAX_URL:
            raise BadTarget(f"A URL has at most {MAX_URL} characters.")
        if not _URL_TEXT.fullmatch(url):
            raise BadTarget("A URL is ASCII without spaces; write other characters encoded.")
        try:
            parts = urlsplit(url)
            # The root's dot names the same host, but no certificate has it.
            host, port = (parts.hostname or "").removesuffix("."), parts.port
        except ValueError:
            raise BadTarget("This is not a URL.") from None
        if parts.scheme not in PORTS:
            raise BadTarget("Give an https URL.")
        if "@" in parts.netloc:
            raise BadTarget("A URL may not hold a user name or a password.")
        if "#" in url:
            raise BadTarget("A URL may not hold a fragment.")
        if not _is_host(host, parts.netloc.startswith("[")):
            raise BadTarget("The URL's host is not a name or an address.")
        if port == 0 or parts.netloc.endswith(":"):
            raise BadTarget("A port is a number from 1 to 65535.")
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        return cls(parts.scheme, host, port or PORTS[parts.scheme], path)

    @property
    def authority(self) -> str:
        """Host and, where it is not the scheme's own, port."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def url(self) -> str:
        """The whole again."""
        return f"{self.scheme}://{self.authority}{self.path}"


def _is_host(host: str, bracketed: bool) -> bool:
    if not bracketed:
        return len(host) <= 253 and bool(_NAME.fullmatch(host))
    try:
        return IPv6Address(host).scope_id is None
    except ValueError:
        return False


@dataclass(frozen=True)
class Webhook:
    """What a job keeps of its webhook."""

    target: Target
    events: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """The webhook as the ledger keeps it; `line` is whose turn it shares."""
        target = self.target
        line = f"{target.host}:{target.port}"
        return {"url": target.url, "events": list(self.events), "line": line}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Webhook:
        """Rebuild it from what `as_json` wrote."""
        return cls(Target.parse(data["url"]), tuple(data["events"]))


@dataclass(frozen=True)
class Order:
    """One attempt that a worker has taken upon itself.

    `attempt` counts all of them, `tries` those since the job's end or the last redelivery.
    """

    job: Job
    webhook: Webhook
    line: str
    nonce: str
    attempt: int
    tries: int
    disabled: bool

    @property
    def event(self) -> str:
        """What is told."""
        return EVENT_OF_STATUS[self.job.status]


def message_id(job_id: str) -> str:
    """The webhook-id: a job ends once, so it is the same on each attempt."""
    return f"msg_{job_id}"


def message(job: Job) -> dict[str, Any]:
    """The body: what happened, when, and the job as a poll shows it."""
    shown = {
        "jobId": job.id,
        "type": job.type.value,
        "status": job.status.value,
        "error": job.error.as_json() if job.error else None,
        "createdAt": job.created_at,
        "startedAt": job.started_at,
        "finishedAt": job.finished_at,
    }
    data = {name: value for name, value in shown.items() if value is not None}
    return {
        "type": EVENT_OF_STATUS[job.status],
        "timestamp": job.finished_at,
        "data": data | {"attempts": job.attempts, "links": _links(job.id)},
    }


def _links(job_id: str) -> dict[str, str]:
    own = f"/jobs/{job_id}"
    return {"self": own, "result": f"{own}/result", "events": f"{own}/events", "cancel": own}
