"""Resources made scarce: a small file system, a memory limit, a clock that is wrong."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

MEMORY_V1 = Path("/sys/fs/cgroup/memory")
MEMORY_V2 = Path("/sys/fs/cgroup")


class NotPermitted(Exception):
    """This machine does not let us; the message names what would."""


@contextmanager
def small_disk(folder: Path, size: str) -> Iterator[Path]:
    """A file system in memory of this size, as 64k or 3m; NotPermitted without the right."""
    folder.mkdir(parents=True, exist_ok=True)
    command = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)]
    if os.geteuid() != 0 or subprocess.run(command, capture_output=True).returncode != 0:
        raise NotPermitted("a full disk needs the right to mount a tmpfs (root)")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


@dataclass(frozen=True)
class MemoryGroup:
    """A control group whose processes' memory is counted and can be limited."""

    folder: Path

    def command(self, line: str) -> str:
        """A shell line that runs in the group from its start, so that all its memory counts."""
        return f"echo $$ > {self.folder}/cgroup.procs && {line}"

    def leave(self, spare: int) -> None:
        """Limit the group to what it holds now and so many bytes more."""
        first = (self.folder / "memory.usage_in_bytes").exists()
        held = self.folder / ("memory.usage_in_bytes" if first else "memory.current")
        limit = self.folder / ("memory.limit_in_bytes" if first else "memory.max")
        limit.write_text(str(int(held.read_text()) + spare))


@contextmanager
def memory_group(name: str) -> Iterator[MemoryGroup]:
    """A group without a limit yet; its processes must have ended when it is left."""
    top = MEMORY_V1 if (MEMORY_V1 / "memory.limit_in_bytes").exists() else MEMORY_V2
    folder = top / name
    try:
        folder.mkdir()
        (folder / "cgroup.procs").read_text()
    except OSError as error:
        raise NotPermitted("a memory limit needs a writable memory cgroup (root)") from error
    try:
        yield MemoryGroup(folder)
    finally:
        folder.rmdir()


def wrong_clock(file: Path, offset: str) -> Mapping[str, object]:
    """The environment of a program whose clock is off by what the file says, as +1h or -1h.

    The clock jumps when the file is written anew. NotPermitted names the package where it lacks.
    """
    program = shutil.which("faketime")
    if not program:
        raise NotPermitted("a wrong clock needs faketime: apt-get install faketime")
    asked = [program, "-f", "+0s", "printenv", "LD_PRELOAD"]
    library = subprocess.run(asked, check=True, capture_output=True, text=True).stdout.strip()
    file.write_text(offset)
    return {
        "LD_PRELOAD": library,
        "FAKETIME_TIMESTAMP_FILE": file,
        "FAKETIME_NO_CACHE": 1,
        "DONT_FAKE_MONOTONIC": 1,
        "FAKETIME_DONT_FAKE_MONOTONIC": 1,
    }
