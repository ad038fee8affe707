"""What a benchmark row is, and how the table is printed and kept."""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table


@dataclass(frozen=True)
class Row:
    """One comparison; `ratio` is ours over theirs and `goal` its bound, from above or below."""

    name: str
    ours: float
    theirs: float
    unit: str
    goal: float
    at_most: bool = True

    @property
    def ratio(self) -> float:
        """Ours over theirs."""
        return self.ours / self.theirs

    @property
    def met(self) -> bool:
        """Whether the ratio keeps its goal."""
        return self.ratio <= self.goal if self.at_most else self.ratio >= self.goal


def seconds(call: Callable[[], object]) -> float:
    """How long one call takes."""
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def side_by_side(
    ours: Callable[[], float], theirs: Callable[[], float], times: int
) -> tuple[float, float]:
    """The medians of both, measured turn by turn so that the machine's moods hit both."""
    ours(), theirs()  # warm
    pairs = [(ours(), theirs()) for _ in range(times)]
    return statistics.median(a for a, _ in pairs), statistics.median(b for _, b in pairs)


def keep(rows: list[Row], path: Path) -> None:
    """Write {row: {ours, theirs, unit, ratio, goal}}."""
    path.parent.mkdir(parents=True, exist_ok=True)
    found = {
        row.name: {
            "ours": row.ours,
            "theirs": row.theirs,
            "unit": row.unit,
            "ratio": round(row.ratio, 4),
            "goal": f"{'<=' if row.at_most else '>='} {row.goal}",
        }
        for row in rows
    }
    path.write_text(json.dumps(found, indent=2) + "\n")


def show(rows: list[Row]) -> None:
    """Print the table."""
    table = Table("row", "ours", "theirs", "unit", "ratio", "goal", "")
    for row in rows:
        sign = "≤" if row.at_most else "≥"
        table.add_row(
            row.name,
            f"{row.ours:.2f}",
            f"{row.theirs:.2f}",
            row.unit,
            f"{row.ratio:.3f}",
            f"{sign} {row.goal}",
            "ok" if row.met else "MISSED",
        )
    Console().print(table)
