"""The ACL file of docs/security.md, loaded as it stands: what each role can do and cannot."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from redis import Redis
from redis.exceptions import NoPermissionError, RedisError

from config.embedded_redis import free_port, server_command, server_program
from tests.harness.absent_workers import sign_on_everywhere
from tests.harness.images import quick_request
from tests.harness.programs import ROOT, Program, wait_until
from tests.harness.stack import Stack

CPU = "cpu_processing"
ROLES = ("gateway", "worker", "flower")
FORBIDDEN: dict[str, tuple[Any, ...]] = {
    "CONFIG GET": ("CONFIG", "GET", "*"),
    "CONFIG SET": ("CONFIG", "SET", "dir", "/tmp"),  # noqa: S108
    "KEYS": ("KEYS", "*"),
    "FLUSHALL": ("FLUSHALL",),
    "FLUSHDB": ("FLUSHDB",),
    "DEBUG": ("DEBUG", "SLEEP", "0"),
    "MODULE": ("MODULE", "LIST"),
    "SHUTDOWN": ("SHUTDOWN", "NOSAVE"),
    "MONITOR": ("MONITOR",),
    "ACL": ("ACL", "LIST"),
    "REPLICAOF": ("REPLICAOF", "127.0.0.1", "1"),
    "SAVE": ("SAVE",),
}
# What other roles may read or write, and this one may not.
NOT_THEIRS = {
    "gateway": (("GET", "unacked"), ("GET", "elsewhere"), ("PUBLISH", "/0.celery.pidbox", "x")),
    "worker": (("GET", "elsewhere"), ("SET", "elsewhere", "x"), ("PUBLISH", "other", "x")),
    "flower": (
        ("HGETALL", "imajin:job:x"),
        ("GET", "celery-task-meta-x"),
        ("SET", "elsewhere", "x"),
    ),
}


class Guarded:
    """A Redis server with the documented users."""

    def __init__(self, folder: Path) -> None:
        text = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
        found = re.search(r"^```acl\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
        assert found, "docs/security.md holds an ACL file"
        users = folder / "users.acl"
        users.write_text(found[1], encoding="utf-8")
        self.port = free_port()
        command = [*server_command(server_program(), self.port, folder), "--aclfile", str(users)]
        self.program = Program("redis-acl", command, folder / "redis.log", {}).start()
        wait_until(self._answers, 20, "Redis answers its operator")

    def url(self, role: str) -> str:
        """The URL of one role."""
        return f"redis://{role}:{role}-password@127.0.0.1:{self.port}/0"

    def client(self, role: str) -> Redis:
        """A client of one role; to be closed by the caller."""
        return Redis.from_url(self.url(role), decode_responses=True)

    def _answers(self) -> bool:
        assert self.program.alive, self.program.text()
        try:
            with self.client("operator") as client:
                return bool(client.ping())
        except RedisError:
            return False


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guarded]:
    """The server."""
    server = Guarded(tmp_path_factory.mktemp("acl"))
    yield server
    server.program.stop()


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("words", FORBIDDEN.values(), ids=FORBIDDEN.keys())
def test_no_role_has_a_dangerous_command(
    guarded: Guarded, role: str, words: tuple[Any, ...]
) -> None:
    with guarded.client(role) as client, pytest.raises(NoPermissionError):
        client.execute_command(*words)


@pytest.mark.parametrize("role", ROLES)
def test_no_role_reaches_what_is_anothers(guarded: Guarded, role: str) -> None:
    with guarded.client(role) as client:
        for words in NOT_THEIRS[role]:
            with pytest.raises(NoPermissionError):
                client.execute_command(*words)


def test_nobody_gets_in_without_a_name(guarded: Guarded) -> None:
    with (
        Redis.from_url(f"redis://127.0.0.1:{guarded.port}/0") as client,
        pytest.raises(RedisError, match="authenticat"),
    ):
        client.ping()


def test_a_job_runs_and_is_cancelled_and_nothing_was_denied(
    guarded: Guarded, tmp_path: Path
) -> None:
    with guarded.client("operator") as operator:
        operator.execute_command("ACL", "LOG", "RESET")
    with Stack(tmp_path, guarded.url("gateway")) as stack:
        stack.start("web").wait_for_web()
        worker = {"REDIS_URL": guarded.url("worker")}
        stack.settings |= worker
        stack.start(CPU).wait_for_workers(CPU)
        stack.settings |= {"REDIS_URL": guarded.url("flower")}
        stack.start("flower")
        done = stack.api.post("/derivatives", quick_request())
        assert done.status_code == 200, done.text
        waiting = stack.api.submit("/generate", {"prompt": "a torii"})
        assert stack.api.http.delete(f"/jobs/{waiting}").status_code == 202
        assert stack.api.get("/readyz").json()["code"] == "QUEUE_UNAVAILABLE"  # two lanes are off

        def flower_sees_the_worker() -> bool:
            with guarded.client("operator") as operator:
                sign_on_everywhere(operator)
            address = f"http://127.0.0.1:{stack.flower_port}/api/workers?refresh=1"
            try:
                answer = httpx.get(address, timeout=30)
            except httpx.TransportError:
                return False
            return any(name.startswith(CPU) for name in answer.json())

        wait_until(flower_sees_the_worker, 120, "Flower sees the worker", pause=1)
    with guarded.client("operator") as operator:
        denied = [
            (entry["username"], entry["reason"], entry["object"])
            for entry in operator.execute_command("ACL", "LOG")
        ]
    # Names of clients are a courtesy of redis-py, which does without where it may not.
    assert [one for one in denied if not one[2].startswith("client")] == []
