"""The row about the diffusion child: how much of a full queue's time it spends in the pipeline.

The pipeline's time is the engine's own measure, from its call to its picture; what our callback
takes of it, progress and previews, is held down by generate.overhead.
"""

from __future__ import annotations

import tempfile
from datetime import datetime
from pathlib import Path
from typing import Any

from tests.benchmarks.processes import Bench
from tests.benchmarks.rows import Row
from tests.harness.stack import Stack

JOBS = 24
LANES = ("gpu_diffusion", "cpu_processing")
REQUEST: dict[str, Any] = {
    "prompt": "a red torii gate by a lake at dawn, wide shot",
    "format": "png",
    "textOverlay": {"text": "Good night", "position": "south", "size": 0.08},
    "watermark": {"text": "imajin", "opacity": 0.4},
}


def rows(bench: Bench) -> list[Row]:
    """The one, on the Procfile's own workers and a Redis of their own."""
    with tempfile.TemporaryDirectory() as folder, Stack(Path(folder)) as stack:
        stack.start("redis", "web", *LANES).wait_for_web().wait_for_workers(*LANES)
        stack.api.run("/generate", REQUEST)  # warm
        ids = [stack.api.submit("/generate", REQUEST | {"seed": seed}) for seed in range(JOBS)]
        jobs = [stack.api.ended(job_id, 600) for job_id in ids]
        timings = [stack.api.result(job_id)["timings"] for job_id in ids]
    painting = sum(one["denoise"] + one["decode"] for one in timings)
    return [Row("gpu.busy", painting, _window(jobs, timings[-1]), "ms", goal=0.97, at_most=False)]


def _window(jobs: list[dict[str, Any]], last: dict[str, float]) -> float:
    """Milliseconds from the first job's start to the last one's hand-over to its finish."""
    began = min(datetime.fromisoformat(job["startedAt"]) for job in jobs)
    ended = max(datetime.fromisoformat(job["finishedAt"]) for job in jobs)
    return (ended - began).total_seconds() * 1000 - last["finish"]
