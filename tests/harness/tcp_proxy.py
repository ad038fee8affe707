"""A TCP proxy that behaves badly on request: a process of its own, and how a test drives it.

python -m tests.harness.tcp_proxy HOST PORT TARGET_PORT CONTROL_PORT. A line on the control port
sets the mode of all connections, those that are open too, and is answered with "ok":

    pass               forward
    delay SECONDS      forward each piece so much later
    throttle BYTES     forward so many bytes a second
    drop               forward nothing, like a cut wire; what was sent arrives once it is mended
    reset SHARE        answer this share of the pieces with a reset of both sides; 1 resets all now
    half-open          the target's side is gone, and the client is not told
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import socket
import struct
import sys
from pathlib import Path

from config.embedded_redis import free_port
from tests.harness.programs import Program, wait_until

PIECE = 16_384
RESET = struct.pack("ii", 1, 0)  # SO_LINGER of 0 seconds: closing sends a reset


class Switch:
    """The mode all connections follow, and the connections."""

    def __init__(self) -> None:
        self.name, self.value = "pass", 0.0
        self.changed = asyncio.Event()
        self.pairs: set[tuple[asyncio.StreamWriter, asyncio.StreamWriter]] = set()

    def turn(self, name: str, value: float) -> None:
        """Take another mode."""
        self.name, self.value = name, value
        if name == "reset" and value >= 1:
            for pair in list(self.pairs):
                reset(*pair)
        if name == "half-open":
            for _, target in list(self.pairs):
                target.transport.abort()
        self.changed.set()
        self.changed = asyncio.Event()

    async def let_through(self, size: int) -> bool:
        """Wait as the mode says for a piece of this size; False where it resets the connection."""
        while self.name in ("drop", "half-open"):
            await self.changed.wait()
        if self.name == "delay":
            await asyncio.sleep(self.value)
        elif self.name == "throttle":
            await asyncio.sleep(size / self.value)
        return self.name != "reset" or random.random() >= self.value  # noqa: S311  no secret


def reset(*writers: asyncio.StreamWriter) -> None:
    """End connections with a reset instead of a goodbye."""
    for writer in writers:
        with contextlib.suppress(OSError):
            writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        writer.transport.abort()


async def pump(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, switch: Switch, other: object
) -> None:
    """Copy one way until a side ends; a half-open side ends without a word to the other."""
    with contextlib.suppress(ConnectionError, OSError):
        while data := await reader.read(PIECE):
            if not await switch.let_through(len(data)):
                reset(writer)
                assert isinstance(other, asyncio.StreamWriter)
                reset(other)
                return
            writer.write(data)
            await writer.drain()
    while switch.name == "half-open":
        await switch.changed.wait()
    writer.close()


async def serve(host: str, port: int, target: int, control: int) -> None:
    """Forward every connection to the target port of this machine, until ended."""
    switch = Switch()

    async def forward(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            there, back = await asyncio.open_connection("127.0.0.1", target)
        except OSError:
            reset(writer)
            return
        pair = (writer, back)
        switch.pairs.add(pair)
        await asyncio.gather(pump(reader, back, switch, writer), pump(there, writer, switch, back))
        switch.pairs.discard(pair)

    async def obey(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        name, _, value = (await reader.readline()).decode().strip().partition(" ")
        switch.turn(name, float(value or 0))
        writer.write(b"ok\n")
        await writer.drain()
        writer.close()

    async with (
        await asyncio.start_server(obey, "127.0.0.1", control),
        await asyncio.start_server(forward, host, port) as server,
    ):
        await server.serve_forever()


class TcpProxy:
    """A running proxy before a port of this machine; a context manager."""

    def __init__(self, target: int, folder: Path, host: str = "127.0.0.1") -> None:
        self.host, self.port, self._control = host, free_port(), free_port()
        ports = [str(port) for port in (self.port, target, self._control)]
        command = [sys.executable, "-m", "tests.harness.tcp_proxy", host, *ports]
        self._program = Program("tcp_proxy", command, folder / f"proxy-{self.port}.log", {})

    def __enter__(self) -> TcpProxy:
        self._program.start()
        wait_until(self._obeys, 30, "the proxy obeys")
        return self

    def __exit__(self, *_: object) -> None:
        self._program.kill()

    @property
    def url(self) -> str:
        """The URL of a Redis behind the proxy."""
        return f"redis://{self.host}:{self.port}/0"

    def turn(self, name: str, value: float | None = None) -> None:
        """Take another mode, at once."""
        line = name if value is None else f"{name} {value}"
        with socket.create_connection(("127.0.0.1", self._control), timeout=5) as control:
            control.sendall(f"{line}\n".encode())
            assert control.recv(8) == b"ok\n"

    def _obeys(self) -> bool:
        try:
            self.turn("pass")
        except OSError:
            return False
        return True


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1], *(int(port) for port in sys.argv[2:5])))
