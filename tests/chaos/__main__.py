"""make chaos: exit status 1 unless nothing is lost and nothing has a double effect."""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from pathlib import Path

from rich.console import Console

from config.settings import ROOT
from tests.chaos.plan import Options
from tests.chaos.run import run

MEMORY = Path("/dev/shm")  # noqa: S108  a folder of our own in it


def main() -> int:
    """Run, show, keep; the exit status."""
    parser = argparse.ArgumentParser(prog="make chaos", description=__doc__)
    parser.add_argument("--jobs", type=int, default=2000, help="how many jobs (2000)")
    parser.add_argument("--seed", type=int, default=1, help="fixes what is drawn (1)")
    parser.add_argument("--minutes", type=float, default=15, help="the posts are spread over (15)")
    parser.add_argument("--analyze", type=float, default=0.02, help="share of the jobs (0.02)")
    parser.add_argument("--generate", type=float, default=0.02, help="share of the jobs (0.02)")
    parser.add_argument("--drain", type=float, default=900, help="seconds to the last end (900)")
    parser.add_argument("--keep", action="store_true", help="keep the logs of all programs")
    parser.add_argument("--out", type=Path, default=ROOT / "out" / "chaos.json")
    given = parser.parse_args()
    mix = (given.analyze, given.generate)
    options = Options(given.jobs, given.seed, given.minutes, mix, given.drain)
    console = Console(width=None if sys.stdout.isatty() else 110)
    # In memory: where a disk is slow, Redis puts off its writes, and the kill of a process would
    # then take what only the loss of a machine may.
    place = MEMORY if MEMORY.is_dir() else None
    folder = Path(tempfile.mkdtemp(prefix="imajin-chaos-", dir=place))
    try:
        report = run(options, folder, console)
    finally:
        if given.keep:
            console.print(f"logs in {folder}")
        else:
            shutil.rmtree(folder, ignore_errors=True)
    report.show(console)
    report.keep(given.out)
    return 0 if report.passed else 1


if __name__ == "__main__":
    sys.exit(main())
