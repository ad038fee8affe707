"""A network namespace with one wire to this machine, which a test can cut."""

from __future__ import annotations

import os
import subprocess
from itertools import count

_numbers = count(1)


class Namespace:
    """A network of its own, joined to this machine by a veth pair; a context manager.

    Addresses are 10.231.<n>.1 (this side) and .2 (inside).
    """

    def __init__(self) -> None:
        number = next(_numbers)
        self.name = f"imajin-{os.getpid()}-{number}"
        self._wire = f"im{os.getpid() % 100_000}x{number}"
        self._net = f"10.231.{number}"

    def __enter__(self) -> Namespace:
        ends = (self._wire, f"{self._wire}i")
        _ip("netns", "add", self.name)
        try:
            _ip("link", "add", ends[0], "type", "veth", "peer", "name", ends[1])
            _ip("link", "set", ends[1], "netns", self.name)
            _ip("addr", "add", f"{self.outside}/24", "dev", ends[0])
            _ip("link", "set", ends[0], "up")
            _ip(*self._inside, "addr", "add", f"{self._net}.2/24", "dev", ends[1])
            _ip(*self._inside, "link", "set", ends[1], "up")
            _ip(*self._inside, "link", "set", "lo", "up")
        except subprocess.CalledProcessError:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        # The wire goes with the network that holds its other end.
        _ip("netns", "delete", self.name)

    @property
    def outside(self) -> str:
        """This machine's address, as the inside sees it."""
        return f"{self._net}.1"

    @property
    def _inside(self) -> tuple[str, ...]:
        return ("-n", self.name)

    def command(self, line: str) -> str:
        """A shell line that runs inside."""
        return f"exec ip netns exec {self.name} {line.removeprefix('exec ')}"

    def cut(self) -> None:
        """Take the wire down; nobody is told."""
        _ip("link", "set", self._wire, "down")

    def mend(self) -> None:
        """Bring the wire up again."""
        _ip("link", "set", self._wire, "up")


def permitted() -> bool:
    """Whether this machine lets us make namespaces and wires."""
    try:
        with Namespace():
            return True
    except (OSError, subprocess.CalledProcessError):
        return False


def _ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True)
