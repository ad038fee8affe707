"""GET /jobs/<id>/events on a real gateway and worker: numbered, resumed, kept alive, capped."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import httpx
import pytest

from tests.harness.client import assert_error
from tests.harness.images import quick_request, slow_request
from tests.harness.programs import wait_until
from tests.harness.redis_server import RedisServer
from tests.harness.sse import TERMINAL, Sent, events, sent, stream
from tests.harness.stack import Stack

LANE = "cpu_processing"
STREAMS = 6
UNKNOWN = "0" * 32


@pytest.fixture(scope="module")
def redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    """A Redis server that the tests of this file may hurt."""
    with RedisServer(tmp_path_factory.mktemp("events-redis")) as server:
        yield server


@pytest.fixture(scope="module")
def stack(redis: RedisServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """One gateway process and a worker; comments after half a second of silence."""
    settings = {"web_workers": 1, "event_keep_alive": 0.5, "event_streams": STREAMS}
    with Stack(tmp_path_factory.mktemp("events"), redis.url, **settings) as found:
        yield found.start("web", LANE).wait_for_web().wait_for_workers(LANE)


def base(stack: Stack) -> str:
    """The gateway's address."""
    return str(stack.api.http.base_url)


def path(job_id: str) -> str:
    """The job's stream."""
    return f"/jobs/{job_id}/events"


def numbers(found: list[Sent]) -> list[int]:
    """Their ids."""
    return [event.id for event in found if event.id is not None]


def assert_whole(found: list[Sent], status: str) -> None:
    """A snapshot, then rising numbers, and one terminal event at the end."""
    assert found[0].name == "snapshot"
    rising = numbers(found)
    assert rising == sorted(set(rising)), rising
    assert [event.name for event in found if event.name in TERMINAL] == [status]
    assert found[-1].name == status and found[-1].data["status"] == status


def test_a_job_is_told_from_its_snapshot_to_its_end(stack: Stack) -> None:
    job_id = stack.api.submit("/derivatives", slow_request(3))
    with stream(base(stack), path(job_id)) as answer:
        assert answer.headers["Content-Type"] == "text/event-stream; charset=utf-8"
        assert answer.headers["Cache-Control"] == "no-cache"
        assert answer.headers["X-Accel-Buffering"] == "no"
        found = [event for event in sent(answer) if event.name]

    assert_whole(found, "succeeded")
    snapshot = found[0].data
    assert snapshot["jobId"] == job_id and snapshot["links"]["events"] == path(job_id)
    progress = [event.data for event in found if event.name == "progress"]
    percents = [data["percent"] for data in progress if "percent" in data]
    assert percents == sorted(percents) and len(set(percents)) >= 3
    told = [data for data in progress if data.get("stage") == "variants"]
    assert all({"step", "steps"} <= set(data) for data in told)
    assert any(data.get("etaSeconds", -1) >= 0 for data in told)


def test_the_first_line_says_when_to_come_again(stack: Stack) -> None:
    job_id = stack.api.submit("/derivatives", quick_request())
    with stream(base(stack), path(job_id)) as answer:
        assert next(answer.iter_lines()) == "retry: 2000"


def test_the_snapshot_is_what_a_poll_shows(stack: Stack) -> None:
    job_id = stack.api.submit("/derivatives", quick_request())
    poll = stack.api.ended(job_id)
    found = events(base(stack), path(job_id))

    assert found[0].data == poll
    assert_whole(found, "succeeded")
    assert len(found) == 2


def test_links_name_the_stream(stack: Stack) -> None:
    answer = stack.api.post("/derivatives/async", quick_request())
    job_id = answer.json()["jobId"]

    assert answer.json()["links"]["events"] == path(job_id)
    assert stack.api.job(job_id)["links"]["events"] == path(job_id)


def test_a_dropped_stream_goes_on_without_a_gap_or_a_double(stack: Stack) -> None:
    job_id = stack.api.submit("/derivatives", slow_request(4))
    found: list[Sent] = []
    with stream(base(stack), path(job_id)) as answer:
        for event in sent(answer):
            found += [event] if event.name else []
            if sum(one.name == "progress" for one in found) == 3:
                break
    time.sleep(0.5)  # something happens meanwhile
    rest = events(base(stack), path(job_id), Last_Event_ID=str(found[-1].id))

    assert rest[0].name != "snapshot"
    assert_whole(found + rest, "succeeded")
    first = numbers(found)[0]
    assert numbers(found + rest) == list(range(first, first + len(found + rest)))


def test_a_client_that_cannot_set_headers_resumes_by_its_query(stack: Stack) -> None:
    job_id = stack.api.submit("/derivatives", quick_request())
    stack.api.ended(job_id)
    whole = events(base(stack), path(job_id))
    rest = events(base(stack), f"{path(job_id)}?lastEventId={whole[0].id}")

    assert rest == whole[1:]


def test_after_the_last_event_there_is_nothing_to_come_back_for(stack: Stack) -> None:
    job_id = stack.api.submit("/derivatives", quick_request())
    stack.api.ended(job_id)
    last = events(base(stack), path(job_id))[-1]
    answer = stack.api.get(path(job_id), Last_Event_ID=str(last.id))

    assert (answer.status_code, answer.content) == (204, b"")


def test_a_number_from_the_future_gets_a_snapshot(stack: Stack) -> None:
    job_id = stack.api.submit("/derivatives", quick_request())
    stack.api.ended(job_id)

    assert_whole(events(base(stack), path(job_id), Last_Event_ID="999"), "succeeded")


def test_a_gateway_that_is_restarted_loses_no_event(stack: Stack) -> None:
    job_id = stack.api.submit("/derivatives", slow_request(8))
    found: list[Sent] = []
    with stream(base(stack), path(job_id)) as answer, pytest.raises(httpx.TransportError):
        for event in sent(answer):
            found += [event] if event.name else []
            if sum(one.name == "progress" for one in found) == 3:
                stack.programs["web"].kill()
    stack.programs["web"].start()
    stack.wait_for_web()
    rest = events(base(stack), path(job_id), Last_Event_ID=str(found[-1].id))

    assert_whole(found + rest, "succeeded")
    first = numbers(found)[0]
    assert numbers(found + rest) == list(range(first, first + len(found + rest)))


def test_a_stream_outlives_a_redis_that_hangs_and_one_that_restarts(
    stack: Stack, redis: RedisServer
) -> None:
    job_id = stack.api.submit("/derivatives", slow_request(30))
    found: list[Sent] = []
    with stream(base(stack), path(job_id)) as answer:
        for event in sent(answer):
            found += [event] if event.name else []
            if sum(one.name == "progress" for one in found) == 3:
                break
        redis.pause()
        time.sleep(3)
        redis.resume()
        time.sleep(1.2)  # the append-only file is written each second
        redis.kill()
        redis.start()
        found += [event for event in sent(answer) if event.name]

    # Redis may have lost its last second, and its numbers with it.
    assert [event.name for event in found if event.name in TERMINAL] == ["succeeded"]
    assert found[-1].name == "succeeded"


def test_many_readers_of_one_job_are_told_the_same(stack: Stack) -> None:
    job_id = stack.api.submit("/derivatives", slow_request(3))
    heard: list[list[Sent]] = []
    readers = [
        threading.Thread(target=lambda: heard.append(events(base(stack), path(job_id))))
        for _ in range(STREAMS)
    ]
    for reader in readers:
        reader.start()
    for reader in readers:
        reader.join(60)

    assert len(heard) == STREAMS
    for found in heard:
        assert_whole(found, "succeeded")
        assert found[-1] == heard[0][-1]


def test_a_failed_and_a_cancelled_job_say_so_last(stack: Stack) -> None:
    failing = quick_request() | {"imageData": "bm90IGFuIGltYWdl"}
    failed = events(base(stack), path(stack.api.submit("/derivatives", failing)))
    job_id = stack.api.submit("/derivatives", slow_request(20))
    with stream(base(stack), path(job_id)) as answer:
        found: list[Sent] = []
        for event in sent(answer):
            found += [event] if event.name else []
            if event.name == "progress" and len(found) == 3:
                stack.api.http.delete(f"/jobs/{job_id}")

    assert_whole(failed, "failed")
    assert failed[-1].data["error"]["code"] == "INVALID_IMAGE"
    assert_whole(found, "cancelled")


def test_silence_is_broken_by_comments(stack: Stack) -> None:
    stack.programs[LANE].kill()
    try:
        job_id = stack.api.submit("/derivatives", quick_request())
        with stream(base(stack), path(job_id)) as answer:
            coming = sent(answer)
            first, *comments = [next(coming) for _ in range(4)]
            assert (first.name, first.data["status"]) == ("snapshot", "queued")
            assert first.data["queuePosition"] == 0
            assert comments == [Sent("", None, "keep-alive")] * 3
            stack.programs[LANE].start()
            found = [event for event in coming if event.name]
        assert_whole([first, *found], "succeeded")
    finally:
        if not stack.programs[LANE].alive:
            stack.programs[LANE].start()


def test_a_look_at_the_headers_holds_no_stream(stack: Stack) -> None:
    job_id = stack.api.submit("/derivatives", quick_request())
    for _ in range(STREAMS + 1):
        assert stack.api.http.head(path(job_id)).status_code == 200


def test_more_streams_than_allowed_are_refused_and_a_closed_one_makes_room(stack: Stack) -> None:
    job_id = stack.api.submit("/derivatives", slow_request(20))
    with ExitStack() as opened:
        for _ in range(STREAMS):
            answer = opened.enter_context(stream(base(stack), path(job_id)))
            assert answer.status_code == 200
        refused = stack.api.get(path(job_id))
        assert assert_error(refused, 503, "STREAMS_FULL") == {"limit": STREAMS}
        assert int(refused.headers["Retry-After"]) > 0
        assert stack.api.get("/healthz").status_code == 200

    def room() -> bool:
        with stream(base(stack), path(job_id)) as answer:
            return answer.status_code == 200

    wait_until(room, 15, "room for a stream", pause=0.5)
    stack.api.http.delete(f"/jobs/{job_id}")


@pytest.mark.parametrize("number", ["-1", "abc", "1.5", "", "1" * 16, "٣", "1-0"])
def test_a_bad_number_is_refused(stack: Stack, number: str) -> None:
    job_id = stack.api.submit("/derivatives", quick_request())
    answer = stack.api.http.get(path(job_id), params={"lastEventId": number})
    assert list(assert_error(answer, 422, "INVALID_REQUEST")) == ["lastEventId"]
    if number.isascii():
        answer = stack.api.get(path(job_id), Last_Event_ID=number)
        assert list(assert_error(answer, 422, "INVALID_REQUEST")) == ["Last-Event-ID"]


@pytest.mark.parametrize("job_id", [UNKNOWN, "nothing", "A" * 32])
def test_an_unknown_job_has_no_events(stack: Stack, job_id: str) -> None:
    assert_error(stack.api.get(path(job_id)), 404, "JOB_NOT_FOUND")


def test_without_redis_no_stream_is_opened(stack: Stack, redis: RedisServer) -> None:
    job_id = stack.api.submit("/derivatives", quick_request())
    stack.api.ended(job_id)
    redis.pause()
    try:
        assert_error(stack.api.get(path(job_id)), 503, "QUEUE_UNAVAILABLE")
    finally:
        redis.resume()


def test_no_event_holds_what_the_client_sent(stack: Stack) -> None:
    secret: dict[str, Any] = quick_request()
    secret["variants"][0]["name"] = "canary"
    found = events(base(stack), path(stack.api.submit("/derivatives", secret)))

    assert "canary" not in str(found)
