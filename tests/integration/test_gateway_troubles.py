"""What the gateway answers while what it stands on is gone, hung or full."""

from __future__ import annotations

import base64
import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.harness.client import assert_error
from tests.harness.images import as_text
from tests.harness.programs import wait_until
from tests.harness.redis_server import RedisServer
from tests.harness.stack import Stack
from tests.pictures import file, photo

TORII = {"prompt": "a torii at dawn"}


@pytest.fixture(scope="module")
def redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    """A Redis server that the tests of this file may hurt."""
    with RedisServer(tmp_path_factory.mktemp("hurt-redis")) as server:
        yield server


@pytest.fixture(scope="module")
def web(redis: RedisServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A gateway on that Redis, with room for two jobs a queue."""
    folder = tmp_path_factory.mktemp("web")
    with Stack(folder, redis.url, queue_limit=2, web_workers=1) as stack:
        yield stack.start("web").wait_for_web()


def timed(web: Stack, method: str, path: str) -> tuple[httpx.Response, float]:
    """An answer and the seconds it took."""
    started = time.monotonic()
    body = TORII if method == "POST" and path.startswith("/generate") else None
    answer = web.api.http.request(method, path, json=body)
    return answer, time.monotonic() - started


def test_a_full_queue_says_so_and_takes_nothing(web: Stack) -> None:
    jobs = [web.api.submit("/generate", TORII) for _ in range(2)]

    answer = web.api.post("/generate/async", TORII)

    assert assert_error(answer, 503, "QUEUE_FULL") == {"depth": 2, "limit": 2}
    assert int(answer.headers["Retry-After"]) >= 1
    # Another queue has room, and a cancelled job makes some.
    assert web.api.post("/analyze-context/async", {"category": "temple"}).status_code == 202
    web.api.http.delete(f"/jobs/{jobs[0]}")
    jobs[0] = web.api.submit("/generate", TORII)
    for job_id in jobs:
        assert web.api.http.delete(f"/jobs/{job_id}").status_code == 202


@pytest.mark.parametrize("trouble", ["killed", "hung"])
def test_without_redis_every_route_says_so_within_a_second(
    web: Stack, redis: RedisServer, trouble: str
) -> None:
    job_id = web.api.submit("/generate", TORII)
    redis.kill() if trouble == "killed" else redis.pause()

    for method, path in (
        ("POST", "/generate/async"),
        ("POST", "/generate"),
        ("GET", f"/jobs/{job_id}"),
        ("GET", f"/jobs/{job_id}?wait=5"),
        ("GET", f"/jobs/{job_id}/result"),
        ("DELETE", f"/jobs/{job_id}"),
        ("GET", "/queues"),
        ("GET", "/readyz"),
    ):
        answer, seconds = timed(web, method, path)
        assert_error(answer, 503, "QUEUE_UNAVAILABLE")
        assert answer.headers["Retry-After"]
        assert seconds < 1.0, (method, path, seconds)
    assert timed(web, "GET", "/healthz")[0].status_code == 200
    assert timed(web, "GET", "/models")[0].status_code == 200

    redis.start() if trouble == "killed" else redis.resume()
    wait_until(lambda: web.api.get(f"/jobs/{job_id}").status_code == 200, 5, "the job is back")
    assert web.api.http.delete(f"/jobs/{job_id}").json()["status"] == "cancelled"


def test_a_queued_job_survives_a_restart_of_redis(web: Stack, redis: RedisServer) -> None:
    job_id = web.api.submit("/generate", TORII)
    # The append-only file is written each second.
    time.sleep(1.2)
    redis.kill()
    redis.start()

    assert web.api.job(job_id)["status"] == "queued"
    assert web.api.http.delete(f"/jobs/{job_id}").json()["status"] == "cancelled"
    assert web.api.get(f"/jobs/{job_id}?wait=1").json()["status"] == "cancelled"


@pytest.fixture
def full_folder(tmp_path: Path) -> Iterator[Path]:
    """A file system of 64 kB."""
    folder = tmp_path / "small"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(folder)]
    if os.geteuid() != 0 or subprocess.run(command, capture_output=True).returncode != 0:
        pytest.skip("a file system that is full needs the right to mount one")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


def image_of(size: int) -> dict[str, object]:
    """A request whose image has so many bytes."""
    data = base64.b64encode(os.urandom(size)).decode()
    return {"imageData": data, "preset": "web"}


def test_a_full_disk_refuses_the_image_and_accepts_no_job(
    redis: RedisServer, tmp_path: Path, full_folder: Path
) -> None:
    settings = {"blob_dir": full_folder, "web_workers": 1}
    with Stack(tmp_path / "stack", redis.url, **settings) as stack:
        stack.start("web").wait_for_web()

        answer = stack.api.post("/derivatives/async", image_of(100_000))
        assert_error(answer, 507, "STORAGE_FULL")
        # What is smaller than the room still fits: nothing of the refused one was left behind.
        small = stack.api.post("/derivatives/async", image_of(20_000))
        assert small.status_code == 202
        stack.api.http.delete(f"/jobs/{small.json()['jobId']}")
        depths = [queue["depth"] for queue in stack.api.get("/queues").json()["queues"]]
        assert depths[2] == 0


def test_a_blob_folder_that_is_none_is_storage_that_can_not_be_written(
    redis: RedisServer, tmp_path: Path
) -> None:
    (tmp_path / "blobs").write_text("a file where the folder should be")
    with Stack(tmp_path / "stack", redis.url, blob_dir=tmp_path / "blobs", web_workers=1) as stack:
        stack.start("web").wait_for_web()

        assert_error(stack.api.post("/derivatives/async", image_of(10)), 507, "STORAGE_FULL")


def test_a_disk_that_fills_up_later_fails_the_job_and_tells_why(
    redis: RedisServer, tmp_path: Path, full_folder: Path
) -> None:
    with Stack(tmp_path / "stack", redis.url, blob_dir=full_folder, web_workers=1) as stack:
        lane = "cpu_processing"
        stack.start("web", lane).wait_for_web().wait_for_workers(lane)
        variants = [{"name": "large", "width": 600, "enlarge": True, "format": "png"}]
        body = {"imageData": as_text(file(photo(120, 90), "JPEG")), "variants": variants}

        answer = stack.api.post("/derivatives", body)

        assert_error(answer, 507, "STORAGE_FULL")


@pytest.mark.parametrize(
    ("name", "value", "named"),
    [
        ("IMAJIN_PORTT", "8000", "IMAJIN_PORTT is not a setting of Imajin."),
        ("IMAJIN_WEB_WORKERS", "many", "IMAJIN_WEB_WORKERS='many' cannot be used"),
    ],
)
def test_a_bad_setting_stops_the_start_and_is_named(
    tmp_path: Path, name: str, value: str, named: str
) -> None:
    with Stack(tmp_path, "redis://127.0.0.1:1/0", **{name.removeprefix("IMAJIN_"): value}) as stack:
        web = stack.start("web").programs["web"]
        wait_until(lambda: not web.alive, 20, "the gateway ends")

        assert web.status != 0
        assert named in web.text()
