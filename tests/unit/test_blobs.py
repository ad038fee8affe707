import hashlib
import os
import stat
import time
from pathlib import Path

import pytest

from app.blobs.folder import FolderBlobs
from app.contracts.blobs import BlobRef
from app.contracts.errors import ResultExpired, StorageFull


@pytest.fixture
def blobs(tmp_path: Path) -> FolderBlobs:
    """A store whose blobs live a hundred seconds."""
    return FolderBlobs(tmp_path / "blobs", 100)


def files(tmp_path: Path) -> list[Path]:
    """Every file in the store."""
    return [path for path in (tmp_path / "blobs").rglob("*") if path.is_file()]


def test_bytes_come_back_under_their_hash(blobs: FolderBlobs) -> None:
    data = os.urandom(10_000)
    ref = blobs.put(data, "image/png")

    assert ref == BlobRef(hashlib.sha256(data).hexdigest(), 10_000, "image/png")
    assert blobs.get(ref) == data
    assert BlobRef.from_json(ref.as_json()) == ref


def test_the_same_bytes_are_stored_once(blobs: FolderBlobs, tmp_path: Path) -> None:
    refs = [blobs.put(b"the same", kind) for kind in ("image/png", "image/webp")]

    assert refs[0].sha256 == refs[1].sha256
    assert len(files(tmp_path)) == 1


def test_nobody_else_on_the_machine_may_read_a_blob(blobs: FolderBlobs, tmp_path: Path) -> None:
    blobs.put(b"private", "image/png")

    assert all(stat.S_IMODE(path.stat().st_mode) & 0o077 == 0 for path in files(tmp_path))


def test_a_missing_blob_has_expired(blobs: FolderBlobs) -> None:
    with pytest.raises(ResultExpired):
        blobs.get(BlobRef("0" * 64, 1, "image/png"))


def test_old_blobs_go_and_touched_ones_stay(blobs: FolderBlobs, tmp_path: Path) -> None:
    old, kept, young = (blobs.put(data, "image/png") for data in (b"old", b"kept", b"young"))
    past = time.time() - 101
    for path in files(tmp_path):
        if path.name != young.sha256:
            os.utime(path, (past, past))
    blobs.touch(kept)
    blobs.touch(BlobRef("0" * 64, 1, "image/png"))

    assert blobs.sweep() == 1
    assert blobs.get(kept) == b"kept" and blobs.get(young) == b"young"
    with pytest.raises(ResultExpired):
        blobs.get(old)


def test_storing_again_starts_the_time_anew(blobs: FolderBlobs, tmp_path: Path) -> None:
    blobs.put(b"again", "image/png")
    past = time.time() - 101
    os.utime(files(tmp_path)[0], (past, past))
    blobs.put(b"again", "image/png")

    assert blobs.sweep() == 0


def test_what_a_crash_left_half_written_is_cleaned_too(blobs: FolderBlobs, tmp_path: Path) -> None:
    blobs.put(b"whole", "image/png")
    draft = files(tmp_path)[0].parent / ".draft"
    draft.write_bytes(b"half")
    past = time.time() - 101
    os.utime(draft, (past, past))

    assert blobs.sweep() == 1
    assert not draft.exists()


@pytest.mark.parametrize("name", ["blobs", "blobs/" + hashlib.sha256(b"x").hexdigest()[:2]])
def test_a_store_that_can_not_be_written_is_full(tmp_path: Path, name: str) -> None:
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_text("a file where a folder should be")
    blobs = FolderBlobs(tmp_path / "blobs", 100)

    with pytest.raises(StorageFull):
        blobs.put(b"x", "image/png")


def test_check_finds_out_beforehand(blobs: FolderBlobs, tmp_path: Path) -> None:
    blobs.check()
    (tmp_path / "other").write_text("a file where the folder should be")

    with pytest.raises(StorageFull):
        FolderBlobs(tmp_path / "other", 100).check()
