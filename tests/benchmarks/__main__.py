"""make bench: run every row, print the table, write out/bench.json."""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable
from pathlib import Path

from config import logs
from config.settings import ROOT, Settings
from tests.benchmarks import (
    busy_rows,
    derive_rows,
    engine_rows,
    line_rows,
    listener_rows,
    queue_rows,
)
from tests.benchmarks.processes import Bench, bench
from tests.benchmarks.rows import Row, keep, show

GROUPS: dict[str, Callable[[Bench], list[Row]]] = {
    "queue": queue_rows.rows,
    "listeners": listener_rows.rows,
    "line": line_rows.rows,
    "engine": engine_rows.rows,
    "derive": derive_rows.rows,
    "busy": busy_rows.rows,
}


def main() -> None:
    """Run the benchmarks."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--only", choices=GROUPS, help="one group of rows")
    only = parser.parse_args().only
    logs.configure(Settings(log_level="WARNING"))
    rows: list[Row] = []
    with tempfile.TemporaryDirectory() as folder, bench(Path(folder)) as parts:
        for name, group in GROUPS.items():
            if only in (None, name):
                rows += group(parts)
    keep(rows, ROOT / "out" / "bench.json")
    show(rows)
    missed = [row.name for row in rows if not row.met]
    print(f"{len(rows) - len(missed)} of {len(rows)} goals met; figures in out/bench.json")


if __name__ == "__main__":
    main()
