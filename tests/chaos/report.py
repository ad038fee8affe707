"""What a chaos run ends in: counts, a table, a file."""

from __future__ import annotations

import json
import statistics
from collections import Counter
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from tests.chaos.clients import seconds_to_end
from tests.chaos.plan import Options


@dataclass(frozen=True)
class Report:
    """The figures of one run."""

    options: Options
    seconds: float
    accepted: int
    ends: dict[str, dict[str, Any]]
    kinds: dict[str, str]
    lost: list[str]
    doubles: list[str]
    faults: dict[str, int]
    answers: dict[str, int]
    restarts: int
    facts: dict[str, str] = field(default_factory=dict)

    @property
    def passed(self) -> bool:
        """Nothing lost, nothing twice, and something was done."""
        return bool(self.accepted) and not self.lost and not self.doubles

    def rows(self) -> list[tuple[str, str]]:
        """Names and figures, as they are shown and kept."""
        statuses = Counter(job["status"] for job in self.ends.values())
        codes = Counter(job["error"]["code"] for job in self.ends.values() if job.get("error"))
        attempts = [job["attempts"] for job in self.ends.values()]
        kinds = ", ".join(f"{count} {kind}" for kind, count in Counter(self.kinds.values()).items())
        return [
            ("jobs accepted (202)", f"{self.accepted} ({kinds})"),
            ("succeeded", str(statuses["succeeded"])),
            ("failed", f"{statuses['failed']}{_listed(codes)}"),
            ("cancelled", str(statuses["cancelled"])),
            ("lost", str(len(self.lost))),
            ("double effects", str(len(self.doubles))),
            ("attempts", f"{sum(attempts)} in all, at most {max(attempts, default=0)} a job"),
            *(("to the end, p50 / p95", line) for line in self._waits()),
            ("faults", f"{sum(self.faults.values())}{_listed(Counter(self.faults))}"),
            ("programs that ended by themselves", str(self.restarts)),
            ("answers to posts", _listed(Counter(self.answers)).strip(" ()")),
            ("seed, time", f"{self.options.seed}, {self.seconds:.0f} s"),
        ]

    def _waits(self) -> list[str]:
        lines = []
        for kind in sorted(set(self.kinds.values())):
            waits = [
                seconds_to_end(job)
                for job_id, job in self.ends.items()
                if self.kinds[job_id] == kind and job["status"] == "succeeded"
            ]
            if len(waits) > 1:
                cuts = statistics.quantiles(waits, n=20)
                lines.append(f"{kind}: {statistics.median(waits):.1f} s / {cuts[18]:.1f} s")
        return lines

    def show(self, console: Console) -> None:
        """Print the table, and what went wrong in full."""
        table = Table("what", "figure", title="Chaos")
        for name, value in self.rows():
            bad = name in ("lost", "double effects") and value != "0"
            table.add_row(name, value, style="bold red" if bad else "")
        console.print(table)
        for line in self.doubles + [f"lost: {job_id}" for job_id in self.lost]:
            console.print(line, style="red")

    def keep(self, path: Path) -> None:
        """Write the figures as JSON."""
        path.parent.mkdir(parents=True, exist_ok=True)
        found = {
            "options": asdict(self.options),
            "passed": self.passed,
            "accepted": self.accepted,
            "lost": self.lost,
            "doubleEffects": self.doubles,
            "faults": self.faults,
            "answers": self.answers,
            "rows": self.rows(),
        }
        path.write_text(json.dumps(found, indent=2, ensure_ascii=False), encoding="utf-8")


def _listed(counts: Counter[str]) -> str:
    parts = ", ".join(f"{count} {name}" for name, count in counts.most_common() if count)
    return f" ({parts})" if parts else ""
