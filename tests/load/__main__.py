"""make load: the runs L1 to L8, a table of figures beside goals, out/load.json."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from config import logs
from config.settings import ROOT, Settings
from tests.load import accepting, working
from tests.load.scene import Row

Run = Callable[[Path], list[Row]]


def runs(full: bool) -> dict[str, Run]:
    """The runs by name; each takes a minute or less unless the full ones are asked for."""
    times = 4 if full else 1
    return {
        "L1": lambda folder: accepting.accept(folder, 15 * times),
        "L2": lambda folder: accepting.images(folder, 10 * times),
        "L3": lambda folder: accepting.poll(folder, 15 * times),
        "L4": lambda folder: working.end_to_end(folder, 10_000 if full else 1_200),
        "L5": lambda folder: working.overload(folder, 300 if full else 15),
        "L6": lambda folder: working.soak(folder, 1800 if full else 35),
        "L7": lambda folder: working.long_queue(folder, 50_000 if full else 20_000),
        "L8": lambda folder: working.fairness(folder, 1_000),
    }


def main() -> None:
    """Run, show, keep."""
    parser = argparse.ArgumentParser(prog="make load", description=__doc__)
    parser.add_argument("--only", nargs="*", choices=list(runs(False)), help="these runs alone")
    parser.add_argument("--full", action="store_true", help="counts and times of the plan")
    parser.add_argument("--out", type=Path, default=ROOT / "out" / "load.json")
    given = parser.parse_args()
    logs.configure(Settings(log_level="ERROR"))
    console = Console(width=None if sys.stdout.isatty() else 110)
    chosen = {name: run for name, run in runs(given.full).items() if name in (given.only or name)}
    rows: list[Row] = []
    with Progress(console=console, disable=not console.is_terminal) as bar:
        for name in bar.track(list(chosen), description="load"):
            with tempfile.TemporaryDirectory(prefix=f"imajin-{name}-") as folder:
                rows += chosen[name](Path(folder))
    table = Table("run", "what", "figure", "goal", "met", title="Load")
    for row in rows:
        met = {True: "yes", False: "no", None: ""}[row.met]
        table.add_row(row.run, row.what, row.figure, row.goal, met)
    console.print(table)
    given.out.parent.mkdir(parents=True, exist_ok=True)
    found = json.dumps([asdict(row) for row in rows], indent=2, ensure_ascii=False)
    given.out.write_text(found, encoding="utf-8")
    judged = [row for row in rows if row.met is not None]
    met_count = sum(bool(row.met) for row in judged)
    console.print(f"{met_count} of {len(judged)} goals met; figures in {given.out}")


if __name__ == "__main__":
    main()
