"""What acceptance refuses, also when many ask at once: keys used again, limits, a full queue."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest

from app.contracts.errors import (
    IdempotencyConflict,
    ImajinError,
    QueueFull,
    QuotaExceeded,
    RateLimited,
)
from app.contracts.tasks import JobType
from app.submissions import Submission
from tests.harness.redis_server import RedisServer
from tests.integration.ledgers import CPU, Desk, desk_on


@pytest.fixture
def desk(redis_server: RedisServer) -> Iterator[Desk]:
    """A ledger on an empty Redis."""
    with desk_on(redis_server, queue_limit=400) as found:
        yield found


def raced(times: int, call: Callable[[int], Any]) -> list[Any]:
    """What each of so many simultaneous calls gave or raised."""

    def caught(number: int) -> Any:
        try:
            return call(number)
        except ImajinError as error:
            return error

    with ThreadPoolExecutor(times) as pool:
        return list(pool.map(caught, range(times)))


def test_three_hundred_posts_with_one_key_make_one_job(desk: Desk) -> None:
    jobs = raced(300, lambda _: desk.accept("me", idempotency_key="k", fingerprint="f"))

    assert len({job.id for job in jobs}) == 1
    assert desk.ledger.depth(CPU)[0] == 1
    assert len(desk.sent) == 1


def test_a_key_belongs_to_its_owner_and_its_request(desk: Desk) -> None:
    first = desk.accept("me", idempotency_key="k", fingerprint="f")

    assert desk.accept("you", idempotency_key="k", fingerprint="g").id != first.id
    with pytest.raises(IdempotencyConflict):
        desk.accept("me", idempotency_key="k", fingerprint="g")


def test_a_key_is_honoured_in_a_full_queue_and_after_a_used_up_quota(desk: Desk) -> None:
    first = desk.accept("me", idempotency_key="k", fingerprint="f", daily_jobs=1, in_flight=1)

    again = desk.accept("me", idempotency_key="k", fingerprint="f", daily_jobs=1, in_flight=1)

    assert again == first


def test_as_many_jobs_are_in_flight_as_may_be_and_no_more(desk: Desk) -> None:
    found = raced(40, lambda _: desk.accept("me", in_flight=7))

    refused = [one for one in found if isinstance(one, RateLimited)]
    assert len(refused) == 33
    assert refused[0].details["limit"] == 7
    assert refused[0].details["retryAfter"] >= 1
    assert desk.accept("you", in_flight=1)
    claim = desk.serve()
    assert claim is not None
    desk.ledger.succeed(claim, {})
    assert desk.accept("me", in_flight=7)


def test_a_day_has_as_many_jobs_as_it_may_and_no_more(desk: Desk) -> None:
    found = raced(40, lambda _: desk.accept("me", daily_jobs=9))
    desk.serve_all()

    refused = [one for one in found if isinstance(one, QuotaExceeded)]
    assert len(refused) == 31
    assert refused[0].details["limit"] == 9
    assert 1 <= refused[0].details["retryAfter"] <= 86400
    with pytest.raises(QuotaExceeded):
        desk.accept("me", daily_jobs=9)


def test_a_day_has_as_many_bytes_as_it_may_and_no_more(desk: Desk) -> None:
    found = raced(40, lambda _: desk.accept("me", daily_bytes=95, size=10))

    refused = [one for one in found if isinstance(one, QuotaExceeded)]
    assert len(refused) == 31
    details = refused[0].details
    assert (details["counts"], details["limit"], details["window"]) == ("bytes", 95, 86400)
    assert 1 <= details["retryAfter"] <= 86400
    assert desk.ledger.depth(CPU)[0] == 9
    # What is smaller than the rest of the day still fits, and another owner has its own day.
    assert desk.accept("me", daily_bytes=95, size=5)
    assert desk.accept("you", daily_bytes=10, size=10)
    with pytest.raises(QuotaExceeded, match="11 bytes"):
        desk.accept("them", daily_bytes=10, size=11)


def test_two_at_once_cannot_both_have_the_last_bytes(desk: Desk) -> None:
    for number in range(20):
        owner = f"owner{number}"
        found = raced(2, lambda _, owner=owner: desk.accept(owner, daily_bytes=19, size=10))
        assert [type(one).__name__ for one in found].count("QuotaExceeded") == 1


def test_what_one_quota_refuses_is_not_counted_by_the_other(desk: Desk) -> None:
    desk.accept("me", daily_bytes=10, size=10, daily_jobs=2)

    for _ in range(3):
        with pytest.raises(QuotaExceeded) as heavy:
            desk.accept("me", daily_bytes=10, size=1, daily_jobs=2)
        assert heavy.value.details["counts"] == "bytes"
    desk.accept("me", daily_bytes=10, size=0, daily_jobs=2)
    with pytest.raises(QuotaExceeded) as spent:
        desk.accept("me", daily_bytes=10, size=0, daily_jobs=2)
    assert spent.value.details["counts"] == "jobs"


def test_bytes_are_refused_before_they_are_stored_but_not_those_of_a_known_request(
    desk: Desk,
) -> None:
    given = {"idempotency_key": "k", "fingerprint": "f", "daily_bytes": 10}
    first = desk.accept("me", **given, size=10)
    more = Submission(owner="me", daily_bytes=10, size=1)

    with pytest.raises(QuotaExceeded):
        desk.ledger.check_bytes(more)
    desk.ledger.check_bytes(replace(more, idempotency_key="k", size=10))
    assert desk.accept("me", **given, size=10) == first
    desk.ledger.check_bytes(replace(more, owner="you"))


def test_a_full_queue_takes_nothing_and_says_when_to_come_back(desk: Desk) -> None:
    for number in range(400):
        desk.accept(f"owner{number % 3}")

    with pytest.raises(QueueFull) as full:
        desk.accept("me", daily_jobs=5)

    assert full.value.details == {"depth": 400, "limit": 400}
    assert full.value.retry_after and full.value.retry_after >= 1
    assert desk.redis.hget("imajin:open", "me") is None


def test_acceptance_asked_twice_counts_once(desk: Desk) -> None:
    given = Submission(owner="me", daily_jobs=3, in_flight=3, daily_bytes=10, size=10)
    for _ in range(5):
        desk.ledger.accept("a" * 32, JobType.DERIVATIVE, {}, given)

    assert desk.redis.hget("imajin:open", "me") == "1"
    assert desk.ledger.depth(CPU)[0] == 1
