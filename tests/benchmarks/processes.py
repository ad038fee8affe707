"""The processes a benchmark needs: a Redis of its own and workers on it."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import redis

from app import celery_apps
from app.blobs.folder import FolderBlobs
from app.dispatch import Dispatcher
from app.jobs import JobReader
from app.ledger import Ledger
from app.listener import ResultListener
from app.messages import sender
from app.redis_clients import gateway_client
from config.embedded_redis import free_port, server_command, server_program
from config.settings import ROOT, Settings


@dataclass(frozen=True)
class Bench:
    """Our parts on the benchmark's Redis."""

    settings: Settings
    url: str
    ledger: Ledger
    blobs: FolderBlobs
    dispatcher: Dispatcher
    jobs: JobReader


@contextmanager
def bench(folder: Path) -> Iterator[Bench]:
    """Redis, our parts, one bare worker and one of ours, until left."""
    with ExitStack() as stack:
        url = stack.enter_context(_redis(folder))
        environ = os.environ | {
            "REDIS_URL": url,
            "IMAJIN_DATA_DIR": str(folder),
            "PYTHONPATH": str(ROOT),
        }
        os.environ["REDIS_URL"] = url
        for module, queue in (("bare", "celery"), ("noop_worker", "cpu_processing")):
            stack.enter_context(_worker(module, queue, environ, folder))
        yield _parts(Settings(redis_url=url, data_dir=folder), url)


def _parts(settings: Settings, url: str) -> Bench:
    client = gateway_client(settings, url)
    ledger = Ledger(client, settings, sender(celery_apps.publisher(settings, url)))
    return Bench(
        settings=settings,
        url=url,
        ledger=ledger,
        blobs=FolderBlobs(settings.blobs, settings.result_ttl),
        dispatcher=Dispatcher(ledger),
        jobs=JobReader(celery_apps.reader(settings, url), ResultListener(client)),
    )


@contextmanager
def _redis(folder: Path) -> Iterator[str]:
    port = free_port()
    with (folder / "redis.log").open("wb") as log:
        command = server_command(server_program(), port, folder)
        server = subprocess.Popen(command, stdout=log, stderr=log)
    url = f"redis://127.0.0.1:{port}/0"
    _until(lambda: _pings(url), "Redis")
    try:
        yield url
    finally:
        server.terminate()
        server.wait()


@contextmanager
def _worker(module: str, queue: str, environ: dict[str, str], folder: Path) -> Iterator[None]:
    options = ["--queues", queue, "--hostname", f"{module}@%h", "--concurrency", "1"]
    command = [sys.executable, "-m", "celery", "--app", f"tests.benchmarks.{module}", "worker"]
    log_file = folder / f"{module}.log"
    with log_file.open("wb") as log:
        worker = subprocess.Popen(
            [*command, *options, "--without-gossip", "--without-mingle", "--loglevel", "INFO"],
            env=environ,
            cwd=ROOT,
            stdout=log,
            stderr=log,
        )
    try:
        _until(lambda: b"ready" in log_file.read_bytes(), module)
        yield
    finally:
        worker.terminate()
        worker.wait()


def _pings(url: str) -> bool:
    try:
        return bool(redis.Redis.from_url(url).ping())
    except redis.ConnectionError:
        return False


def _until(true: object, what: str, limit: float = 60.0) -> None:
    deadline = time.monotonic() + limit
    while not true():  # type: ignore[operator]
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what} did not start within {limit:.0f} s")
        time.sleep(0.05)
