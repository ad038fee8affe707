"""Which accelerator this process is pinned to, and how much memory is free."""

from __future__ import annotations

import os
import resource
import sys
from dataclasses import dataclass
from pathlib import Path

_MEMINFO = Path("/proc/meminfo")
_STATM = Path("/proc/self/statm")
_CGROUP = Path("/sys/fs/cgroup")


@dataclass(frozen=True)
class Memory:
    """What can still be had and what there is, in bytes."""

    available: int
    total: int


def pin(index: int, gpus: tuple[int, ...]) -> int | None:
    """Show this process the GPU of child `index` alone; returns its number, None for no GPU.

    Children beyond the list share the GPUs in turn; an empty list hides them all.
    RuntimeError once torch or llama_cpp is imported, for then it would come too late.
    """
    gpu = gpus[index % len(gpus)] if gpus else None
    show(() if gpu is None else (gpu,))
    return gpu


def show(gpus: tuple[int, ...]) -> None:
    """Show this process these GPUs alone, for an engine that spreads over several."""
    early = [name for name in ("torch", "llama_cpp") if name in sys.modules]
    if early:
        raise RuntimeError(f"{early[0]} was imported before the process was pinned to its GPU")
    # So that the numbers are those of nvidia-smi, also where the cards differ.
    os.environ["CUDA_DEVICE_ORDER"] = "PCI_BUS_ID"
    os.environ["CUDA_VISIBLE_DEVICES"] = ",".join(str(gpu) for gpu in gpus)


def device_memory() -> Memory:
    """Memory of the first visible GPU where torch uses one in this process, else the host's."""
    torch = sys.modules.get("torch")
    if torch is not None and torch.cuda.is_available():
        available, total = torch.cuda.mem_get_info()
        return Memory(available, total)
    return host_memory()


def host_memory() -> Memory:
    """The host's memory as this process may use it: the least of machine, cgroup and rlimit."""
    found = [_machine_memory(), _cgroup_memory(), _limit_memory()]
    known = [memory for memory in found if memory]
    return Memory(
        available=max(0, min(memory.available for memory in known)),
        total=min(memory.total for memory in known),
    )


def _machine_memory() -> Memory:
    if not _MEMINFO.exists():
        total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
        return Memory(total, total)
    fields = dict(line.split(":", 1) for line in _MEMINFO.read_text().splitlines())
    kilobytes = {name: int(fields[name].split()[0]) for name in ("MemAvailable", "MemTotal")}
    return Memory(kilobytes["MemAvailable"] * 1024, kilobytes["MemTotal"] * 1024)


def _cgroup_memory() -> Memory | None:
    try:
        limit = (_CGROUP / "memory.max").read_text().strip()
        used = int((_CGROUP / "memory.current").read_text())
        # Pages of files read once count as used, and are given up when memory is wanted.
        stat = dict(line.split() for line in (_CGROUP / "memory.stat").read_text().splitlines())
        used -= int(stat.get("inactive_file", 0))
    except (OSError, ValueError):
        return None
    return None if limit == "max" else Memory(int(limit) - used, int(limit))


def _limit_memory() -> Memory | None:
    limit = resource.getrlimit(resource.RLIMIT_AS)[0]
    if limit == resource.RLIM_INFINITY or not _STATM.exists():
        return None
    used = int(_STATM.read_text().split()[0]) * resource.getpagesize()
    return Memory(limit - used, limit)
