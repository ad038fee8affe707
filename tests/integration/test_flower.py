"""Flower beside the service: it sees the workers, and tasks that give nothing away."""

from __future__ import annotations

import re
from typing import Any

import httpx
import pytest

from tests.harness.images import quick_request
from tests.harness.programs import wait_until
from tests.harness.stack import LANES, Stack


def flower(service: Stack, path: str) -> Any:
    """What Flower's API answers."""
    answer = httpx.get(f"http://127.0.0.1:{service.flower_port}{path}", timeout=30)
    assert answer.status_code == 200, answer.text
    return answer.json()


def listening(service: Stack) -> bool:
    """Whether Flower answers."""
    try:
        address = f"http://127.0.0.1:{service.flower_port}/healthcheck"
        return httpx.get(address, timeout=5).status_code == 200
    except httpx.TransportError:
        return False


@pytest.fixture(scope="module")
def tasks(service: Stack) -> dict[str, dict[str, Any]]:
    """The tasks of a job on each queue, whose text must not be seen, as Flower shows them."""
    wait_until(lambda: listening(service), 60, "Flower listens", pause=0.3)
    jobs = [
        service.api.submit("/derivatives", quick_request()),
        service.api.submit("/analyze-context", {"description": "a canary in Kyoto", "count": 1}),
        service.api.submit(
            "/generate", {"prompt": "a canary by a lake", "width": 256, "height": 256, "steps": 2}
        ),
    ]
    for job_id in jobs:
        service.api.result(job_id)
    found: dict[str, dict[str, Any]] = {}

    def all_seen() -> bool:
        # What ran before Flower was there it knows in part only.
        all_tasks = flower(service, "/api/tasks")
        found.update({uuid: task for uuid, task in all_tasks.items() if uuid[:32] in jobs})
        done = [task["args"] for task in found.values() if task["state"] == "SUCCESS"]
        return all(any(job_id in args for args in done) for job_id in jobs)

    wait_until(all_seen, 20, "Flower has seen the tasks", pause=0.3)
    return found


def test_the_workers_are_there(service: Stack, tasks: dict[str, dict[str, Any]]) -> None:
    assert tasks
    workers = flower(service, "/api/workers?refresh=1")

    assert sorted(name.split("@")[0] for name in workers) == sorted(LANES)
    for name, worker in workers.items():
        queues = [queue["name"] for queue in worker["active_queues"]]
        assert queues == [name.split("@")[0]]


def test_a_task_holds_the_jobs_id_and_nothing_else(tasks: dict[str, dict[str, Any]]) -> None:
    names = {task["name"] for task in tasks.values()}

    assert {"imajin.analyze", "imajin.generate", "imajin.finish", "imajin.derive"} <= names
    for uuid, task in tasks.items():
        job_id, step = uuid.split(":")
        assert task["args"] == f"['{job_id}']"
        assert task["kwargs"] == "{}"
        assert task["name"] == f"imajin.{step}"
        assert re.fullmatch(r"[0-9a-f]{32}", job_id)
    assert "canary" not in str(tasks)


def test_flower_listens_on_loopback(service: Stack) -> None:
    wait_until(lambda: listening(service), 60, "Flower listens", pause=0.3)
    (place,) = [
        one.laddr
        for process in service.programs["flower"].family()
        for one in process.net_connections()
        if one.status == "LISTEN"
    ]

    assert (place.ip, place.port) == ("127.0.0.1", service.flower_port)


def test_logs_hold_no_prompt(service: Stack, tasks: dict[str, dict[str, Any]]) -> None:
    assert tasks
    for program in service.programs.values():
        assert "canary" not in program.text(), program.name
