"""Makes several pictures at once where cores are free, within a bound of memory."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import TypeVar

T = TypeVar("T")
# One step for each call: the share of the source's pixels that it holds, and the call itself.
Step = tuple[float, Callable[[], T]]


def cores() -> int:
    """The processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def overlapped(steps: Iterable[Step[T]], threads: int | None = None) -> Iterator[T]:
    """What the calls give, in their order, each as soon as it and those before it are done.

    Calls run side by side as long as their shares together stay within 1; a larger one runs
    alone. The first error ends it: what has not begun never does. Steps are taken from their
    iterator in the thread that asks, each when it is about to begin.
    """
    with ThreadPoolExecutor(threads or cores(), thread_name_prefix="variant") as pool:
        running: dict[Future[T], float] = {}
        begun: list[Future[T]] = []
        given = 0
        try:
            for share, call in steps:
                while running and sum(running.values()) + share > 1:
                    _wait(running)
                future = pool.submit(call)
                running[future] = share
                begun.append(future)
                while given < len(begun) and begun[given].done():
                    yield begun[given].result()
                    given += 1
            for future in begun[given:]:
                yield future.result()
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def _wait(running: dict[Future[T], float]) -> None:
    done, _ = wait(running, return_when=FIRST_COMPLETED)
    for future in done:
        del running[future]
        future.result()
