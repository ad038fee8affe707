"""make demo: start the service, walk the flow for three wishes, show what came out."""

from __future__ import annotations

import argparse
import shutil
import sys
from pathlib import Path

import httpx
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from scripts.demo.flow import Client, Outcome, Refused, walk
from scripts.demo.service import NotReady, explaining_lines, running
from scripts.demo.sheet import contact_sheet

ROOT = Path(__file__).resolve().parent.parent.parent
WISHES = (
    "A red torii gate by a quiet lake at dawn, for a calendar of Japan",
    "The pyramids of Giza at sunset, please",
    "An old Dutch windmill under a starry night sky, as an anime picture",
)


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="make demo",
        description="From wishes to published pictures, through the real gateway and workers.",
        epilog="Example: make demo ARGS='--description \"a lighthouse in the snow\" --style anime'",
    )
    parser.add_argument("--description", action="append", metavar="TEXT", help="a wish; repeatable")
    parser.add_argument("--style", choices=("photorealistic", "anime"), help="instead of a guess")
    parser.add_argument("--out", type=Path, default=ROOT / "out", help="where the files go")
    return parser.parse_args()


def paint(console: Console, url: str, wishes: list[str], args: argparse.Namespace) -> list[Outcome]:
    """Walk the flow for each wish under a live progress bar."""
    filters = {"style": args.style} if args.style else {}
    client, outcomes = Client(url), []
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[stage]}"))
    with Progress(*columns, TimeElapsedColumn(), console=console) as progress:
        for number, wish in enumerate(wishes, start=1):
            row = progress.add_task(wish[:60], total=100, stage="")

            def show(stage: str, percent: int, row: int = row) -> None:
                progress.update(row, completed=percent, stage=stage)  # type: ignore[arg-type]

            outcomes.append(walk(client, wish, filters, args.out / f"{number:02d}", show))
    return outcomes


def show(console: Console, outcomes: list[Outcome], sheet: Path) -> None:
    """Print the table and where the pictures are."""
    table = Table("wish", "culture", "stage", "time", "size", "what")
    for outcome in outcomes:
        for n, stage in enumerate(outcome.stages):
            head = (outcome.description[:34], outcome.culture) if n == 0 else ("", "")
            size = f"{stage.bytes / 1024:.0f} kB" if stage.bytes else ""
            table.add_row(*head, stage.name, f"{stage.seconds:.2f} s", size, stage.note)
        table.add_section()
    console.print(table)
    for outcome in outcomes:
        console.print(f"[bold]{outcome.description}[/]\n  {outcome.prompt}", highlight=False)
    console.print(f"Look at [bold]{sheet}[/] and the pictures beside it.")


def main() -> int:
    """Run the demo; 1 where anything failed, with the log lines that explain it."""
    args, console = arguments(), Console()
    wishes = args.description or list(WISHES)
    args.out.mkdir(parents=True, exist_ok=True)
    for old in args.out.glob("[0-9][0-9]"):
        shutil.rmtree(old)
    log_file = args.out / "service.log"
    console.print("Starting Redis, the gateway, the workers and Flower …")
    try:
        with running(ROOT, log_file) as url:
            outcomes = paint(console, url, wishes, args)
    except (NotReady, Refused, httpx.HTTPError) as error:
        console.print(f"[red]The demo failed:[/] {error}\nFrom {log_file}:")
        for line in explaining_lines(log_file):
            console.print("  " + line, markup=False, highlight=False)
        return 1
    show(console, outcomes, contact_sheet(outcomes, args.out / "contact-sheet.jpg"))
    return 0


if __name__ == "__main__":
    sys.exit(main())
