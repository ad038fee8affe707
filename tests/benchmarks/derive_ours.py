"""Makes variants as the worker does: a request as JSON a line in, its figures a line out."""

from __future__ import annotations

import json
import resource
import sys
import time
from pathlib import Path
from typing import Any

from workers.cpu_processing.decode import Limits
from workers.cpu_processing.heap import keep_pages
from workers.cpu_processing.pipeline import derive


def spent() -> float:
    """This process's time on processors, all threads, in seconds."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def nothing(*_: Any) -> Any:
    """Report nothing and fetch nothing."""


def main() -> None:
    """Answer until the input ends."""
    keep_pages()
    for line in sys.stdin:
        asked = json.loads(line)
        data = Path(asked["source"]).read_bytes()
        variants = [
            {"name": f"w{width}", "width": width, "format": asked["format"]}
            | {"quality": asked["quality"]}
            for width in asked["widths"]
        ]
        began, cpu = time.perf_counter(), spent()
        made = derive(data, {"variants": variants}, Limits(), nothing, nothing)
        figures = {"wall": time.perf_counter() - began, "cpu": spent() - cpu}
        figures |= {"bytes": sum(len(variant.file.data) for variant in made.variants)}
        print(json.dumps(figures), flush=True)


if __name__ == "__main__":
    main()
