"""How a POST is submitted: its priority, its Idempotency-Key, its place in the line."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.harness.client import assert_error
from tests.harness.images import quick_request
from tests.harness.redis_server import RedisServer
from tests.harness.stack import Stack

WORK = {
    "/analyze-context": {"category": "temple"},
    "/generate": {"prompt": "a torii at dawn"},
    "/derivatives": quick_request(),
}
TORII = WORK["/generate"]


@pytest.mark.parametrize("path", WORK)
def test_an_urgent_job_stands_before_the_others(gateway: Stack, path: str) -> None:
    for _ in range(3):
        gateway.api.submit(path, WORK[path])
    low = gateway.api.post(f"{path}/async?priority=low", WORK[path]).json()

    high = gateway.api.post(f"{path}/async?priority=high", WORK[path]).json()

    assert high["status"] == "queued"
    assert high["queuePosition"] == gateway.api.job(high["jobId"])["queuePosition"]
    assert high["queuePosition"] < gateway.api.job(low["jobId"])["queuePosition"]


@pytest.mark.parametrize("path", WORK)
def test_a_priority_that_is_none_is_refused(gateway: Stack, path: str) -> None:
    answer = gateway.api.post(f"{path}/async?priority=highest", WORK[path])

    assert set(assert_error(answer, 422, "INVALID_REQUEST")) == {"priority"}


@pytest.mark.parametrize("path", WORK)
def test_the_same_key_gives_the_first_job_again(gateway: Stack, path: str) -> None:
    key = {"Idempotency_Key": f"once-{path}"}
    first = gateway.api.post(f"{path}/async", WORK[path], **key)
    again = gateway.api.post(f"{path}/async", dict(reversed(WORK[path].items())), **key)

    assert (first.status_code, again.status_code) == (202, 202)
    assert again.json()["jobId"] == first.json()["jobId"]
    gateway.api.http.delete(f"/jobs/{first.json()['jobId']}")
    ended = gateway.api.post(f"{path}/async", WORK[path], **key)
    assert (ended.json()["jobId"], ended.json()["status"]) == (first.json()["jobId"], "cancelled")
    assert_error(gateway.api.post(f"{path}?priority=high", WORK[path], **key), 422,
                 "IDEMPOTENCY_CONFLICT")  # fmt: skip


def test_a_key_used_for_another_body_is_a_conflict(gateway: Stack) -> None:
    key = {"Idempotency_Key": "other-body"}
    gateway.api.post("/generate/async", TORII, **key)

    answer = gateway.api.post("/generate/async", {"prompt": "a bridge"}, **key)

    assert_error(answer, 422, "IDEMPOTENCY_CONFLICT")


@pytest.mark.parametrize("key", ["", "two words", "x" * 256, "gr\xfcn"])
def test_a_key_that_is_none_is_refused(gateway: Stack, key: str) -> None:
    headers = {"Idempotency-Key": key.encode("latin-1")}

    answer = gateway.api.http.post("/generate/async", json=TORII, headers=headers)

    assert set(assert_error(answer, 422, "INVALID_REQUEST")) == {"Idempotency-Key"}


def test_a_plain_post_sent_again_gives_the_result_of_the_first(
    gateway: Stack, redis_server: RedisServer
) -> None:
    key = {"Idempotency_Key": "plain", "Prefer": "wait=1"}
    first = gateway.api.post("/analyze-context", WORK["/analyze-context"], **key)
    gateway.api.http.delete(f"/jobs/{first.json()['jobId']}")

    again = gateway.api.post("/analyze-context", WORK["/analyze-context"], **key)

    assert_error(again, 410, "JOB_CANCELLED")


def test_posts_that_race_with_one_key_make_one_job(gateway: Stack) -> None:
    def post(_: int) -> str:
        answer = gateway.api.post("/generate/async", TORII, Idempotency_Key="race")
        assert answer.status_code == 202, answer.text
        return str(answer.json()["jobId"])

    with ThreadPoolExecutor(16) as pool:
        assert len(set(pool.map(post, range(60)))) == 1
