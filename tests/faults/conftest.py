"""One small service that the tests of this folder may hurt, and the notes they leave."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from config.settings import Settings
from tests.faults.watching import LANE, LEASE
from tests.harness.programs import Program, wait_until
from tests.harness.redis_server import RedisServer
from tests.harness.stack import Stack

NOTES: list[str] = []


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Show what was done in another way than docs/reliability.md has it."""
    for note in NOTES:
        terminalreporter.write_line(f"NOTE {note}", yellow=True)


@pytest.fixture
def note(request: pytest.FixtureRequest) -> Callable[[str], None]:
    """Say at the end of the run what this test did instead of what its row asks for."""
    return lambda text: NOTES.append(f"{request.node.nodeid}: {text}")


@pytest.fixture(scope="package")
def redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    """A Redis server that the tests of this folder may hurt."""
    with RedisServer(tmp_path_factory.mktemp("fault-redis")) as server:
        yield server


@pytest.fixture(scope="package")
def stack(redis: RedisServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A gateway and one worker with short leases."""
    folder = tmp_path_factory.mktemp("faults")
    with Stack(folder, redis.url, lease_seconds=LEASE, web_workers=1) as found:
        yield found.start("web", LANE).wait_for_web().wait_for_workers(LANE)


@pytest.fixture
def worker(stack: Stack) -> Program:
    """The worker, running and with a child."""
    program = stack.programs[LANE]
    if not program.alive:
        program.start()
    wait_until(program.pool, 60, "the worker has a child")
    return program


@pytest.fixture
def settings(stack: Stack, redis: RedisServer) -> Settings:
    """The settings that the gateway of this folder runs with."""
    return Settings(redis_url=redis.url, data_dir=stack.data, lease_seconds=LEASE)
