"""The short run of make fuzz: few cases an operation, always the same ones."""

from __future__ import annotations

from pathlib import Path

from tests.fuzz.run import fuzz, start
from tests.harness.stack import Stack


def test_the_fuzzer_finds_nothing(tmp_path: Path) -> None:
    with Stack(
        tmp_path / "fuzzed", max_body_bytes=2_000_000, wrong_keys_per_minute=1_000_000
    ) as stack:
        key = start(stack)
        run = fuzz(str(stack.api.http.base_url), key, examples=2, seed=1)

        assert run.returncode == 0, run.stdout[-8000:]
        assert "Traceback" not in stack.programs["web"].text()
