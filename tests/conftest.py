"""Fixtures that several kinds of test share, and the services' logs beside a failure."""

from __future__ import annotations

from collections.abc import Generator, Iterator

import pytest

from tests.harness.client import Api
from tests.harness.redis_server import RedisServer
from tests.harness.stack import LANES, RUNNING, Stack


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Show the end of each running program's log where a test failed."""
    report = yield
    if report.failed:
        for stack in RUNNING:
            for name, text in stack.logs().items():
                report.sections.append((f"{stack.folder.name}/{name}.log", text))
    return report


@pytest.fixture(scope="session")
def redis_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    """A real Redis server that no test kills."""
    with RedisServer(tmp_path_factory.mktemp("redis")) as server:
        yield server


@pytest.fixture(scope="session")
def gateway(redis_server: RedisServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """The Procfile's web line alone: jobs are accepted and stay in their queues."""
    folder = tmp_path_factory.mktemp("gateway")
    with Stack(folder, redis_server.url, max_body_bytes=2_000_000) as stack:
        yield stack.start("web").wait_for_web()


@pytest.fixture(scope="session")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """All of the Procfile with the embedded Redis and the starter models, engines warm."""
    with Stack(tmp_path_factory.mktemp("service")) as stack:
        stack.start("redis", "web", *LANES, "flower")
        stack.wait_for_web().wait_for_workers(*LANES)
        yield stack


@pytest.fixture
def api(service: Stack) -> Api:
    """A client of the whole service."""
    return service.api
