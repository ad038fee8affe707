"""One chaos run: stage, clients, faults, drain, count."""

from __future__ import annotations

import queue
import time
from collections import Counter
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from tests.chaos.clients import Follower, Poster
from tests.chaos.faults import Injector
from tests.chaos.observer import Observer
from tests.chaos.plan import Options, Wanted, plan
from tests.chaos.report import Report
from tests.chaos.stage import SLOW, Stage
from tests.chaos.tally import Tally
from tests.harness.redis_server import RedisServer

POSTERS = 6
LANE_OF = {"analyze": "gpu_llm", "generate": "gpu_diffusion"}


def run(options: Options, folder: Path, console: Console) -> Report:
    """Do it all."""
    jobs = plan(options)
    wanted = {LANE_OF[job.kind] for job in jobs if job.kind in LANE_OF}
    count = RedisServer(folder / "count").start()
    try:
        with (
            count.client() as redis,
            Stage(folder, tuple(lane for lane in SLOW if lane in wanted)) as stage,
        ):
            return _run(options, jobs, stage, Tally(redis), console)
    finally:
        count.stop()


def _run(
    options: Options, jobs: list[Wanted], stage: Stage, tally: Tally, console: Console
) -> Report:
    started = time.monotonic()
    url = f"http://127.0.0.1:{stage.stack.port}"
    follower, observer = Follower(url, tally), Observer(stage.redis, tally)
    due: queue.Queue[Wanted | None] = queue.Queue()
    posters = [Poster(url, due, follower) for _ in range(POSTERS)]
    injector = Injector(stage, options.seed)
    for thread in (follower, observer, *posters, injector):
        thread.start()
    with _bar(console) as bar:
        posted = bar.add_task("sent", total=len(jobs))
        ended = bar.add_task("ended", total=len(jobs))
        for number, job in enumerate(jobs):
            time.sleep(max(0.0, started + options.minutes * 60 * number / len(jobs) - _now()))
            due.put(job)
            bar.update(posted, completed=number + 1)
            bar.update(ended, completed=len(follower.ends))
        for _ in posters:
            due.put(None)
        while any(poster.is_alive() for poster in posters):
            time.sleep(0.2)
            bar.update(ended, completed=len(follower.ends))
        injector.stop()
        stage.heal()
        deadline = _now() + options.drain_seconds
        while follower.waiting and _now() < deadline:
            time.sleep(0.5)
            stage.supervise()
            bar.update(ended, completed=len(follower.ends))
    follower.stop()
    # Every end is read once more, after all is over: an end is an end.
    follower.look(list(follower.ends))
    observer.stop()
    answers = sum((poster.answers for poster in posters), Counter[str]())
    return Report(
        options=options,
        seconds=_now() - started,
        accepted=len(tally.jobs()),
        ends=follower.ends,
        kinds=follower.kinds,
        lost=sorted((tally.jobs() - follower.ends.keys()) | follower.unreadable),
        doubles=list(tally.doubles()),
        faults=dict(injector.done),
        answers=dict(answers),
        restarts=stage.restarts,
    )


def _bar(console: Console) -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    return Progress(*columns, TimeElapsedColumn(), console=console, disable=not console.is_terminal)


def _now() -> float:
    return time.monotonic()
