"""The webhook field of a request: what this deployment refuses before a job is stored."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.harness.client import assert_error
from tests.harness.images import quick_request
from tests.harness.redis_server import RedisServer
from tests.harness.stack import Stack

KEY = "whsec_" + "A" * 32
WISH = {"category": "temple"}
PICTURE = quick_request()["imageData"]
WORK: dict[str, dict[str, Any]] = {
    "/analyze-context": WISH,
    "/generate": {"prompt": "a torii gate"},
    "/derivatives": quick_request(),
    "/sanitize": {"imageData": PICTURE},
    "/transform": {"imageData": PICTURE, "width": 16},
    "/convert": {"imageData": PICTURE, "format": "webp"},
    "/optimize": {"imageData": PICTURE},
}
PRIVATE = [
    *("https://localhost/", "https://localhost.:443/", "https://a.localhost/", "https://redis/"),
    *("https://printer.local/", "https://127.0.0.1/", "https://127.1/", "https://2130706433/"),
    *("https://0x7f000001/", "https://0177.0.0.1/", "https://017700000001/", "https://[::1]/"),
    *("https://[::ffff:127.0.0.1]/", "https://[::ffff:7f00:1]/", "https://[64:ff9b::7f00:1]/"),
    *("https://10.0.0.1/", "https://172.16.0.1/", "https://192.168.0.1/", "https://0/"),
    *("https://169.254.169.254/latest/", "https://100.64.0.1/", "https://[fe80::1]/"),
    *("https://[fd00::1]/", "https://metadata.google.internal/", "https://224.0.0.1/"),
]
BAD: list[tuple[Any, str]] = [
    ("https://example.org/", "webhook"),
    ([], "webhook"),
    ({}, "webhook.url"),
    ({"url": ""}, "webhook.url"),
    ({"url": None}, "webhook.url"),
    ({"url": 7}, "webhook.url"),
    ({"url": "example.org/hook"}, "webhook.url"),
    ({"url": "http://example.org/"}, "webhook.url"),
    ({"url": "ftp://example.org/"}, "webhook.url"),
    ({"url": "https://user:password@example.org/"}, "webhook.url"),
    ({"url": "https://example.org:99999/"}, "webhook.url"),
    ({"url": "https://example.org:0/"}, "webhook.url"),
    ({"url": "https://example.org/#here"}, "webhook.url"),
    ({"url": "https://exämple.org/"}, "webhook.url"),
    ({"url": "https://example.org/" + "a" * 2048}, "webhook.url"),
    ({"url": "https://example.org/", "events": []}, "webhook.events"),
    ({"url": "https://example.org/", "events": ["job.started"]}, "webhook.events.0"),
    ({"url": "https://example.org/", "events": "job.failed"}, "webhook.events"),
    ({"url": "https://example.org/", "secret": "mine"}, "webhook.secret"),
]


@pytest.fixture(scope="module")
def sending(redis_server: RedisServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A gateway that takes webhooks, with the strict defaults for their targets."""
    folder = tmp_path_factory.mktemp("sending")
    with Stack(folder, redis_server.url, webhook_secret=KEY, web_workers=1) as stack:
        yield stack.start("web").wait_for_web()


@pytest.mark.parametrize("path", WORK)
@pytest.mark.parametrize("twin", ["", "/async"])
def test_every_post_for_work_knows_the_field(sending: Stack, path: str, twin: str) -> None:
    body = WORK[path] | {"webhook": {"url": "https://127.0.0.1/"}}

    details = assert_error(sending.api.post(path + twin, body), 422, "INVALID_REQUEST")

    assert details == {"webhook.url": ["The URL's host is not on the open internet."]}


@pytest.mark.parametrize("path", WORK)
def test_a_public_target_is_taken(sending: Stack, path: str) -> None:
    webhook = {"url": "https://example.org/hook?for=me", "events": ["job.failed", "job.failed"]}

    answer = sending.api.post(f"{path}/async", WORK[path] | {"webhook": webhook})

    assert answer.status_code == 202, answer.text
    job_id = answer.json()["jobId"]
    assert sending.api.get(f"/jobs/{job_id}/deliveries").json() == {"deliveries": []}
    too_early = sending.api.post(f"/jobs/{job_id}/deliveries")
    assert assert_error(too_early, 409, "JOB_NOT_READY")["status"] == "queued"


@pytest.mark.parametrize("url", PRIVATE)
def test_a_private_target_is_refused_at_once(sending: Stack, url: str) -> None:
    answer = sending.api.post("/analyze-context/async", WISH | {"webhook": {"url": url}})

    assert set(assert_error(answer, 422, "INVALID_REQUEST")) == {"webhook.url"}


@pytest.mark.parametrize(("webhook", "field"), BAD)
def test_a_bad_webhook_is_refused_by_field(sending: Stack, webhook: Any, field: str) -> None:
    answer = sending.api.post("/analyze-context/async", WISH | {"webhook": webhook})

    assert field in assert_error(answer, 422, "INVALID_REQUEST")


def test_null_is_no_webhook(gateway: Stack) -> None:
    assert gateway.api.post("/analyze-context/async", WISH | {"webhook": None}).status_code == 202


def test_without_a_key_webhooks_are_refused_and_the_setting_named(gateway: Stack) -> None:
    body = WISH | {"webhook": {"url": "https://example.org/"}}

    details = assert_error(gateway.api.post("/analyze-context/async", body), 422, "INVALID_REQUEST")

    assert "IMAJIN_WEBHOOK_SECRET" in details["webhook"][0]


def test_the_description_has_the_field_and_the_log(sending: Stack) -> None:
    found = sending.api.get("/openapi.json").json()

    schemas = found["components"]["schemas"]
    for name in ("Analyze", "Generate", "Derivatives", "Sanitize", "Convert"):
        assert "webhook" in schemas[f"{name}Request"]["properties"], name
    assert set(found["paths"]["/jobs/{job_id}/deliveries"]) >= {"get", "post"}
    assert "httpStatus" in schemas["Delivery"]["properties"]
