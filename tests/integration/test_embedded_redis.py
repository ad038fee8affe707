"""The Procfile's redis line: a server of our own that keeps its data and leaves nothing behind."""

from __future__ import annotations

import signal
import socket
import stat
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from redis import Redis
from redis.exceptions import AuthenticationError, RedisError

from config.redis_urls import ANNOUNCEMENT, Announcement, announced
from tests.harness.programs import Program, read_procfile, wait_until


def redis_line(folder: Path, name: str = "redis", **settings: object) -> Program:
    """The line on this data folder, not started yet."""
    environment = {"IMAJIN_DATA_DIR": folder / "data"} | settings
    return Program(name, read_procfile()["redis"], folder / f"{name}.log", environment)


def answering(folder: Path) -> bool:
    """Whether the announced server answers."""
    found = announced(folder / "data")
    if found is None:
        return False
    try:
        with client(found) as redis:
            return bool(redis.ping())
    except RedisError:
        return False


def client(found: Announcement) -> Redis:
    """A client of the announced server."""
    return Redis.from_url(found.url, decode_responses=True, socket_timeout=2)


def servers(line: Program) -> list[psutil.Process]:
    """The server processes below the line."""
    return [one for one in line.family() if one.name() == "redis-server"]


@pytest.fixture
def line(tmp_path: Path) -> Iterator[Program]:
    """The line, running and answering; whatever it left behind is ended."""
    program = redis_line(tmp_path).start()
    wait_until(lambda: answering(tmp_path), 10, "the embedded Redis answers")
    family = program.family()
    yield program
    program.stop()
    for process in family:
        if process.is_running():
            process.kill()


def test_it_listens_on_loopback_alone_and_keeps_its_data(tmp_path: Path, line: Program) -> None:
    found = announced(tmp_path / "data")
    assert found is not None
    with client(found) as redis:
        settings = redis.config_get("*")
        redis.set("kept", "yes")

    assert settings["appendonly"] == "yes"
    assert settings["appendfsync"] == "everysec"
    assert settings["maxmemory-policy"] == "noeviction"
    addresses = [
        one.laddr.ip for one in servers(line)[0].net_connections() if one.status == "LISTEN"
    ]
    assert addresses == ["127.0.0.1"]


def test_others_on_the_machine_find_the_port_and_not_the_password(
    tmp_path: Path, line: Program
) -> None:
    found = announced(tmp_path / "data")
    assert found is not None and len(found.password) == 64
    with (
        Redis(port=found.port, socket_timeout=2) as stranger,
        pytest.raises(AuthenticationError),
    ):
        stranger.ping()

    assert stat.S_IMODE((tmp_path / "data" / ANNOUNCEMENT).stat().st_mode) == 0o600
    lines = [" ".join(process.cmdline()) for process in line.family()]
    assert not [one for one in lines if found.password in one]
    assert found.password not in line.text()


def test_what_it_stored_is_there_after_a_restart(tmp_path: Path, line: Program) -> None:
    found = announced(tmp_path / "data")
    assert found is not None
    with client(found) as redis:
        redis.set("kept", "yes")
    line.stop()
    line.start()
    wait_until(lambda: answering(tmp_path), 10, "the embedded Redis answers again")

    again = announced(tmp_path / "data")
    assert again is not None
    with client(again) as redis:
        assert redis.get("kept") == "yes"


def test_a_server_that_dies_is_started_again_on_its_port(tmp_path: Path, line: Program) -> None:
    before = announced(tmp_path / "data")
    assert before is not None
    (server,) = servers(line)
    server.kill()
    server.wait(5)
    wait_until(lambda: answering(tmp_path), 10, "the embedded Redis answers again")

    assert announced(tmp_path / "data") == before
    assert servers(line)[0].pid != server.pid


def test_it_ends_with_its_process(tmp_path: Path, line: Program) -> None:
    (server,) = servers(line)

    assert line.stop() in (0, -signal.SIGTERM)
    wait_until(lambda: not server.is_running(), 5, "the server ended")
    assert announced(tmp_path / "data") is None
    assert not (tmp_path / "data" / "redis.json").exists()


def test_it_ends_with_its_process_even_where_that_is_killed(tmp_path: Path, line: Program) -> None:
    (server,) = servers(line)

    line.kill()

    wait_until(lambda: not server.is_running(), 5, "the server ended")
    assert announced(tmp_path / "data") is None


def test_two_servers_never_share_a_folder(tmp_path: Path, line: Program) -> None:
    second = redis_line(tmp_path, "second").start()
    wait_until(lambda: not second.alive, 10, "the second line ends")

    assert second.status == 1
    assert "already uses" in second.text()
    assert answering(tmp_path)


def test_with_redis_url_set_there_is_no_server(tmp_path: Path) -> None:
    program = redis_line(tmp_path, REDIS_URL="redis://127.0.0.1:1/0").start()
    try:
        wait_until(lambda: "no embedded Redis is started" in program.text(), 10, "it stands by")
        assert not servers(program)
        assert announced(tmp_path / "data") is None
    finally:
        status = program.stop()
    assert status in (0, -signal.SIGTERM)


def test_its_port_is_free_again_afterwards(tmp_path: Path, line: Program) -> None:
    found = announced(tmp_path / "data")
    assert found is not None
    line.stop()

    def refused() -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", found.port)) != 0

    wait_until(refused, 5, "the port is closed")
