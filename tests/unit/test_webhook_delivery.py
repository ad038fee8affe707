"""What follows from an endpoint's answer: the row of the log, and when to try again."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from standardwebhooks import Webhook as Standard

from app.contracts.jobs import Job, Status
from app.contracts.tasks import JobType
from app.contracts.webhooks import EVENTS, Order, Target, Webhook, message_id
from workers.webhooks.delivery import Courier, Verdict, seconds_of
from workers.webhooks.sending import Answer, SendFailed
from workers.webhooks.targets import TargetRefused, TargetUnknown

KEY = "whsec_" + "A" * 32
JOB = Job(
    "ab" * 16, JobType.ANALYZE, Status.SUCCEEDED, "2026-01-02T03:04:05.000Z",
    finished_at="2026-01-02T03:05:00.000Z",
)  # fmt: skip
URL = "https://example.org/hook"
ORDER = Order(JOB, Webhook(Target.parse(URL), EVENTS), "example.org:443", "n", 1, 1, False)
RETRIES = (5.0, 30.0, 120.0)


@dataclass
class Endpoint:
    """Gives one answer, and keeps what it was sent."""

    answer: Answer | Exception
    sent: list[tuple[Target, Mapping[str, str], bytes]] = field(default_factory=list)

    def __call__(self, target: Target, headers: Mapping[str, str], body: bytes) -> Answer:
        self.sent.append((target, headers, body))
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


def courier(
    endpoint: Endpoint,
    keys: tuple[str, ...] = (KEY,),
    jitter: Callable[[float], float] = lambda longest: longest / 2,
) -> Courier:
    """A courier whose pauses are half the longest."""
    return Courier(endpoint, lambda owner: keys, RETRIES, jitter)


def test_a_delivery_is_signed_and_logged() -> None:
    endpoint = Endpoint(Answer(200))

    verdict, row = courier(endpoint).attempt(ORDER)

    ((target, headers, body),) = endpoint.sent
    assert target.url == URL
    assert Standard(KEY).verify(body, dict(headers))["data"]["jobId"] == JOB.id
    assert json.loads(body)["type"] == "job.completed"
    assert verdict == Verdict("delivered", 200)
    assert row.pop("durationMs") >= 0 and row.pop("at").endswith("Z")
    assert row == {
        "id": message_id(JOB.id), "event": "job.completed", "url": URL, "attempt": 1,
        "status": "delivered", "httpStatus": 200,
    }  # fmt: skip


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
def test_every_2xx_is_success(status: int) -> None:
    assert courier(Endpoint(Answer(status))).attempt(ORDER)[0].delivered


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504, 599])
def test_what_may_pass_is_tried_again(status: int) -> None:
    verdict, row = courier(Endpoint(Answer(status))).attempt(ORDER)

    assert verdict == Verdict("retrying", status, f"The endpoint answered {status}.", 2.5)
    assert row["nextAttemptAt"] > row["at"]


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 422, 303, 304, 302])
def test_what_will_not_pass_is_final(status: int) -> None:
    verdict, row = courier(Endpoint(Answer(status))).attempt(ORDER)

    assert verdict == Verdict("failed", status, f"The endpoint answered {status}.")
    assert verdict.gone == (status == 410)
    assert "nextAttemptAt" not in row


@pytest.mark.parametrize("error", [SendFailed("No answer."), TargetUnknown("No address.")])
def test_no_answer_is_tried_again(error: Exception) -> None:
    verdict, row = courier(Endpoint(error)).attempt(ORDER)

    assert (verdict.status, verdict.pause, row["error"]) == ("retrying", 2.5, str(error))
    assert "httpStatus" not in row


def test_a_refused_target_is_final() -> None:
    verdict, _ = courier(Endpoint(TargetRefused("Not public."))).attempt(ORDER)

    assert verdict == Verdict("refused", error="Not public.")


def test_pauses_grow_and_end() -> None:
    failing = courier(Endpoint(Answer(500)))

    verdicts = [failing.attempt(replace(ORDER, tries=n, attempt=9))[0] for n in (1, 2, 3, 4)]

    assert [verdict.pause for verdict in verdicts] == [2.5, 15, 60, None]
    assert [verdict.status for verdict in verdicts] == ["retrying"] * 3 + ["failed"]


def test_tries_that_were_all_broken_off_end_too() -> None:
    endpoint = Endpoint(Answer(200))

    verdict, _ = courier(endpoint).attempt(replace(ORDER, tries=5))

    assert (verdict.status, endpoint.sent) == ("failed", [])


def test_retry_after_is_honoured_and_bounded() -> None:
    def pause(retry_after: str) -> float | None:
        return courier(Endpoint(Answer(503, retry_after))).attempt(ORDER)[0].pause

    assert pause("1") == 2.5
    assert pause("60") == 60
    assert pause("9999999999") == 3600


def test_retry_after_is_read_in_both_forms() -> None:
    soon = format_datetime(datetime.now(UTC) + timedelta(seconds=100), usegmt=True)

    assert 90 < seconds_of(soon) <= 100
    assert seconds_of("Thu, 01 Jan 1970 00:00:00 GMT") == 0
    for text in (None, "", "soon", "-1", "1.5", "٣"):
        assert seconds_of(text) == 0


def test_a_disabled_url_is_not_asked() -> None:
    endpoint = Endpoint(Answer(200))

    verdict, row = courier(endpoint).attempt(replace(ORDER, disabled=True))

    assert (verdict.status, endpoint.sent) == ("disabled", [])
    assert "redeliver" in row["error"]


def test_without_a_key_nothing_is_sent() -> None:
    endpoint = Endpoint(Answer(200))

    verdict, _ = courier(endpoint, keys=()).attempt(ORDER)

    assert (verdict.status, endpoint.sent) == ("retrying", [])


def test_the_key_is_in_no_row() -> None:
    for answer in (Answer(200), Answer(500), SendFailed("No."), TargetRefused("No.")):
        assert KEY not in json.dumps(courier(Endpoint(answer)).attempt(ORDER)[1])
