"""`make up`: honcho runs the whole Procfile, and Ctrl-C ends every process of it."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import psutil

from config.redis_urls import announced
from tests.harness.programs import Program, environment, wait_until
from tests.harness.stack import LANES, Stack


def test_ctrl_c_ends_every_process(tmp_path: Path) -> None:
    with Stack(tmp_path / "up") as stack:
        log = stack.folder / "honcho.log"
        stack.programs["web"] = Program("honcho", ["honcho", "start"], log, stack.settings).start()
        try:
            ends_whole(stack)
        finally:
            for process in marked(stack):
                process.kill()


def ends_whole(stack: Stack) -> None:
    """Wait until all of it is ready, interrupt honcho, and see everything end."""
    stack.wait_for_web().wait_for_workers(*LANES)
    assert stack.api.get("/readyz").status_code == 200
    ours = marked(stack)
    assert len(ours) >= 12  # six lines, gunicorn's two, a child and a tracker for each worker

    # The terminal's Ctrl-C reaches the foreground group, which is honcho alone.
    os.kill(stack.programs["web"].pid, signal.SIGINT)
    wait_until(lambda: not stack.programs["web"].alive, 15, "honcho ends")
    wait_until(lambda: not any(map(runs, ours)), 10, "every process has ended")
    assert announced(stack.data) is None


def marked(stack: Stack) -> list[psutil.Process]:
    """Every process that has this service's data folder in its environment."""
    mark = environment(stack.settings)["IMAJIN_DATA_DIR"]
    return [one for one in psutil.process_iter() if has(one, mark)]


def has(process: psutil.Process, folder: str) -> bool:
    """Whether a process was given this data folder."""
    try:
        return process.environ().get("IMAJIN_DATA_DIR") == folder
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return False


def runs(process: psutil.Process) -> bool:
    """Whether the process is there and no zombie."""
    try:
        return bool(process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False
