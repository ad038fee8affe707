"""Who may import whom: the table of the architecture, kept by ast and by real imports."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable

import pytest

from tests.architecture.modules import LANES, ROOT, Module, modules
from tests.harness.programs import environment

HEAVY = {"torch", "torchvision", "diffusers", "transformers", "llama_cpp", "accelerate",
         "safetensors"}  # fmt: skip

# What each part may import beside the standard library: foreign packages, and our own by prefix.
GATEWAY = {"flask", "flask_smorest", "webargs", "werkzeug", "marshmallow", "celery", "kombu",
           "redis", "limits", "swagger_ui_bundle", "apispec", "botocore", "fsspec",
           "gevent"}  # fmt: skip
WORKER = {"celery", "kombu", "billiard", "redis"}
SHARED = ("app.contracts", "app.blobs", "app.deliveries", "app.ledger", "app.ledger_records",
          "app.messages", "app.redis_clients", "app.redis_health")  # fmt: skip


def inside(name: str, *prefixes: str) -> bool:
    """Whether a dotted name is one of these or below one."""
    return any(name == prefix or name.startswith(prefix + ".") for prefix in prefixes)


def is_shell(module: Module) -> bool:
    """Whether a lane's module is its Celery shell rather than a step or an engine."""
    return module.path.split("/")[2] in ("main.py", "tasks.py")


def is_engine(module: Module) -> bool:
    """Whether a module may import a model library."""
    return module.path.endswith("_engine.py")


def own(module: Module, *roots: str) -> set[str]:
    """What a module imports of the project, below these folders."""
    return {name for name in module.imports() if inside(name, *roots)}


def check(found: list[Module], wrong: Callable[[Module], set[str]]) -> None:
    """Fail with every module for which something is wrong."""
    problems = {module.path: sorted(wrong(module)) for module in found if wrong(module)}
    assert not problems


def test_config_stands_on_nothing_of_ours() -> None:
    def wrong(module: Module) -> set[str]:
        return own(module, "app", "workers", "models") | module.foreign() - {"yaml", "pydantic"}

    check(modules("config"), wrong)


def test_contracts_know_marshmallow_and_each_other_alone() -> None:
    def wrong(module: Module) -> set[str]:
        others = {name for name in own(module, "app") if not inside(name, "app.contracts")}
        return others | own(module, "config", "workers") | module.foreign() - {"marshmallow"}

    check(modules("app/contracts"), wrong)


def test_the_gateway_knows_no_worker_and_no_model() -> None:
    check(modules("app"), lambda module: own(module, "workers", "models"))
    check(modules("app"), lambda module: module.foreign() - GATEWAY)


def test_what_workers_share_knows_no_lane_and_no_view() -> None:
    def wrong(module: Module) -> set[str]:
        lanes = own(module, *(f"workers.{lane}" for lane in LANES))
        gateway = {name for name in own(module, "app") if not inside(name, *SHARED)}
        # devices.py looks whether torch is there, and never imports it.
        return lanes | gateway | own(module, "models") | module.foreign() - WORKER

    check([module for module in modules("workers") if module.path.count("/") == 1], wrong)


@pytest.mark.parametrize("lane", LANES)
def test_a_lane_knows_no_other_lane(lane: str) -> None:
    others = tuple(f"workers.{other}" for other in LANES if other != lane)

    check(modules(f"workers/{lane}"), lambda module: own(module, *others, "models"))


@pytest.mark.parametrize("lane", LANES)
def test_a_lane_takes_contracts_alone_from_the_gateway(lane: str) -> None:
    def wrong(module: Module) -> set[str]:
        return {name for name in own(module, "app") if not inside(name, "app.contracts")}

    check(modules(f"workers/{lane}"), wrong)


@pytest.mark.parametrize("lane", LANES)
def test_steps_and_engines_know_neither_celery_nor_config(lane: str) -> None:
    def wrong(module: Module) -> set[str]:
        shells = own(module, "config", "workers.task", "workers.celery_app", "workers.runtime")
        return shells | module.foreign() & {"celery", "kombu", "billiard", "redis", "flask"}

    check([module for module in modules(f"workers/{lane}") if not is_shell(module)], wrong)


def test_model_libraries_are_imported_by_engines_alone() -> None:
    found = [module for module in modules("app", "config", "workers") if not is_engine(module)]

    check(found, lambda module: module.foreign() & HEAVY)


def test_engines_are_imported_late() -> None:
    def wrong(module: Module) -> set[str]:
        return {name for name in module.imports_at_start() if "_engine" in name}

    check([module for module in modules("workers") if not is_engine(module)], wrong)


def test_pictures_are_touched_by_processing_and_engines_alone() -> None:
    found = [
        module
        for module in modules("app", "config", "workers")
        if not module.path.startswith("workers/cpu_processing/") and not is_engine(module)
    ]

    check(found, lambda module: module.foreign() & {"PIL"})


@pytest.mark.parametrize("lane", LANES)
def test_a_worker_parent_loads_no_model_library(lane: str) -> None:
    program = (
        f"import sys, workers.{lane}.main; print(sorted(set(sys.modules) & {HEAVY | {'flask'}!r}))"
    )

    assert loaded(program) == "[]"


def test_the_gateway_loads_no_model_library_no_worker_and_no_pillow() -> None:
    never = HEAVY | {"workers", "PIL", "numpy"}
    program = f"import sys, app.wsgi; print(sorted(set(sys.modules) & {never!r}))"

    assert loaded(program) == "[]"


def test_contracts_load_no_flask() -> None:
    program = "import sys, app.contracts.errors, app.contracts.jobs; print('flask' in sys.modules)"

    assert loaded(program) == "False"


def loaded(program: str) -> str:
    """What a fresh interpreter prints; its Redis is never asked."""
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env=environment({"REDIS_URL": "redis://127.0.0.1:1/0"}),
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()
