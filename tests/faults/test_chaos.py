"""A short run of chaos, as `make chaos` makes a long one."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.faults.watching import lasting
from tests.harness.programs import ROOT, environment


@pytest.mark.timeout(1200)
def test_random_faults_lose_no_job_and_end_none_twice(tmp_path: Path) -> None:
    """F34: jobs of three kinds under kills, hangs and restarts; lost 0, double effects 0."""
    kept = tmp_path / "chaos.json"
    shape = ["--jobs", f"{lasting(100, 300):.0f}", "--minutes", f"{lasting(0.7, 2)}"]
    mix = ["--analyze", "0.02", "--generate", "0.02", "--seed", "20", "--drain", "300"]

    done = subprocess.run(
        [sys.executable, "-m", "tests.chaos", *shape, *mix, "--out", str(kept)],
        cwd=ROOT,
        env=environment({}),
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    found = json.loads(kept.read_text(encoding="utf-8"))
    assert found["accepted"] >= 95
    assert (found["lost"], found["doubleEffects"]) == ([], [])
    assert sum(found["faults"].values()) >= 5
