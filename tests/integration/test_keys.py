"""API keys against a real Redis and real gateways: made, checked, limited, revoked."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.keys.ring import HOLD_SECONDS, KeyRing
from app.keys.store import KeyStore
from tests.harness.client import assert_error
from tests.harness.images import quick_request
from tests.harness.programs import ROOT, environment, wait_until
from tests.harness.redis_server import RedisServer
from tests.harness.stack import Stack

WISH = {"category": "temple"}
ALL = frozenset({"analyze", "generate", "derive"})


@pytest.fixture(scope="module")
def redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    """A Redis server of this file's own: a key in it closes every gateway on it."""
    with RedisServer(tmp_path_factory.mktemp("keys-redis")) as server:
        yield server


@pytest.fixture(scope="module")
def store(redis: RedisServer) -> Iterator[KeyStore]:
    """The keys in it."""
    with redis.client() as client:
        yield KeyStore(client)


@pytest.fixture(scope="module")
def web(redis: RedisServer, store: KeyStore, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A gateway that asks for a key from its start."""
    store.create("first", ALL)
    folder = tmp_path_factory.mktemp("keys-web")
    with Stack(folder, redis.url, web_workers=1, wrong_keys_per_minute=10_000) as stack:
        yield stack.start("web").wait_for_web()


def bearer(text: str) -> dict[str, str]:
    """The header that carries a key."""
    return {"Authorization": f"Bearer {text}"}


def run(redis_url: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The command, run as a person would."""
    return subprocess.run(
        [sys.executable, "-m", "app.keys", *arguments],
        cwd=ROOT,
        env=environment({"REDIS_URL": redis_url}),
        capture_output=True,
        text=True,
        timeout=120,
    )


def test_the_command_makes_lists_and_revokes_a_key(redis: RedisServer, store: KeyStore) -> None:
    limits = ("--in-flight", "3", "--daily-bytes", "4000000")
    made = run(redis.url, "create", "--name", "by hand", "--scopes", "derive", *limits)

    text = made.stdout.strip()
    assert (made.returncode, text.startswith("imj_")) == (0, True)
    key_id = text.split("_")[1]
    listed = run(redis.url, "list", "--json")
    (found,) = [key for key in json.loads(listed.stdout) if key["id"] == key_id]
    assert found["name"] == "by hand"
    assert (found["tenant"], found["scopes"], found["inFlight"]) == (key_id, ["derive"], 3)
    assert (found["dailyBytes"], found["dailyJobs"]) == (4_000_000, None)
    assert (found["rate"], found["lastUsed"], found["revoked"]) == ("600/minute", None, None)
    assert text[17:] not in listed.stdout + str(store.find(key_id))

    assert run(redis.url, "revoke", key_id).returncode == 0
    assert run(redis.url, "revoke", key_id).returncode == 0  # again changes nothing
    shown = run(redis.url, "list").stdout
    assert "revoked" in next(line for line in shown.splitlines() if key_id in line)
    unknown = run(redis.url, "revoke", "0" * 12)
    assert (unknown.returncode, "no key" in unknown.stderr) == (1, True)


def test_the_command_says_that_redis_is_away(tmp_path: Path) -> None:
    done = run("redis://:canary@127.0.0.1:1/0", "list")
    settings = {"IMAJIN_DATA_DIR": tmp_path}
    alone = subprocess.run(
        [sys.executable, "-m", "app.keys", "list"],
        cwd=ROOT, env=environment(settings), capture_output=True, text=True, timeout=120,
    )  # fmt: skip

    for ended, said in ((done, "Redis cannot be reached"), (alone, "make up")):
        assert (ended.returncode, said in ended.stderr) == (3, True), ended
        assert "Traceback" not in ended.stderr and "canary" not in ended.stderr


def test_only_the_digest_of_a_key_is_in_redis(redis: RedisServer, store: KeyStore) -> None:
    _, text = store.create("hashed", ALL)

    with redis.client() as client:
        kept = [str(client.hgetall(name)) for name in client.scan_iter("imajin:key:*")]
    assert kept and not any(text[17:] in record for record in kept)


@pytest.mark.parametrize("header", ["Authorization", "X-Api-Key"])
def test_a_key_is_taken_in_either_header(web: Stack, store: KeyStore, header: str) -> None:
    key, text = store.create("either", ALL)
    headers = bearer(text) if header == "Authorization" else {header: text}

    answer = web.api.http.post("/analyze-context/async", json=WISH, headers=headers)

    assert answer.status_code == 202
    assert "RateLimit" not in answer.headers  # this key has no rate
    assert store.find(key.id).last_used is not None


def test_unknown_wrong_revoked_and_malformed_keys_get_one_answer(
    web: Stack, store: KeyStore
) -> None:
    key, text = store.create("real", ALL)
    other, revoked = store.create("ended", ALL)
    store.revoke(other.id)
    assert web.api.http.get("/models", headers=bearer(text)).status_code == 200

    wrong = [
        f"imj_{'0' * 12}_{'0' * 64}",
        f"imj_{key.id}_{'0' * 64}",
        revoked,
        "imj_",
        "no key at all",
        text + "0",
        text.upper(),
    ]
    answers = [web.api.http.get("/models", headers=bearer(one)) for one in wrong]

    for answer in answers:
        assert assert_error(answer, 401, "UNAUTHORIZED") == {}
        assert answer.headers["WWW-Authenticate"] == 'Bearer realm="imajin"'
    assert len({answer.content for answer in answers}) == 1


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Basic aTpq"}, {"X-Api-Key": ""}])
def test_without_a_key_nothing_but_health_and_docs_is_shown(
    web: Stack, headers: dict[str, str]
) -> None:
    for path in ("/models", "/presets", "/queues", f"/jobs/{'0' * 32}"):
        assert_error(web.api.http.get(path, headers=headers), 401, "UNAUTHORIZED")
    assert_error(web.api.http.post("/generate", json={}, headers=headers), 401, "UNAUTHORIZED")
    for path in ("/healthz", "/openapi.json", "/docs/", "/docs/start.js"):
        assert web.api.http.get(path, headers=headers).status_code == 200
    ready = web.api.http.get("/readyz", headers=headers)
    assert set(ready.json()["details"]) == {"queues"}


def test_a_key_in_the_address_is_refused_and_says_why(web: Stack, store: KeyStore) -> None:
    _, text = store.create("address", ALL)

    for name in ("api_key", "key", "access_token", "anything"):
        for headers in ({}, bearer(text)):
            answer = web.api.http.get("/models", params={name: text}, headers=headers)
            assert_error(answer, 401, "UNAUTHORIZED")
            assert "would end up in logs" in answer.json()["error"]
    assert text not in web.programs["web"].text()


def test_a_missing_scope_is_named(web: Stack, store: KeyStore) -> None:
    _, text = store.create("painter", frozenset({"generate"}))

    for method, path, scope in (
        ("POST", "/analyze-context", "analyze"),
        ("POST", "/convert/async", "derive"),
        ("GET", "/queues", "admin"),
    ):
        answer = web.api.http.request(method, path, json={}, headers=bearer(text))
        assert assert_error(answer, 403, "FORBIDDEN") == {"scope": scope}
        assert f'scope="{scope}"' in answer.headers["WWW-Authenticate"]
    _, chief = store.create("chief", frozenset({"admin"}))
    assert web.api.http.get("/queues", headers=bearer(chief)).status_code == 200


def test_a_revoked_key_is_refused_within_seconds(web: Stack, store: KeyStore) -> None:
    key, text = store.create("leaver", ALL)
    assert web.api.http.get("/models", headers=bearer(text)).status_code == 200
    store.revoke(key.id)

    def refused() -> bool:
        return web.api.http.get("/models", headers=bearer(text)).status_code == 401

    wait_until(refused, HOLD_SECONDS * 4, "the revoked key is refused", pause=0.3)


def test_a_burst_over_the_rate_is_told_when_to_come_again(
    redis: RedisServer, web: Stack, store: KeyStore, tmp_path: Path
) -> None:
    _, text = store.create("bursting", ALL, rate="12/minute")
    with Stack(tmp_path, redis.url, web_workers=1) as second:
        second.start("web").wait_for_web()

        # Two gateways, one count.
        clients = [web.api.http, second.api.http]
        answers = [clients[n % 2].get("/models", headers=bearer(text)) for n in range(16)]

    assert [answer.status_code for answer in answers] == [200] * 12 + [429] * 4
    assert answers[0].headers["RateLimit-Policy"] == '"key";q=12;w=60'
    assert answers[0].headers["RateLimit"].startswith('"key";r=11;t=')
    details = assert_error(answers[-1], 429, "RATE_LIMITED")
    assert (details["limit"], details["window"]) == (12, 60)
    assert 1 <= details["retryAfter"] <= 60
    assert answers[-1].headers["Retry-After"] == str(details["retryAfter"])
    assert answers[-1].headers["RateLimit"].startswith('"key";r=0;t=')


def test_a_key_has_so_many_jobs_at_once_and_in_a_day(web: Stack, store: KeyStore) -> None:
    _, text = store.create("bounded", ALL, in_flight=1, daily_jobs=2)
    http, headers = web.api.http, bearer(text)

    def post() -> httpx.Response:
        return http.post("/analyze-context/async", json=WISH, headers=headers)

    first = post()
    assert first.status_code == 202
    busy = post()
    assert assert_error(busy, 429, "RATE_LIMITED")["limit"] == 1
    assert int(busy.headers["Retry-After"]) >= 1
    cancel = http.delete(f"/jobs/{first.json()['jobId']}", headers=headers)
    assert cancel.json()["status"] == "cancelled"
    second = post()
    assert second.status_code == 202
    http.delete(f"/jobs/{second.json()['jobId']}", headers=headers)
    spent = post()
    details = assert_error(spent, 429, "QUOTA_EXCEEDED")
    assert details["counts"] == "jobs"
    assert (details["limit"], details["window"]) == (2, 86400)
    assert spent.headers["Retry-After"] == str(details["retryAfter"])


def test_a_key_sends_so_many_bytes_a_day_and_what_is_refused_is_not_stored(
    web: Stack, store: KeyStore
) -> None:
    _, text = store.create("weighed", ALL, daily_bytes=9_000)
    picture = quick_request()
    others = [quick_request(), quick_request()]
    for number, body in enumerate([picture, *others]):
        body["imageData"] = base64.b64encode(bytes([number]) * 3_000).decode()

    def post(body: dict[str, Any], **more: str) -> httpx.Response:
        return web.api.http.post("/derivatives/async", json=body, headers=bearer(text) | more)

    first = post(picture, **{"Idempotency-Key": "once"})
    assert first.status_code == 202
    assert post(others[0]).status_code == 202
    kept = sorted(web.blobs.rglob("*"))
    refused = post(others[1])

    details = assert_error(refused, 429, "QUOTA_EXCEEDED")
    assert (details["counts"], details["limit"], details["window"]) == ("bytes", 9_000, 86400)
    assert refused.headers["Retry-After"] == str(details["retryAfter"])
    assert "of the 9000 it may send in a day" in refused.json()["error"]
    assert sorted(web.blobs.rglob("*")) == kept
    # The request that is known already costs nothing.
    again = post(picture, **{"Idempotency-Key": "once"})
    assert again.json()["jobId"] == first.json()["jobId"]


def test_wrong_keys_from_one_address_are_limited_and_right_ones_are_not(
    redis: RedisServer, store: KeyStore, tmp_path: Path
) -> None:
    _, text = store.create("good neighbour", ALL)
    with Stack(tmp_path, redis.url, web_workers=1, wrong_keys_per_minute=3) as stack:
        stack.start("web").wait_for_web()
        wait_for_start_of_minute()

        codes = [stack.api.http.get("/models").status_code for _ in range(5)]

        assert codes == [401, 401, 401, 429, 429]
        assert_error(stack.api.http.get("/models"), 429, "RATE_LIMITED")
        assert stack.api.http.get("/models", headers=bearer(text)).status_code == 200


def wait_for_start_of_minute() -> None:
    """The window of wrong keys is the minute of the clock; do not straddle two."""
    wait_until(lambda: time.time() % 60 < 45, 20, "not the end of a minute", pause=0.5)


def test_the_service_is_open_until_its_first_key(tmp_path: Path) -> None:
    with (
        RedisServer(tmp_path / "redis") as server,
        Stack(tmp_path / "stack", server.url, web_workers=1) as stack,
    ):
        web = stack.start("web").wait_for_web().programs["web"]
        assert "No API key" in web.text() or "keys.none" in web.text()
        assert "127.0.0.1 only" in web.text()
        # What other clients of other services always send is no key of ours.
        answer = stack.api.http.get("/queues", headers=bearer("sk-anything"))
        assert answer.status_code == 200
        job_id = stack.api.submit("/analyze-context", WISH)

        text = run(server.url, "create", "--name", "a", "--scopes", "analyze").stdout.strip()

        # The new key counts at once, and is required within seconds.
        found = stack.api.http.get("/models", headers=bearer(text))
        assert found.status_code == 200
        wait_until(
            lambda: stack.api.get("/queues").status_code == 401,
            HOLD_SECONDS * 4,
            "the key is required",
        )
        # What was made before belongs to nobody.
        lost = stack.api.http.get(f"/jobs/{job_id}", headers=bearer(text))
        assert_error(lost, 404, "JOB_NOT_FOUND")


def test_off_loopback_without_a_key_the_gateway_does_not_start(tmp_path: Path) -> None:
    with RedisServer(tmp_path / "redis") as server:
        with Stack(tmp_path / "closed", server.url, host="0.0.0.0", web_workers=1) as stack:  # noqa: S104
            web = stack.start("web").programs["web"]
            wait_until(lambda: not web.alive, 60, "the gateway ends")
            assert web.status != 0
            for part in ("There is no API key", "python -m app.keys create", "IMAJIN_OPEN_TO_ALL"):
                assert part in web.text()
            assert "Traceback" not in web.text()
        settings: dict[str, Any] = {"host": "0.0.0.0", "web_workers": 1}  # noqa: S104
        with Stack(tmp_path / "open", server.url, open_to_all=1, **settings) as stack:
            web = stack.start("web").wait_for_web().programs["web"]
            assert stack.api.get("/queues").status_code == 200
            assert "everyone who reaches 0.0.0.0" in web.text()
        with server.client() as client:
            KeyStore(client).create("one", ALL)
        with Stack(tmp_path / "keyed", server.url, **settings) as stack:
            stack.start("web").wait_for_web()
            assert stack.api.get("/queues").status_code == 401
            with server.client() as client:
                client.flushall()
            # Where Redis lost every key, nobody is let in.
            time.sleep(HOLD_SECONDS)
            assert stack.api.get("/queues").status_code == 401


def test_without_redis_a_known_key_works_for_seconds_and_nothing_else_does(tmp_path: Path) -> None:
    with RedisServer(tmp_path / "redis") as server:
        with server.client() as client:
            _, text = KeyStore(client).create("known", ALL, rate="600/minute")
            _, other = KeyStore(client).create("not seen", ALL)
        with Stack(tmp_path / "stack", server.url, web_workers=1) as stack:
            stack.start("web").wait_for_web()
            assert stack.api.http.get("/models", headers=bearer(text)).status_code == 200

            server.kill()

            assert stack.api.http.get("/models", headers=bearer(text)).status_code == 200
            for headers in (bearer(text), bearer(other), {}):
                answer = stack.api.http.post("/generate", json={"prompt": "x"}, headers=headers)
                assert_error(answer, 503, "QUEUE_UNAVAILABLE")

            def closed() -> bool:
                return stack.api.http.get("/models", headers=bearer(text)).status_code == 503

            wait_until(closed, HOLD_SECONDS * 4, "the remembered key is too old", pause=0.2)
            assert stack.api.get("/healthz").status_code == 200


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_a_ring_remembers_a_key_for_seconds_and_a_no_never(store: KeyStore) -> None:
    clock = Clock()
    ring = KeyRing(store, may_be_open=True, clock=clock)
    key, text = store.create("held", ALL)
    assert ring.key_of(text).id == key.id  # type: ignore[union-attr]

    store.revoke(key.id)

    assert ring.key_of(text) is not None
    clock.now += HOLD_SECONDS
    assert ring.key_of(text) is None
    assert ring.key_of("") is None


def test_equal_time_for_every_wrong_key(web: Stack, store: KeyStore) -> None:
    """A wrong secret asks Redis as an unknown id does, so that neither can be told by time."""
    key, text = store.create("timed", ALL)
    assert web.api.http.get("/models", headers=bearer(text)).status_code == 200

    def median(sent: str) -> float:
        times = []
        for _ in range(40):
            times.append(httpx_seconds(web, sent))
        return sorted(times)[len(times) // 2]

    unknown = median(f"imj_{'0' * 12}_{'0' * 64}")
    wrong = median(f"imj_{key.id}_{'0' * 64}")

    assert wrong == pytest.approx(unknown, rel=0.6), (wrong, unknown)


def httpx_seconds(web: Stack, sent: str) -> float:
    """The seconds that one refusal took."""
    started = time.perf_counter()
    answer: httpx.Response = web.api.http.get("/models", headers=bearer(sent))
    assert answer.status_code == 401
    return time.perf_counter() - started
