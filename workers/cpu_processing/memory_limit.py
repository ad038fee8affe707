"""A ceiling for the memory of this process, so that a hostile file costs an error and no worker."""

from __future__ import annotations

import resource
from pathlib import Path

_STATM = Path("/proc/self/statm")


def limit_memory(room: int) -> None:
    """Let this process take `room` bytes beyond what it has; what goes over it is MemoryError.

    Nothing happens where /proc is missing: elsewhere than on Linux RLIMIT_AS is not kept.
    """
    if not _STATM.exists():
        return
    used = int(_STATM.read_text().split()[0]) * resource.getpagesize()
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    wanted = used + room
    soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    resource.setrlimit(resource.RLIMIT_AS, (soft, hard))
