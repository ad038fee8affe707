"""Canaries: a prompt, a key and a password that must be seen in no log, event or Flower answer."""

from __future__ import annotations

import base64
import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
from redis import Redis
from redis.exceptions import RedisError

from tests.harness.client import assert_error
from tests.harness.images import quick_request
from tests.harness.programs import wait_until
from tests.harness.redis_server import RedisServer
from tests.harness.stack import Stack

PROMPT = "canaryprompt"
PASSWORD = "canarypassword"
SCOPES = ("analyze", "generate", "derive", "admin")


@dataclass
class Heard:
    """Everything that was published in a Redis."""

    client: Redis
    texts: list[str] = field(default_factory=list)
    stopped: threading.Event = field(default_factory=threading.Event)

    def listen(self) -> None:
        """Write down every message until stopped."""
        with self.client.pubsub(ignore_subscribe_messages=True) as subscription:
            subscription.psubscribe("*")
            while not self.stopped.is_set():
                try:
                    message = subscription.get_message(timeout=0.5)
                except RedisError:
                    return
                if message:
                    self.texts.append(f"{message['channel']} {plain(message['data'])}")


def plain(text: str) -> str:
    """A published text, and the body in it that kombu writes in base64."""
    found = re.search(r'"body": ?"([A-Za-z0-9+/=]+)"', text)
    return text + (base64.b64decode(found[1]).decode() if found else "")


@dataclass
class Scene:
    """A service that worked with the canaries, and what was heard meanwhile."""

    stack: Stack
    secret: str
    heard: Heard
    redis: RedisServer


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """Gateway, cpu_processing and Flower on a Redis with a password; jobs, mistakes, wrong keys."""
    redis = RedisServer(tmp_path_factory.mktemp("canary-redis")).start()
    with redis.client() as client:
        client.config_set("requirepass", PASSWORD)
    url = redis.url.replace("//", f"//:{PASSWORD}@")
    folder = tmp_path_factory.mktemp("canary")
    with (
        Redis.from_url(url, decode_responses=True) as client,
        Stack(folder, url, web_workers=1) as stack,
    ):
        heard = Heard(client)
        thread = threading.Thread(target=heard.listen, daemon=True)
        thread.start()
        try:
            key = stack.make_key(*SCOPES)
            stack.start("web", "cpu_processing").wait_for_web()
            stack.api.http.headers["Authorization"] = f"Bearer {key}"
            stack.wait_for_workers("cpu_processing")
            stack.start("flower")
            work(stack, key)
            yield Scene(stack, key[17:], heard, redis)
        finally:
            heard.stopped.set()
            thread.join(10)
    redis.stop()


def work(stack: Stack, key: str) -> None:
    """Send the canaries every way there is."""
    overlay = {"text": PROMPT, "position": "center"}
    request = quick_request()
    request["variants"][0] |= {"width": 200, "textOverlay": overlay}
    stack.api.result(stack.api.submit("/derivatives", request), 120)
    broken = {"imageData": "iVBORw0KGgo=", "variants": [{"name": "x", "textOverlay": overlay}]}
    assert stack.api.ended(stack.api.submit("/derivatives", broken), 120)["status"] == "failed"
    stack.api.submit("/generate", {"prompt": PROMPT})
    stack.api.submit("/analyze-context", {"description": PROMPT})
    http = stack.api.http
    json_type = {"Content-Type": "application/json"}
    cut = http.post("/generate", content=f'{{"prompt": "{PROMPT}', headers=json_type)
    assert cut.status_code == 400
    assert http.post("/generate", json={"prompt": PROMPT, PROMPT: 1}).status_code == 422
    assert http.get("/models", params={"api_key": key}).status_code == 401
    assert http.get("/models", headers={"Authorization": f"Bearer {key}x"}).status_code == 401
    assert http.get("/models", headers={"Authorization": "", "X-Api-Key": key}).status_code == 200
    assert http.get(f"/{key}").status_code == 404


def test_no_log_holds_a_canary(scene: Scene) -> None:
    texts = {name: program.text() for name, program in scene.stack.programs.items()}
    texts["redis"] = scene.redis.program.text()

    assert "job.succeeded" in texts["cpu_processing"]
    for name, text in texts.items():
        for canary in (PROMPT, scene.secret, PASSWORD):
            assert canary not in text, name


def test_nothing_that_redis_publishes_holds_a_canary(scene: Scene) -> None:
    wait_until(lambda: "task-succeeded" in str(scene.heard.texts), 60, "Celery's events are heard")

    for canary in (PROMPT, scene.secret, PASSWORD):
        assert canary not in str(scene.heard.texts)


def test_flower_shows_no_canary(scene: Scene) -> None:
    base = f"http://127.0.0.1:{scene.stack.flower_port}"

    def shown(path: str) -> Any:
        try:
            answer = httpx.get(base + path, timeout=60)
        except httpx.TransportError:
            return None
        return answer.text if answer.status_code == 200 else None

    wait_until(lambda: shown("/api/workers?refresh=1"), 120, "Flower answers", pause=0.5)
    wait_until(lambda: "cpu_processing@" in (shown("/api/workers?refresh=1") or ""), 120, "it sees")
    job = scene.stack.api.submit("/derivatives", quick_request())
    scene.stack.api.result(job, 120)
    wait_until(lambda: job in (shown("/api/tasks") or ""), 60, "Flower sees the task", pause=0.5)
    for path in ("/api/workers?refresh=1", "/api/tasks", "/workers", "/tasks", "/broker"):
        for canary in (PROMPT, scene.secret, PASSWORD):
            assert canary not in (shown(path) or ""), path


def test_no_error_holds_a_canary(scene: Scene) -> None:
    http = scene.stack.api.http
    wrong = http.get("/models", headers={"Authorization": f"Bearer imj_0_{scene.secret}"})

    assert_error(wrong, 401, "UNAUTHORIZED")
    assert scene.secret not in wrong.text
    missing = http.get(f"/models/{scene.secret}")
    assert scene.secret not in missing.text
