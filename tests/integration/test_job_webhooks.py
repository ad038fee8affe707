"""Real jobs with a webhook: gateway, cpu_processing and webhooks lane together."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from standardwebhooks import Webhook as Standard

from tests.harness.images import quick_request, slow_request
from tests.harness.receiver import Receiver, Says
from tests.harness.redis_server import RedisServer
from tests.harness.stack import Stack

LANES = ("cpu_processing", "webhooks")
KEY = "whsec_" + "A" * 32


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """The gateway and the two lanes, which may send to loopback."""
    server = RedisServer(tmp_path_factory.mktemp("job-webhooks-redis")).start()
    settings = {
        "webhook_secret": KEY,
        "webhook_allow_http": True,
        "webhook_allow_private": True,
        "webhook_retries": "0.2,0.2",
        "web_workers": 1,
    }
    with Stack(tmp_path_factory.mktemp("job-webhooks"), server.url, **settings) as found:
        yield found.start("web", *LANES).wait_for_web().wait_for_workers(*LANES)
    server.stop()


def test_success_is_told_after_the_result_can_be_read(stack: Stack) -> None:
    with Receiver() as receiver:
        asked = quick_request() | {"webhook": {"url": receiver.url()}}
        job_id = stack.api.submit("/derivatives", asked)
        (got,) = receiver.wait_for(1)

    body = Standard(KEY).verify(got.body, dict(got.headers))
    assert body["type"] == "job.completed"
    assert body["data"] == stack.api.job(job_id)
    assert stack.api.get(body["data"]["links"]["result"]).status_code == 200
    assert quick_request()["imageData"].encode() not in got.body
    assert b"imageData" not in got.body


def test_failure_is_told_with_its_error(stack: Stack) -> None:
    with Receiver() as receiver:
        asked = {"imageData": "aGVsbG8=", "format": "webp", "webhook": {"url": receiver.url()}}
        job_id = stack.api.submit("/convert", asked)
        (got,) = receiver.wait_for(1)

    body = Standard(KEY).verify(got.body, dict(got.headers))
    assert (body["type"], body["data"]["error"]["code"]) == ("job.failed", "INVALID_IMAGE")
    assert body["data"] == stack.api.job(job_id)


def test_cancellation_is_told_queued_or_running(stack: Stack) -> None:
    with Receiver() as receiver:
        asked = slow_request(8) | {"webhook": {"url": receiver.url()}}
        jobs = [stack.api.submit("/derivatives", asked) for _ in range(2)]
        stack.api.processing(jobs[0])
        for job_id in reversed(jobs):
            assert stack.api.http.delete(f"/jobs/{job_id}").status_code == 202
        received = receiver.wait_for(2)

    bodies = [Standard(KEY).verify(got.body, dict(got.headers)) for got in received]
    assert {body["type"] for body in bodies} == {"job.cancelled"}
    assert {body["data"]["jobId"] for body in bodies} == set(jobs)


def test_a_dead_endpoint_delays_no_job(stack: Stack) -> None:
    def took(webhook: dict[str, object]) -> float:
        began = time.monotonic()
        for job_id in [
            stack.api.submit("/derivatives", quick_request() | webhook) for _ in range(10)
        ]:
            assert stack.api.ended(job_id)["status"] == "succeeded"
        return time.monotonic() - began

    took({})
    alone = took({})
    with Receiver(Says(hold=600)) as hanging:
        beside = took({"webhook": {"url": hanging.url()}})

    assert beside < 4 * alone + 2  # each endpoint would hold for ten seconds
