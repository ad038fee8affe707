"""A blob folder that is full or read-only, and the cleaner beside open jobs; real processes."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.harness.client import assert_error
from tests.harness.images import quick_request, slow_request
from tests.harness.programs import wait_until
from tests.harness.redis_server import RedisServer
from tests.harness.stack import Stack

CPU = "cpu_processing"


def mount(*arguments: str) -> bool:
    """Run mount; False where this machine does not let us."""
    return subprocess.run(["mount", *arguments], capture_output=True, check=False).returncode == 0


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of four megabytes."""
    folder = tmp_path / "disk"
    folder.mkdir()
    if not mount("-t", "tmpfs", "-o", "size=4m", "tmpfs", str(folder)):
        pytest.skip("mounting a small disk needs root")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


@pytest.fixture
def stack(disk: Path, redis_server: RedisServer, tmp_path: Path) -> Iterator[Stack]:
    """A gateway whose blobs lie on that disk."""
    with redis_server.client() as redis:
        redis.flushall()
    folder = tmp_path / "stack"
    with Stack(folder, redis_server.url, blob_dir=disk / "blobs", storage_patience=4) as found:
        yield found.start("web").wait_for_web()


def fill(disk: Path) -> Path:
    """Leave no room on the disk."""
    filler = disk / "filler"
    with filler.open("wb", buffering=0) as file, suppress(OSError):
        while True:
            file.write(b"\0" * 4096)
    return filler


def half_files(disk: Path) -> list[Path]:
    """What a writer left behind."""
    return list((disk / "blobs").glob("??/.*"))


def test_a_full_disk_accepts_nothing_and_heals(stack: Stack, disk: Path) -> None:
    filler = fill(disk)
    answer = stack.api.post("/derivatives/async", quick_request())
    assert_error(answer, 507, "STORAGE_FULL")
    assert half_files(disk) == []
    assert stack.api.get("/healthz").status_code == 200
    queues = stack.api.get("/queues").json()["queues"]
    assert sum(queue["depth"] for queue in queues) == 0

    filler.unlink()

    assert stack.api.post("/derivatives/async", quick_request()).status_code == 202


def test_a_read_only_disk_accepts_nothing_and_heals(stack: Stack, disk: Path) -> None:
    assert mount("-o", "remount,ro", str(disk))
    assert_error(stack.api.post("/derivatives/async", quick_request()), 507, "STORAGE_FULL")

    assert mount("-o", "remount,rw", str(disk))

    assert stack.api.post("/derivatives/async", quick_request()).status_code == 202


def test_a_worker_waits_for_room_and_goes_on(stack: Stack, disk: Path) -> None:
    job_id = stack.api.submit("/derivatives", quick_request())
    filler = fill(disk)
    stack.start(CPU, storage_patience=120)
    wait_until(
        lambda: "storage.waiting STORAGE_FULL" in stack.programs[CPU].text(), 120, "it waits"
    )
    assert half_files(disk) == []

    filler.unlink()

    assert stack.api.ended(job_id)["status"] == "succeeded"


def test_a_worker_that_waited_in_vain_says_so_and_works_on(stack: Stack, disk: Path) -> None:
    job_id = stack.api.submit("/derivatives", quick_request())
    filler = fill(disk)
    stack.start(CPU)
    job = stack.api.ended(job_id, 120)

    assert job["error"]["code"] == "STORAGE_FULL"
    assert_error(stack.api.get(f"/jobs/{job_id}/result"), 507, "STORAGE_FULL")
    assert half_files(disk) == []
    filler.unlink()
    assert stack.api.run("/derivatives", quick_request())["variants"]


def test_the_cleaner_takes_what_is_over_and_never_an_open_jobs_input(
    redis_server: RedisServer, tmp_path: Path
) -> None:
    with redis_server.client() as redis:
        redis.flushall()
    with Stack(tmp_path / "stack", redis_server.url) as stack:
        stack.start("web").wait_for_web()
        job_id = stack.api.submit("/derivatives", slow_request(1))
        (source,) = (path for path in stack.blobs.rglob("*") if path.is_file())
        over = source.parent / ("f" * 64)
        over.write_bytes(b"nobody's")
        for path in (source, over):
            os.utime(path, (1, 1))
        stack.start(CPU)
        wait_until(lambda: not over.exists(), 120, "what is over is gone")

        assert source.exists()
        assert stack.api.ended(job_id, 120)["status"] == "succeeded"
