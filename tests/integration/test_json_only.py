"""JSON between the processes and nothing else: a pickle is refused and everything goes on."""

from __future__ import annotations

import base64
import json
import pickle
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.harness.client import assert_shape
from tests.harness.images import quick_request
from tests.harness.programs import wait_until
from tests.harness.redis_server import RedisServer
from tests.harness.stack import Stack

CPU = "cpu_processing"


class Trap:
    """An object whose unpickling leaves a file behind."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __reduce__(self) -> tuple[object, tuple[object, ...]]:
        return Path.touch, (self._path,)


@pytest.fixture
def stack(redis_server: RedisServer, tmp_path: Path) -> Iterator[Stack]:
    """A gateway and one worker."""
    with Stack(tmp_path / "stack", redis_server.url) as found:
        yield found.start("web", CPU).wait_for_web().wait_for_workers(CPU)


def message(body: bytes, content_type: str, encoding: str) -> str:
    """A task as Celery puts it into Redis."""
    return json.dumps(
        {
            "body": base64.b64encode(body).decode(),
            "content-type": content_type,
            "content-encoding": encoding,
            "headers": {"lang": "py", "task": "imajin.derive", "id": "evil", "root_id": "evil"},
            "properties": {
                "body_encoding": "base64",
                "delivery_tag": "evil",
                "delivery_info": {"exchange": "", "routing_key": CPU},
                "delivery_mode": 2,
                "priority": 0,
            },
        }
    )


@pytest.mark.parametrize("kind", ["application/x-python-serialize", "application/x-yaml"])
def test_a_message_that_is_no_json_is_refused_and_the_worker_lives(
    stack: Stack, redis_server: RedisServer, tmp_path: Path, kind: str
) -> None:
    trap = tmp_path / "sprung"
    worker = stack.programs[CPU]
    before = [child.pid for child in worker.pool()]
    with redis_server.client() as redis:
        redis.lpush(CPU, message(pickle.dumps(([Trap(trap)], {}, {})), kind, "binary"))
        wait_until(lambda: redis.llen(CPU) == 0, 30, "the worker took it")
    wait_until(lambda: "refus" in worker.text().lower(), 30, "the worker said no")

    assert stack.api.run("/derivatives", quick_request())["variants"]
    assert not trap.exists()
    assert [child.pid for child in worker.pool()] == before


def test_a_result_that_is_no_json_is_not_read(
    stack: Stack, redis_server: RedisServer, tmp_path: Path
) -> None:
    trap, job_id = tmp_path / "sprung", "f" * 32
    with redis_server.client() as redis:
        redis.set(f"celery-task-meta-{job_id}", pickle.dumps(Trap(trap)))
        for path in (f"/jobs/{job_id}", f"/jobs/{job_id}/result", f"/jobs/{job_id}/images/0"):
            answer = stack.api.get(path)
            assert answer.status_code == 404, answer.text
            assert_shape(answer.json())
        redis.delete(f"celery-task-meta-{job_id}")

    assert not trap.exists()
    assert stack.api.get("/healthz").status_code == 200
