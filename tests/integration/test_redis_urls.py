"""Sentinel and TLS URLs reach every client of Redis: gateway, Celery, worker and sweeper."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from config.embedded_redis import free_port, server_program
from tests.harness.client import assert_error
from tests.harness.images import quick_request
from tests.harness.programs import Program, wait_until
from tests.harness.redis_server import RedisServer
from tests.harness.stack import Stack

LANE = "cpu_processing"


@pytest.fixture(scope="module")
def redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    """A Redis server whose queues are this file's alone."""
    with RedisServer(tmp_path_factory.mktemp("urls-redis")) as server:
        yield server


@pytest.fixture
def sentinel(redis: RedisServer, tmp_path: Path) -> Iterator[str]:
    """A Sentinel that watches the Redis server under a name of its own; its URL."""
    port = free_port()
    conf = tmp_path / "sentinel.conf"
    conf.write_text(
        f"port {port}\nbind 127.0.0.1\ndir {tmp_path}\n"
        f"sentinel monitor pictures 127.0.0.1 {redis.port} 1\n"
    )
    command = [server_program(), str(conf), "--sentinel"]
    program = Program("sentinel", command, tmp_path / "sentinel.log", {}).start()
    wait_until(lambda: "+monitor" in program.text(), 10, "the Sentinel watches")
    yield f"sentinel://127.0.0.1:{port}/0"
    program.stop()


@pytest.fixture
def tls(redis: RedisServer, tmp_path: Path) -> Iterator[tuple[int, Path]]:
    """A TLS front before the Redis server: its port and the certificate to trust."""
    port = free_port()
    certificate, key = certify(tmp_path, "front")
    module = [sys.executable, "-m", "tests.harness.tls_proxy"]
    command = [*module, str(port), str(redis.port), str(certificate), str(key)]
    program = Program("tls", command, tmp_path / "tls.log", {}).start()
    yield port, certificate
    program.stop()


def certify(folder: Path, name: str) -> tuple[Path, Path]:
    """A self-signed certificate for 127.0.0.1, and its key."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("making a certificate needs the openssl program")
    certificate, key = folder / f"{name}.pem", folder / f"{name}.key"
    subprocess.run(
        [openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
         "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1",
         "-keyout", str(key), "-out", str(certificate)],
        check=True,
        capture_output=True,
    )  # fmt: skip
    return certificate, key


def without_a_redis(folder: Path, url: str, **settings: object) -> None:
    """A gateway that reaches no Redis says so within a second."""
    with Stack(folder, url, web_workers=1, **settings) as stack:
        stack.start("web").wait_for_web()
        for _ in range(2):
            started = time.monotonic()
            answer = stack.api.post("/derivatives/async", quick_request())
            assert_error(answer, 503, "QUEUE_UNAVAILABLE")
            assert time.monotonic() - started < 1.0


def runs_a_job(folder: Path, url: str, **settings: object) -> None:
    """A job goes the whole way through gateway, queue, worker and result backend."""
    with Stack(folder, url, web_workers=1, **settings) as stack:
        stack.start("web", LANE).wait_for_web().wait_for_workers(LANE)
        answer = stack.api.post("/derivatives", quick_request())

        assert answer.status_code == 200, answer.text
        assert answer.json()["variants"][0]["width"] == 32


def test_a_sentinel_url_finds_the_primary(sentinel: str, tmp_path: Path) -> None:
    runs_a_job(tmp_path / "stack", sentinel, sentinel_master="pictures")


def test_a_list_of_sentinels_outlasts_one_that_is_gone(sentinel: str, tmp_path: Path) -> None:
    urls = f"sentinel://127.0.0.1:{free_port()}/0;{sentinel}"

    runs_a_job(tmp_path / "stack", urls, sentinel_master="pictures")


def test_without_any_sentinel_the_gateway_says_so_at_once(tmp_path: Path) -> None:
    urls = f"sentinel://127.0.0.1:{free_port()}/0;sentinel://127.0.0.1:{free_port()}/0"

    without_a_redis(tmp_path / "stack", urls)


def test_a_tls_url_is_spoken_and_checked(tls: tuple[int, Path], tmp_path: Path) -> None:
    port, certificate = tls
    url = f"rediss://127.0.0.1:{port}/0?ssl_cert_reqs=required&ssl_ca_certs={certificate}"

    runs_a_job(tmp_path / "stack", url)


def test_a_tls_server_with_another_certificate_is_not_trusted(
    tls: tuple[int, Path], tmp_path: Path
) -> None:
    port, _ = tls
    stranger, _ = certify(tmp_path, "stranger")
    url = f"rediss://127.0.0.1:{port}/0?ssl_cert_reqs=required&ssl_ca_certs={stranger}"

    without_a_redis(tmp_path / "stack", url)
