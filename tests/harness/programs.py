"""Programs that tests start: the Procfile's own lines, each in a process group of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parents[2]
STOP_SECONDS = 15.0


def read_procfile() -> dict[str, str]:
    """The Procfile: name to shell command."""
    lines = (ROOT / "Procfile").read_text(encoding="utf-8").splitlines()
    return dict(line.split(": ", 1) for line in lines if line.strip())


def environment(settings: Mapping[str, object]) -> dict[str, str]:
    """This machine's environment with our virtual environment first and these settings alone."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if name != "REDIS_URL" and not name.startswith("IMAJIN_")
    }
    venv = str(ROOT / ".venv" / "bin")
    given = {name: str(value) for name, value in settings.items()}
    return kept | {"PATH": f"{venv}:{kept.get('PATH', '')}", "PYTHONUNBUFFERED": "1"} | given


def wait_until(true: Callable[[], object], seconds: float, what: str, pause: float = 0.05) -> None:
    """Return once `true()` holds; AssertionError names `what` after so many seconds."""
    deadline = time.monotonic() + seconds
    while not true():
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds:g} s: {what}")
        time.sleep(pause)


class Program:
    """One program with its output in a file. The file is kept when it is started again."""

    def __init__(
        self, name: str, command: str | Sequence[str], log: Path, settings: Mapping[str, object]
    ) -> None:
        self.name = name
        self.log = log
        self._command = ["sh", "-c", command] if isinstance(command, str) else list(command)
        self._environment = environment(settings)
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> Program:
        """Start it; it must not run already."""
        assert not self.alive, f"{self.name} runs already"
        with self.log.open("ab") as output:
            self._process = subprocess.Popen(
                self._command,
                cwd=ROOT,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        return self

    @property
    def pid(self) -> int:
        """The process group's id."""
        assert self._process is not None
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether the program's first process runs."""
        return self._process is not None and self._process.poll() is None

    @property
    def status(self) -> int | None:
        """The exit status, None while it runs."""
        return self._process.poll() if self._process else None

    def signal_all(self, number: signal.Signals) -> None:
        """Signal the whole group."""
        if self._process is not None:
            try:
                os.killpg(self.pid, number)
            except ProcessLookupError:
                return

    def kill(self) -> None:
        """End the whole group at once, without a chance to tidy up."""
        self.signal_all(signal.SIGKILL)
        if self._process is not None:
            self._process.wait(STOP_SECONDS)

    def stop(self, seconds: float = STOP_SECONDS) -> int:
        """End it as honcho would; kill what does not end in time. The first process's status."""
        if self._process is None:
            return 0
        self.signal_all(signal.SIGTERM)
        deadline = time.monotonic() + seconds
        while self.group() and time.monotonic() < deadline:
            self._process.poll()
            time.sleep(0.05)
        self.kill()
        return self._process.wait()

    def group(self) -> list[psutil.Process]:
        """The processes of the group that run, also after the first one's end."""
        return [one for one in psutil.process_iter() if _runs_in(one, self.pid)]

    def family(self) -> list[psutil.Process]:
        """The first process and all below it that run."""
        try:
            first = psutil.Process(self.pid)
            return [first, *first.children(recursive=True)]
        except psutil.NoSuchProcess:
            return []

    def pool(self) -> list[psutil.Process]:
        """A worker's pool children: the processes that its parent spawned for tasks."""
        return [one for one in self.family() if "spawn_main" in " ".join(_cmdline(one))]

    def text(self) -> str:
        """All output so far."""
        return self.log.read_text(encoding="utf-8", errors="replace") if self.log.exists() else ""


def _runs_in(process: psutil.Process, group: int) -> bool:
    try:
        return os.getpgid(process.pid) == group and process.status() != psutil.STATUS_ZOMBIE
    except (ProcessLookupError, psutil.NoSuchProcess):
        return False


def _cmdline(process: psutil.Process) -> list[str]:
    try:
        return list(process.cmdline())
    except psutil.NoSuchProcess:
        return []
