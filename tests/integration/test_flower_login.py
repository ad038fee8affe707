"""Flower behind a login wherever other machines could reach it."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from app.flower import arguments
from config.settings import Settings, SettingsError
from tests.harness.absent_workers import sign_off_everywhere, sign_on_everywhere
from tests.harness.programs import wait_until
from tests.harness.redis_server import RedisServer
from tests.harness.stack import Stack


def settings(**given: object) -> Settings:
    """Settings with these and a Redis that nobody asks."""
    return Settings(redis_url="redis://127.0.0.1:1/0", **given)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "10.1.2.3"])  # noqa: S104
def test_it_does_not_start_open_to_others(host: str) -> None:
    with pytest.raises(SettingsError, match="IMAJIN_FLOWER_BASIC_AUTH"):
        arguments(settings(flower_host=host))

    assert "--basic_auth=boss:secret" in arguments(
        settings(flower_host=host, flower_basic_auth="boss:secret")
    )


@pytest.mark.parametrize("login", ["boss", ":secret", "boss:", "boss:a,b:c"])
def test_a_login_that_is_none_is_refused_without_being_shown(login: str) -> None:
    with pytest.raises(SettingsError) as caught:
        arguments(settings(flower_basic_auth=login))

    assert login not in str(caught.value)


def test_on_loopback_it_needs_no_login() -> None:
    assert not [one for one in arguments(settings()) if "auth" in one]


def test_the_procfiles_line_asks_for_the_login(redis_server: RedisServer, tmp_path: Path) -> None:
    login = {"flower_host": "0.0.0.0", "flower_basic_auth": "boss:secret"}  # noqa: S104
    with Stack(tmp_path, redis_server.url, **login) as stack, redis_server.client() as redis:
        stack.start("flower")
        address = f"http://127.0.0.1:{stack.flower_port}"

        def listens() -> bool:
            sign_on_everywhere(redis)
            assert stack.programs["flower"].alive, stack.programs["flower"].text()
            try:
                return httpx.get(f"{address}/healthcheck", timeout=5).status_code == 200
            except httpx.TransportError:
                return False

        wait_until(listens, 120, "Flower listens", pause=0.5)
        sign_off_everywhere(redis)
        for path in ("/api/workers", "/api/tasks", "/workers", "/"):
            assert httpx.get(address + path).status_code == 401, path
            assert httpx.get(address + path, auth=("boss", "wrong")).status_code == 401, path
        assert httpx.get(f"{address}/api/workers", auth=("boss", "secret")).status_code == 200
        assert "secret" not in stack.programs["flower"].text()
        cmdlines = [one.cmdline() for one in stack.programs["flower"].family()]
        assert "secret" not in str(cmdlines)
