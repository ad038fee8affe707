"""The quota of bytes, asked before a request's pictures are stored."""

from __future__ import annotations

from redis.exceptions import RedisError

from app.callers import caller
from app.contracts.errors import QueueUnavailable
from app.requests import asked
from app.services import services
from app.submissions import Submission


def check_bytes() -> None:
    """Raise QuotaExceeded where this request's job could not be accepted for its bytes.

    Two at once may both pass; the one that is too much is refused when it is to be accepted.
    """
    asks, how = caller(), asked()
    if asks.daily_bytes is None:
        return
    submission = Submission(
        owner=asks.id,
        idempotency_key=how.idempotency_key,
        daily_bytes=asks.daily_bytes,
        size=how.size,
    )
    try:
        services().ledger.check_bytes(submission)
    except RedisError as error:
        raise QueueUnavailable("Redis cannot be reached. Try again later.") from error
