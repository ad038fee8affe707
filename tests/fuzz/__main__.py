"""make fuzz: the long run, against a gateway and a cpu_processing worker of its own."""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from tests.fuzz.run import fuzz, start
from tests.harness.stack import Stack


def main() -> int:
    """Fuzz and print what was found; the status is 1 unless nothing was."""
    parser = argparse.ArgumentParser(prog="make fuzz", description=__doc__)
    parser.add_argument("--examples", type=int, default=50, help="cases an operation")
    parser.add_argument("--seed", type=int, default=1)
    given, more = parser.parse_known_args()
    with (
        tempfile.TemporaryDirectory() as folder,
        Stack(Path(folder), max_body_bytes=2_000_000, wrong_keys_per_minute=1_000_000) as stack,
    ):
        key = start(stack)
        run = fuzz(str(stack.api.http.base_url), key, given.examples, given.seed, *more)
    print(run.stdout)
    return run.returncode


if __name__ == "__main__":
    sys.exit(main())
