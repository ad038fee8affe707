"""A Redis server under the test's control: killed, paused and started again on the same port."""

from __future__ import annotations

import signal
from pathlib import Path

from redis import Redis
from redis.exceptions import RedisError

from config.embedded_redis import free_port, server_command, server_program
from tests.harness.programs import Program, wait_until


class RedisServer:
    """The program that the embedded Redis runs, with the same options, on a port that stays.

    A context manager that starts and ends it. `options` are added to the command line; the last of
    two equal ones holds.
    """

    def __init__(self, folder: Path, *options: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.port = free_port()
        command = [*server_command(server_program(), self.port, folder), *options]
        self._program = Program("redis-server", command, folder / "redis.log", {})

    def __enter__(self) -> RedisServer:
        return self.start()

    def __exit__(self, *error: object) -> None:
        self.stop()

    @property
    def url(self) -> str:
        """The server's URL."""
        return f"redis://127.0.0.1:{self.port}/0"

    @property
    def program(self) -> Program:
        """The running program."""
        return self._program

    def start(self) -> RedisServer:
        """Start it and wait until it answers."""
        self._program.start()
        wait_until(self.answers, 10, "Redis answers")
        return self

    def answers(self) -> bool:
        """Whether it answers a ping."""
        try:
            with self.client(timeout=0.5) as client:
                return bool(client.ping())
        except RedisError:
            return False

    def client(self, timeout: float = 5.0) -> Redis:
        """A client for looking inside; to be closed by the caller."""
        return Redis.from_url(self.url, decode_responses=True, socket_timeout=timeout)

    def pause(self) -> None:
        """Hang the server: connections are taken, nothing is answered."""
        self._program.signal_all(signal.SIGSTOP)

    def resume(self) -> None:
        """Let a hung server go on."""
        self._program.signal_all(signal.SIGCONT)

    def kill(self) -> None:
        """SIGKILL, as a crash would."""
        self._program.kill()

    def stop(self) -> None:
        """End it, also where it hangs."""
        self.resume()
        self._program.stop()
