"""Webhooks as receivers see them: the webhooks line of the Procfile and an endpoint of the test."""

from __future__ import annotations

import base64
import secrets
import time
from collections.abc import Iterator
from typing import Any

import pytest
from redis import Redis
from standardwebhooks import Webhook as Standard

from app.contracts.errors import WorkerLost
from app.contracts.jobs import Status
from app.contracts.webhooks import message_id
from config.embedded_redis import free_port
from tests.harness.client import assert_error
from tests.harness.ended_jobs import end_job
from tests.harness.programs import Program, wait_until
from tests.harness.receiver import Received, Receiver, Says
from tests.harness.redis_server import RedisServer
from tests.harness.stack import Stack

LANE = "webhooks"
OLD, NEW = ("whsec_" + base64.b64encode(secrets.token_bytes(32)).decode() for _ in range(2))
RETRIES = (0.2, 0.4, 0.6)
TIMEOUT = 2.0


@pytest.fixture(scope="module")
def redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    """A Redis server of this file's own."""
    with RedisServer(tmp_path_factory.mktemp("webhooks-redis")) as server:
        yield server


@pytest.fixture
def client(redis: RedisServer) -> Iterator[Redis]:
    """A look into Redis."""
    with redis.client() as found:
        yield found


@pytest.fixture(scope="module")
def stack(redis: RedisServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A gateway and the webhooks worker, which may send to loopback, with short pauses."""
    settings = {
        "webhook_secret": f"{OLD},{NEW}",
        "webhook_allow_http": True,
        "webhook_allow_private": True,
        "webhook_timeout": TIMEOUT,
        "webhook_retries": ",".join(map(str, RETRIES)),
        "web_workers": 1,
    }
    with Stack(tmp_path_factory.mktemp("webhooks"), redis.url, **settings) as found:
        yield found.start("web", LANE).wait_for_web().wait_for_workers(LANE)


@pytest.fixture
def worker(stack: Stack) -> Program:
    """The webhooks worker, running."""
    program = stack.programs[LANE]
    if not program.alive:
        program.start()
        stack.wait_for_workers(LANE)
    return program


def verified(got: Received, key: str = OLD) -> dict[str, Any]:
    """The body, once its signature was checked as a receiver does it."""
    found: dict[str, Any] = Standard(key).verify(got.body, dict(got.headers))
    return found


def log(stack: Stack, job_id: str) -> list[dict[str, Any]]:
    """The delivery log."""
    answer = stack.api.get(f"/jobs/{job_id}/deliveries")
    assert answer.status_code == 200, answer.text
    return list(answer.json()["deliveries"])


def settled(stack: Stack, job_id: str, rows: int = 1, seconds: float = 60) -> list[dict[str, Any]]:
    """The delivery log once it has so many rows and nothing is to follow."""

    def ended() -> bool:
        found = log(stack, job_id)
        return len(found) >= rows and found[-1]["status"] != "retrying"

    wait_until(ended, seconds, "the delivery has ended", pause=0.1)
    return log(stack, job_id)


def test_the_ending_is_told_as_the_poll_shows_it(
    stack: Stack, worker: Program, client: Redis
) -> None:
    with Receiver() as receiver:
        job_id = end_job(client, receiver.url("/hook?for=me"))
        (got,) = receiver.wait_for(1)

    body = verified(got)
    assert verified(got, NEW) == body
    assert body["type"] == "job.completed"
    poll = stack.api.job(job_id)
    assert body["timestamp"] == poll["finishedAt"]
    assert body["data"] == poll
    assert (got.path, got.headers["webhook-id"]) == ("/hook?for=me", message_id(job_id))
    (row,) = settled(stack, job_id)
    assert row["durationMs"] >= 0
    assert (row["status"], row["httpStatus"], row["attempt"]) == ("delivered", 204, 1)
    assert (row["id"], row["event"]) == (message_id(job_id), "job.completed")


@pytest.mark.parametrize(
    ("status", "event"),
    [(Status.FAILED, "job.failed"), (Status.CANCELLED, "job.cancelled")],
)
def test_failures_and_cancellations_are_told_too(
    stack: Stack, worker: Program, client: Redis, status: Status, event: str
) -> None:
    error = WorkerLost("It died.", {"attempts": 3}) if status is Status.FAILED else None
    with Receiver() as receiver:
        job_id = end_job(client, receiver.url(), status=status, error=error)
        (got,) = receiver.wait_for(1)

    body = verified(got)
    assert (body["type"], body["data"]) == (event, stack.api.job(job_id))
    if error:
        assert body["data"]["error"] == error.as_json()


def test_events_not_asked_for_are_not_told(stack: Stack, worker: Program, client: Redis) -> None:
    with Receiver() as receiver:
        unasked = end_job(client, receiver.url("/unasked"), events=("job.failed",))
        asked = end_job(client, receiver.url("/asked"), events=("job.completed",))
        settled(stack, asked)
        wait_until(lambda: client.zscore("imajin:webhooks:open", unasked) is None, 30, "passed by")

        assert [got.path for got in receiver.received] == ["/asked"]
    assert log(stack, unasked) == []
    assert_error(stack.api.post(f"/jobs/{unasked}/deliveries"), 422, "INVALID_REQUEST")


def test_a_failing_endpoint_is_tried_again_under_the_same_id(
    stack: Stack, worker: Program, client: Redis
) -> None:
    with Receiver(Says(500), Says(429), Says(200)) as receiver:
        job_id = end_job(client, receiver.url())
        rows = settled(stack, job_id, 3)
        received = list(receiver.received)

    assert [row["status"] for row in rows] == ["retrying", "retrying", "delivered"]
    assert [row["attempt"] for row in rows] == [1, 2, 3]
    assert all(row["nextAttemptAt"] > row["at"] for row in rows[:2])
    assert {got.headers["webhook-id"] for got in received} == {message_id(job_id)}
    assert {got.body for got in received} == {received[0].body}
    assert all(verified(got) for got in received)


def test_tries_end(stack: Stack, worker: Program, client: Redis) -> None:
    job_id = end_job(client, f"http://127.0.0.1:{free_port()}/")

    rows = settled(stack, job_id, len(RETRIES) + 1)

    assert [row["status"] for row in rows] == ["retrying"] * len(RETRIES) + ["failed"]
    assert {row["error"] for row in rows} == {"The endpoint could not be connected to."}


def test_retry_after_is_waited_for(stack: Stack, worker: Program, client: Redis) -> None:
    with Receiver(Says(503, {"Retry-After": "2"}), Says(200)) as receiver:
        job_id = end_job(client, receiver.url())
        settled(stack, job_id, 2)
        first, second = receiver.received

    assert second.at - first.at >= 2


def test_an_endpoint_that_is_gone_hears_nothing_more_until_a_redelivery(
    stack: Stack, worker: Program, client: Redis
) -> None:
    with Receiver(Says(410), Says(200)) as receiver:
        first = end_job(client, receiver.url())
        assert [row["status"] for row in settled(stack, first)] == ["failed"]

        later = end_job(client, receiver.url())
        assert [row["status"] for row in settled(stack, later)] == ["disabled"]
        elsewhere = end_job(client, receiver.url("/other"))
        assert settled(stack, elsewhere)[0]["status"] == "delivered"
        assert len(receiver.received) == 2

        assert stack.api.post(f"/jobs/{later}/deliveries").status_code == 202
        assert settled(stack, later, 2)[-1]["status"] == "delivered"
        again = end_job(client, receiver.url())
        assert settled(stack, again)[0]["status"] == "delivered"


def test_redelivery_is_a_new_attempt_under_the_same_id(
    stack: Stack, worker: Program, client: Redis
) -> None:
    with Receiver() as receiver:
        job_id = end_job(client, receiver.url())
        settled(stack, job_id)

        answer = stack.api.post(f"/jobs/{job_id}/deliveries")
        rows = settled(stack, job_id, 2)
        ids = [got.headers["webhook-id"] for got in receiver.received]

    assert answer.status_code == 202
    assert len(answer.json()["deliveries"]) in (1, 2)
    assert [(row["attempt"], row["status"]) for row in rows] == [
        (1, "delivered"),
        (2, "delivered"),
    ]
    assert ids == [message_id(job_id)] * 2


def test_a_killed_worker_delivers_after_its_return(
    stack: Stack, worker: Program, client: Redis
) -> None:
    with Receiver(Says(200, hold=60), Says(200)) as receiver:
        job_id = end_job(client, receiver.url())
        receiver.wait_for(1)
        worker.kill()
        worker.start()
        stack.wait_for_workers(LANE)
        rows = settled(stack, job_id)
        ids = [got.headers["webhook-id"] for got in receiver.received]

    assert ids == [message_id(job_id)] * 2
    assert [(row["attempt"], row["status"]) for row in rows] == [(2, "delivered")]


def test_a_worker_told_to_end_ends_its_attempts_first(
    stack: Stack, worker: Program, client: Redis
) -> None:
    with Receiver(Says(200, hold=1)) as receiver:
        job_id = end_job(client, receiver.url())
        receiver.wait_for(1)

        assert worker.stop(60) == 0

    assert [(row["attempt"], row["status"]) for row in log(stack, job_id)] == [(1, "delivered")]
    assert "Traceback" not in worker.text()


def test_a_hanging_endpoint_delays_no_other(stack: Stack, worker: Program, client: Redis) -> None:
    with Receiver(Says(hold=600)) as hanging, Receiver() as good:
        for number in range(60):
            end_job(client, hanging.url(f"/{number}"))
        hanging.wait_for(1)
        began = time.monotonic()
        end_job(client, good.url())
        good.wait_for(1)
        took = time.monotonic() - began

        assert len(hanging.received) < 30
        for key in client.scan_iter("imajin:webhooks:line:*"):
            client.delete(key)
    assert took < 8  # thirty attempts of two seconds each, in fours, would take longer


def test_queues_and_readiness_count_the_lane(stack: Stack, worker: Program) -> None:
    queues = {queue["name"]: queue for queue in stack.api.get("/queues").json()["queues"]}
    missing = assert_error(stack.api.get("/readyz"), 503, "QUEUE_UNAVAILABLE")["queues"]

    assert queues[LANE]["workers"] >= 1  # one that was killed counts for ten seconds
    assert LANE not in missing and "cpu_processing" in missing


def test_the_log_is_found_for_known_jobs_alone(stack: Stack, client: Redis) -> None:
    foreign = end_job(client, "http://127.0.0.1:1/", owner="somebody else")

    for job_id in ("0" * 32, foreign):
        for answer in (
            stack.api.get(f"/jobs/{job_id}/deliveries"),
            stack.api.post(f"/jobs/{job_id}/deliveries"),
        ):
            assert_error(answer, 404, "JOB_NOT_FOUND")


def test_the_key_is_nowhere_to_be_seen(stack: Stack, worker: Program, client: Redis) -> None:
    with Receiver(Says(500), Says(200)) as receiver:
        job_id = end_job(client, receiver.url("/canary-path?token=canary-token"))
        settled(stack, job_id, 2)

    for key in (OLD, NEW, *(name.removeprefix("whsec_") for name in (OLD, NEW))):
        for program in stack.programs.values():
            assert key not in program.text()
        assert key not in everything(client)
        assert key not in str(log(stack, job_id))
    assert "canary" not in "".join(program.text() for program in stack.programs.values())


def everything(client: Redis) -> str:
    """All values in Redis, where Flower and the broker's messages look too."""
    readers = {
        "string": client.get,
        "list": lambda key: client.lrange(key, 0, -1),
        "set": client.smembers,
        "zset": lambda key: client.zrange(key, 0, -1),
        "hash": client.hgetall,
    }
    return str([(key, readers[client.type(key)](key)) for key in client.scan_iter()])
