"""Moderation of pictures through gateway and worker, with a tiny classifier that dislikes red."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from app import celery_apps
from app.blobs.folder import FolderBlobs
from app.contracts.tasks import FINISH, GENERATE
from app.ledger import Ledger
from app.ledger_records import Claim
from app.messages import sender
from app.redis_clients import gateway_client
from config.settings import Settings
from tests import pictures
from tests.harness.images import as_picture
from tests.harness.programs import Program, read_procfile, wait_until
from tests.harness.redis_server import RedisServer
from tests.harness.stack import Stack
from tests.tiny_classifier import write_tiny_classifier

CPU = "cpu_processing"
RED, BLUE = (230, 20, 20), (20, 20, 230)


@pytest.fixture(scope="module")
def redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    """A server of its own, for other tests leave jobs in theirs."""
    with RedisServer(tmp_path_factory.mktemp("redis")) as server:
        yield server


@pytest.fixture(scope="module")
def stack(redis: RedisServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Gateway and cpu_processing; the tests play the diffusion worker."""
    folder = tmp_path_factory.mktemp("moderated")
    model = write_tiny_classifier(folder / "classifier")
    with Stack(folder, redis.url, moderation_model=model) as stack:
        yield stack.start("web", CPU).wait_for_web().wait_for_workers(CPU)


def painted(stack: Stack, redis_url: str, mode: str, *colours: tuple[int, int, int]) -> str:
    """The id of a job whose pictures come out in these colours."""
    body = {"prompt": "a flag", "numImages": len(colours), "moderation": {"mode": mode}}
    job_id = stack.api.submit("/generate", body)
    settings = Settings.from_env({"REDIS_URL": redis_url})
    send = sender(celery_apps.publisher(settings, redis_url))
    ledger = Ledger(gateway_client(settings, redis_url), settings, send)
    claim = ledger.claim(job_id, GENERATE.step, "test@here", uuid.uuid4().hex)
    assert isinstance(claim, Claim), claim
    blobs = FolderBlobs(stack.blobs, 600)
    images = []
    for seed, colour in enumerate(colours):
        ref = blobs.put(pictures.ppm(Image.new("RGB", (96, 64), colour)), "image/x-portable-pixmap")
        images.append({"blob": ref.as_json(), "width": 96, "height": 64, "seed": seed})
    kept = {"recipe": claim.payload["recipe"], "options": claim.payload["options"]}
    ledger.advance(claim, FINISH.step, {**kept, "images": images, "adjustments": [], "timings": {}})
    return job_id


def test_one_blocked_picture_does_not_lose_the_others(stack: Stack, redis: RedisServer) -> None:
    job_id = painted(stack, redis.url, "block", RED, BLUE)

    answer = stack.api.result(job_id)

    blocked, given = answer["images"]
    assert blocked["moderation"]["action"] == "blocked" and "imageData" not in blocked
    assert blocked["error"]["code"] == "MODERATION_BLOCKED"
    assert given["moderation"] == {
        "flagged": False,
        "action": "none",
        "categories": {},
        "scores": given["moderation"]["scores"],
    }
    assert answer["imageData"] == given["imageData"] and answer["seed"] == 1
    assert "error" not in answer
    assert stack.api.get(f"/jobs/{job_id}/images/0").json()["code"] == "MODERATION_BLOCKED"
    assert stack.api.get(f"/jobs/{job_id}/images/1").status_code == 200
    first = stack.api.get(f"/jobs/{job_id}/result", Accept="image/png")
    assert pictures.opened(first.content).getpixel((5, 5)) == BLUE
    source = {"sourceJob": {"jobId": job_id, "index": 0}, "variants": [{"name": "a"}]}
    assert stack.api.post("/derivatives", source).json()["code"] == "MODERATION_BLOCKED"


def test_a_job_of_blocked_pictures_alone_fails(stack: Stack, redis: RedisServer) -> None:
    job = stack.api.ended(painted(stack, redis.url, "block", RED, RED))

    assert job["error"]["code"] == "MODERATION_BLOCKED"
    assert job["error"]["details"]["stage"] == "image"
    assert list(job["error"]["details"]["categories"]) == ["sexual"]


@pytest.mark.parametrize(("mode", "action"), [("flag", "flagged"), ("blur", "blurred")])
def test_the_other_modes_give_every_picture_out(
    stack: Stack, redis: RedisServer, mode: str, action: str
) -> None:
    answer = stack.api.result(painted(stack, redis.url, mode, BLUE, RED))

    assert [one["moderation"]["action"] for one in answer["images"]] == ["none", action]
    assert all(as_picture(one["imageData"]).size == (96, 64) for one in answer["images"])
    assert answer["images"][1]["moderation"]["flagged"]


def test_a_classifier_of_no_use_stops_the_worker_and_is_named(
    redis: RedisServer, tmp_path: Path
) -> None:
    settings = {
        "REDIS_URL": redis.url,
        "IMAJIN_DATA_DIR": tmp_path,
        "IMAJIN_MODERATION_MODEL": tmp_path / "nowhere",
    }
    worker = Program(CPU, read_procfile()[CPU], tmp_path / "log", settings).start()
    try:
        wait_until(lambda: not worker.alive, 60, "the worker gave up")
        assert worker.status != 0
        assert "IMAJIN_MODERATION_MODEL=" in worker.text()
    finally:
        worker.kill()
