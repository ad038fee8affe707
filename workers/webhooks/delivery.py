"""One attempt to tell of a job's end, and what follows from the answer."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, Protocol

from app.contracts.webhooks import Order, Target, message, message_id
from workers.webhooks.sending import Answer, SendFailed
from workers.webhooks.signing import signed
from workers.webhooks.targets import TargetRefused, TargetUnknown

GONE = 410
AGAIN = (408, 425, 429)  # and every 5xx
MOST_RETRY_AFTER = 3600.0

Keys = Callable[[str], tuple[str, ...]]  # an owner's signing keys
Jitter = Callable[[float], float]  # a random part of a pause


class Post(Protocol):
    """Sends a body to a target: Sender.post."""

    def __call__(self, target: Target, headers: Mapping[str, str], body: bytes) -> Answer: ...


@dataclass(frozen=True)
class Verdict:
    """What became of an attempt: a word for the log, and the pause before the next, if any."""

    status: str
    http_status: int | None = None
    error: str | None = None
    pause: float | None = None

    @property
    def gone(self) -> bool:
        """Whether the endpoint wants nothing more."""
        return self.http_status == GONE

    @property
    def delivered(self) -> bool:
        """Whether the endpoint took it."""
        return self.status == "delivered"


@dataclass(frozen=True)
class Courier:
    """Makes attempts; `retries` are the longest pauses in seconds before each new one."""

    post: Post
    keys: Keys
    retries: tuple[float, ...]
    jitter: Jitter

    def attempt(self, order: Order) -> tuple[Verdict, dict[str, Any]]:
        """Try once, unless the URL is disabled; the verdict and the row of the delivery log."""
        began, clock = datetime.now(UTC), time.monotonic()
        verdict = self._verdict(order, int(began.timestamp()))
        row = {
            "id": message_id(order.job.id),
            "event": order.event,
            "url": order.webhook.target.url,
            "attempt": order.attempt,
            "at": _rfc3339(began),
            "status": verdict.status,
            "httpStatus": verdict.http_status,
            "durationMs": round((time.monotonic() - clock) * 1000),
            "error": verdict.error,
        }
        if verdict.pause is not None:
            row["nextAttemptAt"] = _rfc3339(datetime.now(UTC) + timedelta(seconds=verdict.pause))
        return verdict, {name: value for name, value in row.items() if value is not None}

    def _verdict(self, order: Order, seconds: int) -> Verdict:
        if order.disabled:
            sentence = "The endpoint answered 410 Gone before; redeliver to try it again."
            return Verdict("disabled", error=sentence)
        if order.tries > len(self.retries) + 1:
            return Verdict("failed", error="The attempts before this one were broken off.")
        keys = self.keys(order.job.owner)
        if not keys:
            return self._again(order, error="The service has no key to sign with.")
        body = json.dumps(message(order.job), ensure_ascii=False, separators=(",", ":")).encode()
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "Imajin-Webhooks",
            "Accept-Encoding": "identity",
            **signed(keys, message_id(order.job.id), seconds, body),
        }
        try:
            answer = self.post(order.webhook.target, headers, body)
        except TargetRefused as refused:
            return Verdict("refused", error=str(refused))
        except (TargetUnknown, SendFailed) as error:
            return self._again(order, error=str(error))
        return self._of_answer(order, answer)

    def _of_answer(self, order: Order, answer: Answer) -> Verdict:
        status = answer.status
        if 200 <= status < 300:
            return Verdict("delivered", status)
        if status in AGAIN or status >= 500:
            sentence = f"The endpoint answered {status}."
            return self._again(order, status, sentence, seconds_of(answer.retry_after))
        return Verdict("failed", status, f"The endpoint answered {status}.")

    def _again(
        self, order: Order, status: int | None = None, error: str = "", least: float = 0.0
    ) -> Verdict:
        if order.tries > len(self.retries):
            return Verdict("failed", status, error)
        pause = max(self.jitter(self.retries[order.tries - 1]), min(least, MOST_RETRY_AFTER))
        return Verdict("retrying", status, error, pause)


def seconds_of(retry_after: str | None) -> float:
    """A Retry-After header in seconds from now; 0 where there is none to be understood."""
    text = (retry_after or "").strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        wanted = parsedate_to_datetime(text)
    except ValueError:
        return 0.0
    left = (wanted.astimezone(UTC) - datetime.now(UTC)).total_seconds()
    return max(0.0, left) if math.isfinite(left) else 0.0


def _rfc3339(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
