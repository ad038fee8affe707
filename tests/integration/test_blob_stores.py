"""Every kind of blob store keeps the one promise: folder, S3 over the wire, fsspec."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app.blobs import blob_store
from app.blobs.folder import FolderBlobs
from app.blobs.fsspec import FsspecBlobs
from app.blobs.s3 import S3Blobs
from app.contracts.blobs import BlobRef, BlobStore
from app.contracts.errors import ResultExpired, StorageUnavailable
from config.embedded_redis import free_port
from config.settings import Settings, SettingsError
from tests.harness.images import quick_request
from tests.harness.programs import wait_until
from tests.harness.s3_server import BUCKET, KEYS, S3Server
from tests.harness.stack import Stack

Make = Callable[[int], BlobStore]
KINDS = ("folder", "s3", "fsspec")
ABSENT = BlobRef("0" * 64, 1, "image/png")


@pytest.fixture(scope="module")
def s3(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    """A running S3 server."""
    server = S3Server(tmp_path_factory.mktemp("s3")).start()
    yield server
    server.program.stop()


@pytest.fixture(params=KINDS)
def make(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Make:
    """Makes stores of one kind over the same place, each with its time to live in seconds."""
    if request.param == "folder":
        return lambda ttl: FolderBlobs(tmp_path / "blobs", ttl)
    if request.param == "fsspec":
        return lambda ttl: FsspecBlobs.from_url(f"local://{tmp_path}/blobs", ttl)
    for name, value in KEYS.items():
        monkeypatch.setenv(name, value)
    url = request.getfixturevalue("s3").url(tmp_path.name)
    return lambda ttl: S3Blobs.from_url(url, ttl)


def test_bytes_come_back_under_their_hash(make: Make) -> None:
    data = os.urandom(300_000)
    ref = make(100).put(data, "image/png")

    assert make(100).get(ref) == data
    assert make(100).put(data, "image/png") == ref


def test_what_is_not_there_has_expired(make: Make) -> None:
    with pytest.raises(ResultExpired):
        make(100).get(ABSENT)


def test_a_touch_of_what_is_not_there_makes_nothing(make: Make) -> None:
    make(100).touch(ABSENT)

    with pytest.raises(ResultExpired):
        make(100).get(ABSENT)


def test_a_check_passes_and_leaves_no_blob(make: Make) -> None:
    store = make(-10)
    store.check()

    assert store.sweep() == 0


def test_the_cleaner_takes_what_is_over_and_leaves_what_was_touched(make: Make) -> None:
    store = make(3)
    old, kept = store.put(b"old", "image/png"), store.put(b"kept", "image/png")
    removed = 0

    def old_is_gone() -> bool:
        nonlocal removed
        store.touch(kept)
        removed += store.sweep()
        return removed > 0

    wait_until(old_is_gone, 30, "the old blob was removed", pause=0.3)
    assert removed == 1
    assert store.get(kept) == b"kept"
    with pytest.raises(ResultExpired):
        store.get(old)


def test_storing_again_starts_the_time_anew(make: Make) -> None:
    store = make(4)
    ref = store.put(b"again", "image/png")
    end = time.monotonic() + 6
    while time.monotonic() < end:
        store.put(b"again", "image/png")
        assert store.sweep() == 0
        time.sleep(0.5)

    assert store.get(ref) == b"again"


def test_many_may_store_the_same_at_once(make: Make) -> None:
    store, data = make(100), os.urandom(50_000)
    refs: list[BlobRef] = []
    threads = [
        threading.Thread(target=lambda: refs.append(store.put(data, "image/png"))) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    assert len(refs) == 8 and set(refs) == {refs[0]}
    assert make(-10).sweep() == 1


def test_two_cleaners_at_once_count_each_blob_once(make: Make) -> None:
    for number in range(10):
        make(100).put(b"blob %d" % number, "image/png")
    counts: list[int] = []
    threads = [threading.Thread(target=lambda: counts.append(make(-10).sweep())) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    assert len(counts) == 3 and sum(counts) >= 10
    assert make(-10).sweep() == 0


def test_a_put_never_loses_against_the_cleaner_of_the_folder(tmp_path: Path) -> None:
    store = FolderBlobs(tmp_path / "blobs", 100)
    ref = store.put(b"contested", "image/png")
    (path,) = (path for path in (tmp_path / "blobs").rglob("*") if path.is_file())
    for turn in range(300):
        os.utime(path, (1, 1))
        cleaner = threading.Thread(target=store.sweep)
        cleaner.start()
        if turn % 2:
            store.put(b"contested", "image/png")
            cleaner.join(60)
            assert store.get(ref) == b"contested"
        else:
            store.touch(ref)  # too late is possible, half is not
            cleaner.join(60)
            store.put(b"contested", "image/png")


def test_the_folders_cleaner_takes_dead_drafts_and_nothing_foreign(tmp_path: Path) -> None:
    store = FolderBlobs(tmp_path / "blobs", 10_000)
    blob = store.put(b"young", "image/png")
    shard = tmp_path / "blobs" / blob.sha256[:2]
    dead, live, foreign = shard / ".dead", shard / ".live", shard / "readme.txt"
    for path in (dead, live, foreign):
        path.write_bytes(b"half")
    for path in (dead, foreign):
        os.utime(path, (1, 1))

    assert store.sweep() == 1
    assert not dead.exists() and live.exists() and foreign.exists()
    assert store.get(blob) == b"young"


def test_s3_keeps_to_its_prefix(s3: S3Server, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in KEYS.items():
        monkeypatch.setenv(name, value)
    s3.client.put_object(Bucket=BUCKET, Key="other/aa/" + "a" * 64, Body=b"x")
    s3.client.put_object(Bucket=BUCKET, Key="mine/readme.txt", Body=b"x")
    store = S3Blobs.from_url(s3.url("mine"), -10)
    ref = store.put(b"blob", "image/webp")

    assert s3.keys("mine/") == [f"mine/{ref.sha256[:2]}/{ref.sha256}", "mine/readme.txt"]
    assert store.sweep() == 1
    assert s3.keys("mine/") == ["mine/readme.txt"]
    assert len(s3.keys("other/")) == 1


def test_a_server_that_is_away_is_said_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in KEYS.items():
        monkeypatch.setenv(name, value)
    url = f"s3://imajin?endpoint_url=http://127.0.0.1:{free_port()}&region_name=us-east-1"
    store, began = S3Blobs.from_url(url, 60), time.monotonic()

    for act in (lambda: store.put(b"x", "image/png"), lambda: store.get(ABSENT), store.check):
        with pytest.raises(StorageUnavailable):
            act()
    assert time.monotonic() - began < 40


def test_a_missing_bucket_is_no_expired_picture(
    s3: S3Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in KEYS.items():
        monkeypatch.setenv(name, value)
    store = S3Blobs.from_url(s3.url("x").replace(f"//{BUCKET}/", "//nowhere/"), 60)

    with pytest.raises(StorageUnavailable):
        store.put(b"x", "image/png")


@pytest.mark.parametrize(
    "url",
    ["s3://", "s3://key:secret@bucket/x", "s3://bucket?colour=red", "nothing://x"],
)
def test_a_url_that_cannot_be_used_stops_the_start(url: str) -> None:
    with pytest.raises(SettingsError, match="IMAJIN_BLOB_URL"):
        blob_store(Settings(redis_url="redis://127.0.0.1:1/0", blob_url=url))


def test_file_urls_and_no_url_are_folders(tmp_path: Path) -> None:
    for given in ({"blob_url": f"file://{tmp_path}/a"}, {"data_dir": tmp_path / "b"}):
        store = blob_store(Settings(redis_url="redis://127.0.0.1:1/0", **given))
        assert isinstance(store, FolderBlobs)
        store.check()
    assert (tmp_path / "a").is_dir() and (tmp_path / "b" / "blobs").is_dir()


@pytest.mark.parametrize("kind", ["s3", "fsspec"])
def test_a_job_runs_from_the_gateway_through_a_worker_to_its_picture(
    kind: str, s3: S3Server, tmp_path: Path
) -> None:
    url = s3.url("service") if kind == "s3" else f"local://{tmp_path}/elsewhere"
    with Stack(tmp_path / "stack", blob_url=url, storage_patience=2) as stack:
        stack.settings |= KEYS
        stack.start("redis", "web", "cpu_processing").wait_for_web()
        stack.wait_for_workers("cpu_processing")
        job_id = stack.api.submit("/derivatives", quick_request())
        assert stack.api.result(job_id)["variants"][0]["width"] == 32
        picture = stack.api.get(f"/jobs/{job_id}/images/0")

        assert picture.headers["Content-Type"] == "image/png"
        disposition = picture.headers["Content-Disposition"]
        assert disposition == f'attachment; filename="{job_id}-0.png"'
        assert picture.content.startswith(b"\x89PNG")
        assert not stack.blobs.exists()
        if kind == "s3":
            assert len(s3.keys("service/")) >= 2
