"""One run of the fuzzer against a running service."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.harness.programs import ROOT, environment
from tests.harness.stack import Stack

CONFIG = Path(__file__).with_name("schemathesis.toml")


def start(stack: Stack) -> str:
    """Start a gateway with a worker for pictures; the key that it asks for from its first second.

    A gateway that runs already when the first key is made takes some seconds to notice.
    """
    stack.start("redis")
    key = stack.make_key("analyze", "generate", "derive", "admin")
    stack.api.http.headers["Authorization"] = f"Bearer {key}"
    stack.start("web", "cpu_processing").wait_for_web().wait_for_workers("cpu_processing")
    return key


def fuzz(
    base_url: str, key: str, examples: int, seed: int, *more: str
) -> subprocess.CompletedProcess[str]:
    """Run all checks over every operation; its status is 0 where nothing was found."""
    command = [
        *(sys.executable, "-m", "schemathesis.cli", "--config-file", str(CONFIG), "--no-color"),
        *("run", f"{base_url}/openapi.json", "--checks", "all", "--warnings", "off"),
        *("--max-examples", str(examples), "--seed", str(seed), "--generation-database", "none"),
        *("--header", f"Authorization: Bearer {key}"),
        *more,
    ]
    return subprocess.run(
        command,
        cwd=ROOT,
        env=environment({"PYTHONPATH": ROOT}),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
