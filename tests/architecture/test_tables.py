"""Tables that stand in two places agree: tasks, queues, Procfile, error codes, generated docs."""

from __future__ import annotations

import json
import subprocess
import sys
from itertools import pairwise

import pytest

from app.contracts import tasks
from app.contracts.errors import all_errors
from app.contracts.jobs import CELERY_STATES, STATUS_OF_STATE, Status
from app.contracts.tasks import DELIVER, FIRST_TASK, TASKS, JobType, Queue
from config.celery_config import celery_config
from config.settings import Settings
from scripts.generate_docs import DOCS, PAGES
from tests.architecture.modules import LANES, ROOT
from tests.harness.programs import environment, read_procfile
from workers.celery_app import soft_limits
from workers.lease import STAGES


def test_a_queue_is_a_lane_is_a_line_of_the_procfile() -> None:
    lines = read_procfile()

    assert {queue.value for queue in Queue} == set(LANES)
    assert set(lines) == {"redis", "web", "flower", *LANES}
    for lane in LANES:
        assert (ROOT / "workers" / lane / "main.py").exists()
        assert f"workers.{lane}.main worker --queues {lane} " in lines[lane]


def test_each_job_type_has_a_first_task_and_each_task_a_limit() -> None:
    assert set(FIRST_TASK) == set(JobType)
    assert set(FIRST_TASK.values()) <= set(TASKS.values())
    assert all(name == spec.name == f"imajin.{spec.step}" for name, spec in TASKS.items())
    assert set(soft_limits(Settings())) == set(TASKS)


def test_every_task_spec_is_in_the_table() -> None:
    declared = [value for value in vars(tasks).values() if isinstance(value, tasks.TaskSpec)]

    assert sorted(TASKS) == sorted(spec.name for spec in declared)


@pytest.mark.parametrize("lane", LANES)
def test_a_lane_registers_its_tasks_and_no_others(lane: str) -> None:
    program = (
        "import json, sys\n"
        f"from workers.{lane}.main import celery\n"
        "celery.finalize()\n"
        "print(json.dumps([name for name in celery.tasks if name.startswith('imajin.')]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env=environment({"REDIS_URL": "redis://127.0.0.1:1/0"}),
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr

    found = json.loads(done.stdout)
    assert sorted(found) == sorted(name for name, spec in TASKS.items() if spec.queue == lane)


def test_celery_states_and_our_words_are_one_to_one() -> None:
    assert set(CELERY_STATES) == set(Status)
    assert {state: status for status, state in CELERY_STATES.items()} == STATUS_OF_STATE
    assert "PENDING" not in STATUS_OF_STATE  # what Celery says of an id that it does not know


def test_codes_are_unique_and_documented() -> None:
    found = list(all_errors())
    codes = [kind.code for kind in found]

    assert len(set(codes)) == len(codes)
    for kind in found:
        assert kind.code.isupper() and kind.__doc__ and 400 <= kind.status < 600


@pytest.mark.parametrize("name", PAGES)
def test_a_generated_page_is_what_the_code_says(name: str) -> None:
    written = (DOCS / name).read_text(encoding="utf-8")

    assert written == PAGES[name](), "run: python -m scripts.generate_docs"


def test_every_code_of_the_gateway_is_on_the_page() -> None:
    page = (DOCS / "errors.md").read_text(encoding="utf-8")

    assert all(f"| `{kind.code}` | {kind.status} |" in page for kind in all_errors())


def test_the_percent_of_a_job_never_falls() -> None:
    assert set(STAGES) == {spec.step for spec in TASKS.values()} - {DELIVER.step}
    for steps in (("analyze",), ("generate", "finish"), ("derive",), ("verify",)):
        bounds = [bound for step in steps for bound in STAGES[step].values()]
        assert bounds[0][0] == 0 and bounds[-1][1] == 99
        assert all(low < high for low, high in bounds)
        assert all(before[1] == after[0] for before, after in pairwise(bounds))


def test_celery_speaks_json_alone_and_recovers_by_lease() -> None:
    settings = Settings()
    conf = celery_config(settings, "redis://localhost/0", list(LANES))

    assert conf["accept_content"] == conf["result_accept_content"] == ["json"]
    assert conf["task_create_missing_queues"] is False
    longest = max(soft_limits(settings).values()) + settings.hard_limit_grace
    assert conf["visibility_timeout"] > 10 * longest
