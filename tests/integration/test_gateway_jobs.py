"""The job routes and headers, with jobs that nobody works on; against a live gunicorn."""

from __future__ import annotations

import base64
import json
import re
import threading
import time

import httpx
import pytest

from tests.harness.client import assert_error
from tests.harness.redis_server import RedisServer
from tests.harness.stack import Stack

TORII = {"prompt": "a torii at dawn"}
UNKNOWN = "0" * 32


def test_the_async_twin_answers_at_once_with_the_job(gateway: Stack) -> None:
    answer = gateway.api.post("/generate/async", TORII)

    body = answer.json()
    job_id = body["jobId"]
    assert answer.status_code == 202
    assert re.fullmatch(r"[0-9a-f]{32}", job_id)
    assert body["status"] == "queued"
    assert answer.headers["Location"] == f"/jobs/{job_id}" == body["links"]["self"]
    assert body["links"]["result"] == f"/jobs/{job_id}/result"


def test_a_queued_job_shows_its_place(gateway: Stack) -> None:
    first = gateway.api.submit("/analyze-context", {"category": "temple"})
    second = gateway.api.submit("/analyze-context", {"category": "temple"})

    jobs = [gateway.api.job(job_id) for job_id in (first, second)]

    assert jobs[1]["queuePosition"] == jobs[0]["queuePosition"] + 1
    assert [job["status"] for job in jobs] == ["queued", "queued"]
    assert [job["attempts"] for job in jobs] == [0, 0]
    assert jobs[0]["type"] == "analyze"
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", jobs[0]["createdAt"])
    assert not {"progress", "error", "startedAt", "finishedAt"} & set(jobs[0])


@pytest.mark.parametrize("job_id", [UNKNOWN, "abc", "A" * 32, "a" * 33, "..%2f..%2fetc", "%00"])
@pytest.mark.parametrize("below", ["", "/result", "/images/0"])
def test_an_unknown_job_is_not_found(gateway: Stack, job_id: str, below: str) -> None:
    answer = gateway.api.get(f"/jobs/{job_id}{below}")

    assert answer.status_code == 404
    assert answer.json()["code"] in ("JOB_NOT_FOUND", "NOT_FOUND")


def test_an_unknown_job_can_not_be_cancelled(gateway: Stack) -> None:
    assert_error(gateway.api.http.delete(f"/jobs/{UNKNOWN}"), 404, "JOB_NOT_FOUND")
    assert_error(gateway.api.http.post(f"/jobs/{UNKNOWN}/cancel"), 404, "JOB_NOT_FOUND")


def test_an_unknown_source_job_is_not_found(gateway: Stack) -> None:
    body = {"sourceJob": {"jobId": UNKNOWN}, "preset": "web"}

    assert_error(gateway.api.post("/derivatives", body), 404, "JOB_NOT_FOUND")


def test_a_source_job_that_has_not_ended_is_not_ready(gateway: Stack) -> None:
    source = gateway.api.submit("/generate", TORII)
    body = {"sourceJob": {"jobId": source}, "preset": "web"}

    assert_error(gateway.api.post("/derivatives", body), 409, "JOB_NOT_READY")


def test_a_result_before_the_end_is_not_ready(gateway: Stack) -> None:
    job_id = gateway.api.submit("/generate", TORII)

    answer = gateway.api.get(f"/jobs/{job_id}/result")

    details = assert_error(answer, 409, "JOB_NOT_READY")
    assert details == {"status": "queued", "progress": None}
    assert int(answer.headers["Retry-After"]) >= 1


@pytest.mark.parametrize("way", ["DELETE", "POST"])
def test_a_queued_job_is_cancelled_for_good(gateway: Stack, way: str) -> None:
    job_id = gateway.api.submit("/generate", TORII)
    path = f"/jobs/{job_id}" if way == "DELETE" else f"/jobs/{job_id}/cancel"

    cancelled = gateway.api.http.request(way, path)

    assert cancelled.status_code == 202
    assert cancelled.json()["status"] == "cancelled"
    assert gateway.api.job(job_id)["finishedAt"]
    assert_error(gateway.api.get(f"/jobs/{job_id}/result"), 410, "JOB_CANCELLED")
    again = gateway.api.http.request(way, path)
    assert (again.status_code, again.json()["status"]) == (200, "cancelled")


def test_a_wait_that_runs_out_answers_with_the_job(gateway: Stack) -> None:
    started = time.monotonic()
    answer = gateway.api.post("/generate", TORII, Prefer="wait=1")

    assert answer.status_code == 202
    assert 0.9 <= time.monotonic() - started < 3
    assert gateway.api.job(answer.json()["jobId"])["status"] == "queued"


@pytest.mark.parametrize("prefer", ["respond-async", "foo, respond-async", "Respond-Async"])
def test_prefer_respond_async_makes_the_plain_route_its_twin(gateway: Stack, prefer: str) -> None:
    started = time.monotonic()
    answer = gateway.api.post("/generate", TORII, Prefer=prefer)

    assert answer.status_code == 202
    assert time.monotonic() - started < 1
    assert answer.headers["Preference-Applied"] == "respond-async"


@pytest.mark.parametrize("prefer", ["wait=1, respond-async", "respond-async; wait=1"])
def test_both_preferences_together_wait_and_then_answer_202(gateway: Stack, prefer: str) -> None:
    started = time.monotonic()
    answer = gateway.api.post("/generate", TORII, Prefer=prefer)

    assert answer.status_code == 202
    assert time.monotonic() - started >= 0.9


def test_a_long_poll_holds_until_the_state_changes(gateway: Stack) -> None:
    job_id = gateway.api.submit("/generate", TORII)
    seen: list[tuple[float, str]] = []

    def poll() -> None:
        with httpx.Client(base_url=gateway.api.http.base_url) as client:
            answer = client.get(f"/jobs/{job_id}?wait=20", timeout=30)
            seen.append((time.monotonic(), answer.json()["status"]))

    poller = threading.Thread(target=poll)
    poller.start()
    time.sleep(1.2)
    assert seen == []
    gateway.api.http.delete(f"/jobs/{job_id}")
    cancelled = time.monotonic()
    poller.join(20)

    (when, status), *_ = seen
    assert status == "cancelled"
    assert when - cancelled < 0.5  # by the bell, sooner than the look each second


def test_a_long_poll_ends_when_its_time_is_up(gateway: Stack) -> None:
    job_id = gateway.api.submit("/generate", TORII)
    started = time.monotonic()

    assert gateway.api.get(f"/jobs/{job_id}?wait=1").json()["status"] == "queued"
    assert 0.9 <= time.monotonic() - started < 3


@pytest.mark.parametrize("given", ["abc", "A-1_b.c", "x" * 64])
def test_a_good_request_id_is_echoed(gateway: Stack, given: str) -> None:
    assert gateway.api.get("/healthz", X_Request_Id=given).headers["X-Request-Id"] == given


@pytest.mark.parametrize("given", ["", "x" * 65, "a b", "a;b", '"><script>', "a/b"])
def test_a_bad_request_id_is_replaced(gateway: Stack, given: str) -> None:
    answer = gateway.api.get("/healthz", X_Request_Id=given)

    assert re.fullmatch(r"[0-9a-f]{32}", answer.headers["X-Request-Id"])


@pytest.mark.parametrize("path", ["/healthz", "/nothing", "/models", f"/jobs/{UNKNOWN}"])
def test_answers_are_not_stored_and_not_sniffed(gateway: Stack, path: str) -> None:
    answer = gateway.api.get(path)

    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["X-Request-Id"]


@pytest.mark.parametrize("path", ["/nothing", "/jobs", "/generate/async/more", "/docs/nothing.js"])
def test_an_unknown_route_is_not_found(gateway: Stack, path: str) -> None:
    assert_error(gateway.api.get(path), 404, "NOT_FOUND")


def test_a_wrong_method_names_the_right_ones(gateway: Stack) -> None:
    answer = gateway.api.get("/generate")

    assert_error(answer, 405, "METHOD_NOT_ALLOWED")
    assert set(answer.headers["Allow"].split(", ")) == {"OPTIONS", "POST"}
    assert_error(gateway.api.http.put(f"/jobs/{UNKNOWN}"), 405, "METHOD_NOT_ALLOWED")


def test_messages_and_results_hold_no_prompt_and_no_picture(
    gateway: Stack, redis_server: RedisServer
) -> None:
    job_id = gateway.api.submit("/generate", {"prompt": "the secret canary torii"})

    with redis_server.client() as redis:
        messages = redis.lrange("gpu_diffusion", 0, -1)
        state = redis.get(f"celery-task-meta-{job_id}")
    bodies = [base64.b64decode(json.loads(message)["body"]) for message in messages]
    assert bodies, "the head of the line is on its way"
    for args, kwargs, _ in map(json.loads, bodies):
        assert (len(args), len(args[0]), kwargs) == (1, 32, {})
    assert b"torii" not in b"".join(bodies)
    assert "canary" not in state
