"""The service, or a part of it, as the Procfile starts it: own data folder, own free ports."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from types import TracebackType

import httpx

from config.embedded_redis import free_port
from tests.harness.client import Api
from tests.harness.programs import ROOT, Program, environment, read_procfile, wait_until

RUNNING: list[Stack] = []  # whose logs are shown when a test fails

LANES = ("gpu_llm", "gpu_diffusion", "cpu_processing", "webhooks")


class Stack:
    """Programs of the Procfile that belong together; a context manager that ends them all."""

    def __init__(self, folder: Path, redis_url: str | None = None, **settings: object) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.data = folder / "data"
        self.port, self.flower_port = free_port(), free_port()
        self.settings: dict[str, object] = {
            "IMAJIN_DATA_DIR": self.data,
            "IMAJIN_PORT": self.port,
            "IMAJIN_FLOWER_PORT": self.flower_port,
            "IMAJIN_CPU_WORKERS": 1,
            "IMAJIN_SWEEP_SECONDS": 0.25,
            "OMP_NUM_THREADS": 1,
        }
        if redis_url:
            self.settings["REDIS_URL"] = redis_url
        self.settings |= {f"IMAJIN_{name.upper()}": value for name, value in settings.items()}
        self.programs: dict[str, Program] = {}
        self.api = Api(f"http://127.0.0.1:{self.port}")

    def __enter__(self) -> Stack:
        RUNNING.append(self)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    @property
    def blobs(self) -> Path:
        """The blob folder."""
        return self.data / "blobs"

    def start(self, *names: str, **settings: object) -> Stack:
        """Start these lines of the Procfile; extra settings are for these programs alone."""
        procfile = read_procfile()
        for name in names:
            more = {f"IMAJIN_{key.upper()}": value for key, value in settings.items()}
            log = self.folder / f"{name}.log"
            self.programs[name] = Program(name, procfile[name], log, self.settings | more).start()
        return self

    def wait_for_web(self, seconds: float = 60) -> Stack:
        """Wait until the gateway answers."""
        wait_until(self._web_answers, seconds, "the gateway answers /healthz")
        return self

    def wait_for_workers(self, *queues: str, seconds: float = 90) -> Stack:
        """Wait until each of these queues has a live worker."""

        def live() -> bool:
            answer = self.api.get("/queues")
            if answer.status_code != 200:
                return False
            counts = {queue["name"]: queue["workers"] for queue in answer.json()["queues"]}
            return all(counts[queue] for queue in queues)

        wait_until(live, seconds, f"a live worker for {', '.join(queues)}", pause=0.2)
        return self

    def make_key(self, *scopes: str, **options: object) -> str:
        """A new API key, made by the command; from then on the gateway asks for one."""
        given = [f"--{name.replace('_', '-')}={value}" for name, value in options.items()]
        command = [sys.executable, "-m", "app.keys", "create", "--name=test", "--rate=none"]
        made = subprocess.run(
            [*command, f"--scopes={','.join(scopes)}", *given],
            cwd=ROOT,
            env=environment(self.settings),
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert made.returncode == 0, made.stderr
        return made.stdout.strip()

    def _web_answers(self) -> bool:
        web = self.programs["web"]
        assert web.alive, f"the gateway ended with status {web.status}: {web.text()[-2000:]}"
        try:
            return self.api.get("/healthz").status_code == 200
        except httpx.TransportError:
            return False

    def stop(self) -> None:
        """End every program: the workers first, Redis last, as their order allows a clean end."""
        self.api.close()
        order = sorted(self.programs.values(), key=lambda program: program.name == "redis")
        for program in order:
            if program.name != "redis":
                program.kill()
        for program in order:
            program.stop()
        if self in RUNNING:
            RUNNING.remove(self)

    def logs(self, lines: int = 40) -> dict[str, str]:
        """The end of each program's output, by name."""
        return {
            name: "\n".join(program.text().splitlines()[-lines:])
            for name, program in self.programs.items()
        }
