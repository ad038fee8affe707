import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from config.redis_urls import (
    ANNOUNCEMENT,
    Announcement,
    RedisNotRunning,
    announce,
    announced,
    redis_url,
    withdraw,
)
from config.settings import Settings


def test_redis_url_comes_first(tmp_path: Path) -> None:
    announce(tmp_path, Announcement(1234, os.getpid()))
    settings = Settings(redis_url="rediss://example.org:6380/2", data_dir=tmp_path)

    assert redis_url(settings) == "rediss://example.org:6380/2"


def test_an_announced_server_is_found_until_it_is_withdrawn(tmp_path: Path) -> None:
    announce(tmp_path, Announcement(1234, os.getpid()))

    assert redis_url(Settings(data_dir=tmp_path)) == "redis://127.0.0.1:1234/0"
    withdraw(tmp_path)
    assert announced(tmp_path) is None
    withdraw(tmp_path)


def test_the_announcement_of_a_dead_process_counts_for_nothing(tmp_path: Path) -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    announce(tmp_path, Announcement(1234, gone.pid))

    assert announced(tmp_path) is None


@pytest.mark.parametrize("text", ["", "{", "[]", '{"port": 1}', '{"port": 1, "pid": 2, "x": 3}'])
def test_a_damaged_announcement_counts_for_nothing(tmp_path: Path, text: str) -> None:
    (tmp_path / ANNOUNCEMENT).write_text(text)

    assert announced(tmp_path) is None


def test_a_process_that_starts_first_waits_for_the_announcement(tmp_path: Path) -> None:
    late = threading.Timer(0.3, announce, (tmp_path, Announcement(1234, os.getpid())))
    late.start()

    assert redis_url(Settings(data_dir=tmp_path), wait_seconds=10).endswith(":1234/0")
    late.join()


def test_where_no_server_comes_it_is_said_what_to_do(tmp_path: Path) -> None:
    started = time.monotonic()
    with pytest.raises(RedisNotRunning, match=r"make up.*REDIS_URL"):
        redis_url(Settings(data_dir=tmp_path), wait_seconds=0.2)

    assert time.monotonic() - started < 5
