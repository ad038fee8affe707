"""Starts the Procfile on free ports and ends it again; knows nothing of Imajin but its routes."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

READY_SECONDS = 180


class NotReady(RuntimeError):
    """The service did not come up."""


def free_port() -> int:
    """A loopback TCP port that is free now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running(root: Path, log_file: Path) -> Iterator[str]:
    """Run `honcho start`; yields the gateway's URL once every queue has a live worker."""
    port = free_port()
    environ = os.environ | {
        "IMAJIN_PORT": str(port),
        "IMAJIN_FLOWER_PORT": str(free_port()),
        "IMAJIN_DATA_DIR": str(root / ".imajin" / "demo"),
    }
    with log_file.open("wb") as log:
        honcho = subprocess.Popen(
            ["honcho", "start"],
            cwd=root,
            env=environ,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            url = f"http://127.0.0.1:{port}"
            _wait_until_ready(url, honcho)
            yield url
        finally:
            _end(honcho)


def _wait_until_ready(url: str, honcho: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline:
        if honcho.poll() is not None:
            raise NotReady("A process of the Procfile ended at once.")
        try:
            if httpx.get(f"{url}/readyz", timeout=5).status_code == 200:
                return
        except httpx.HTTPError:
            pass  # not listening yet
        time.sleep(0.3)
    raise NotReady(f"The service was not ready within {READY_SECONDS} s.")


def _end(honcho: subprocess.Popen[bytes]) -> None:
    if honcho.poll() is None:
        honcho.send_signal(signal.SIGINT)
        try:
            honcho.wait(timeout=20)
        except subprocess.TimeoutExpired:
            honcho.kill()


def explaining_lines(log_file: Path, limit: int = 25) -> list[str]:
    """The log's last lines that tell of trouble, or simply its last ones."""
    lines = log_file.read_text(errors="replace").splitlines()
    words = ("ERROR", "WARNING", "Traceback", "Error", "raise ")
    telling = [line for line in lines if any(word in line for word in words)]
    return (telling or lines)[-limit:]
