"""Why a job was not accepted: the ledger's words as errors that a client can read."""

from __future__ import annotations

from typing import Any

from app.contracts.errors import (
    IdempotencyConflict,
    ImajinError,
    QueueFull,
    QuotaExceeded,
    RateLimited,
)
from app.submissions import Submission

DAY = 86400


def refusal(word: str, found: list[int], submission: Submission, queue_limit: int) -> ImajinError:
    """The error of "conflict", or of any other word with its count and seconds."""
    if word == "conflict":
        sentence = "This Idempotency-Key was used for another request."
        return IdempotencyConflict(sentence, {})
    count, seconds = found
    if word == "full":
        details = {"depth": count, "limit": queue_limit}
        return QueueFull("The queue is full. Try again later.", details).after(seconds)
    if word == "busy":
        sentence = "This key has as many unfinished jobs as it may have at once."
        return RateLimited(sentence, _details(submission.in_flight, 0, seconds))
    if word == "heavy":
        sentence = (
            f"This request has {submission.size} bytes, and this key has used {count} of the "
            f"{submission.daily_bytes} it may send in a day."
        )
        return QuotaExceeded(sentence, _quota("bytes", submission.daily_bytes, seconds))
    sentence = "This key has used up its jobs of the day."
    return QuotaExceeded(sentence, _quota("jobs", submission.daily_jobs, seconds))


def _quota(counts: str, limit: int | None, seconds: int) -> dict[str, Any]:
    return {"counts": counts, **_details(limit, DAY, seconds)}


def _details(limit: int | None, window: int, seconds: int) -> dict[str, int | None]:
    return {"limit": limit, "window": window, "retryAfter": seconds}
