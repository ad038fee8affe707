"""Calls run side by side, within their bound, and come back in their order."""

from __future__ import annotations

import threading

import pytest

from workers.cpu_processing.overlap import overlapped


def test_results_come_in_order_whatever_ends_first():
    second_done = threading.Event()

    def slow() -> str:
        assert second_done.wait(10)
        return "slow"

    def quick() -> str:
        second_done.set()
        return "quick"

    assert list(overlapped([(0.5, slow), (0.5, quick)], threads=2)) == ["slow", "quick"]


def test_shares_over_the_bound_wait_for_room():
    running, most = [0], [0]
    lock = threading.Lock()

    def call() -> None:
        with lock:
            running[0] += 1
            most[0] = max(most[0], running[0])
        threading.Event().wait(0.01)
        with lock:
            running[0] -= 1

    list(overlapped([(0.6, call)] * 6 + [(3.0, call)] * 2, threads=4))

    assert most == [1]


def test_the_first_error_ends_it_and_nothing_new_begins():
    begun = []

    def call(number: int) -> int:
        begun.append(number)
        if number == 1:
            raise ValueError("one")
        return number

    calls = overlapped([(1.0, lambda n=n: call(n)) for n in range(5)], threads=2)
    with pytest.raises(ValueError, match="one"):
        list(calls)

    assert begun == [0, 1]


def test_whoever_stops_listening_stops_the_rest():
    begun = []
    calls = overlapped([(1.0, lambda n=n: begun.append(n)) for n in range(50)], threads=2)

    next(calls)
    calls.close()

    assert len(begun) < 50
