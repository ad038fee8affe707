"""Jobs that take too long, too much memory or a model that is not there."""

from __future__ import annotations

import re
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest
import yaml

from tests.harness.client import assert_error
from tests.harness.images import quick_request, slow_request
from tests.harness.programs import ROOT, wait_until
from tests.harness.redis_server import RedisServer
from tests.harness.stack import Stack
from tests.tiny_diffusion import write_tiny_pipeline

CPU = "cpu_processing"
GPU = "gpu_diffusion"
LLM = "gpu_llm"


@contextmanager
def stack_of_its_own(folder: Path, **settings: object) -> Iterator[Stack]:
    """A stack with a Redis server that nobody else uses, not started yet."""
    redis = RedisServer(folder / "redis").start()
    try:
        with Stack(folder / "stack", redis.url, web_workers=1, **settings) as stack:
            yield stack
    finally:
        redis.stop()


@pytest.fixture(scope="module")
def hurried(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A processing worker and a language model with a second for each task, and one of grace."""
    folder = tmp_path_factory.mktemp("hurried")
    limits = {"derivative_timeout": 1, "analyze_timeout": 1, "hard_limit_grace": 1}
    with stack_of_its_own(folder, **limits) as stack:
        stack.start("web", CPU, LLM).wait_for_web().wait_for_workers(CPU, LLM)
        yield stack


def test_a_task_that_takes_too_long_is_stopped(hurried: Stack) -> None:
    child = hurried.programs[CPU].pool()[0].pid
    job = hurried.api.ended(hurried.api.submit("/derivatives", slow_request(20)))

    assert job["error"]["code"] == "JOB_TIMEOUT"
    assert job["error"]["details"] == {"limitSeconds": 1}
    assert job["attempts"] == 1
    # The child was asked, not killed.
    assert [one.pid for one in hurried.programs[CPU].pool()] == [child]
    assert hurried.api.run("/derivatives", quick_request())["variants"]


def test_a_task_that_does_not_listen_is_ended(hurried: Stack) -> None:
    job_id = hurried.api.submit("/derivatives", slow_request(20))
    hurried.api.processing(job_id)
    child = hurried.programs[CPU].pool()[0]
    child.send_signal(signal.SIGSTOP)

    job = hurried.api.ended(job_id, 20)

    assert job["error"]["code"] == "JOB_TIMEOUT"
    assert job["error"]["details"]["limitSeconds"] == 2
    assert job["attempts"] == 1
    wait_until(lambda: not child.is_running(), 10, "the child is gone")
    assert hurried.api.run("/derivatives", quick_request())["variants"]


def test_a_language_model_that_thinks_too_long_is_stopped(hurried: Stack) -> None:
    wish = {"description": "a paper boat on a rainy canal in Amsterdam " * 20, "count": 8}
    answer = hurried.api.post("/analyze-context", wish)

    assert assert_error(answer, 500, "LLM_TIMEOUT") == {"limitSeconds": 1}


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A models.yaml with a pipeline of random weights, a missing and a damaged one."""
    folder = tmp_path_factory.mktemp("models")
    damaged = write_tiny_pipeline(folder / "damaged")
    for weights in damaged.rglob("*.safetensors"):
        weights.write_bytes(weights.read_bytes()[:1000])
    entries = {
        "tiny": write_tiny_pipeline(folder / "tiny"),
        "missing": folder / "nowhere",
        "damaged": damaged,
    }
    found = yaml.safe_load((ROOT / "config" / "models.yaml").read_text(encoding="utf-8"))
    found["image_models"] = {
        name: {
            "source": str(source),
            "licence": "none",
            "styles": ["photorealistic", "anime"],
            "defaults": {"width": 64, "height": 64, "steps": 2, "scheduler": "ddim"},
            "max_pixels": 4096 * 4096,
        }
        for name, source in entries.items()
    }
    found["aliases"] = {"photorealistic": "tiny", "anime": "missing"}
    found["text_models"]["starter-llm"]["source"] = "models/nowhere/no.gguf"
    path = folder / "models.yaml"
    path.write_text(yaml.safe_dump(found), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def painter(catalogue: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Workers on that catalogue."""
    folder = tmp_path_factory.mktemp("painter")
    with stack_of_its_own(folder, models_file=catalogue) as stack:
        stack.start("web", GPU, CPU, LLM).wait_for_web().wait_for_workers(GPU, CPU, LLM)
        yield stack


def test_missing_weights_are_named_with_the_way_to_get_them(painter: Stack) -> None:
    for model in ("missing", "anime"):
        answer = painter.api.post("/generate", {"prompt": "a torii", "model": model})
        details = assert_error(answer, 503, "MODEL_UNAVAILABLE")
        assert details["model"] == "missing"
        assert details["hint"]


def test_damaged_weights_are_unavailable_too(painter: Stack) -> None:
    answer = painter.api.post("/generate", {"prompt": "a torii", "model": "damaged"})

    assert assert_error(answer, 503, "MODEL_UNAVAILABLE")["model"] == "damaged"


def test_a_missing_language_model_is_unavailable(painter: Stack) -> None:
    answer = painter.api.post("/analyze-context", {"description": "a torii in Kyoto"})

    details = assert_error(answer, 503, "MODEL_UNAVAILABLE")
    assert details["model"] == "starter-llm" and details["hint"]


LARGE = {"prompt": "a torii", "width": 1024, "height": 1024, "steps": 1}
SMALL = {"prompt": "a torii", "width": 64, "height": 64}


@pytest.fixture
def cramped(painter: Stack) -> Iterator[Stack]:
    """The diffusion child, warm, with room for little more than it has already."""
    painter.api.run("/generate", SMALL)
    child = painter.programs[GPU].pool()[0]
    before = child.rlimit(psutil.RLIMIT_AS)
    room = child.memory_info().vms + 150 * 1024**2
    child.rlimit(psutil.RLIMIT_AS, (room, before[1]))
    yield painter
    child.rlimit(psutil.RLIMIT_AS, before)


def test_a_picture_that_does_not_fit_says_what_it_would_take(cramped: Stack) -> None:
    child = cramped.programs[GPU].pool()[0].pid
    job = cramped.api.ended(cramped.api.submit("/generate", LARGE), 60)

    assert job["error"]["code"] == "GPU_OOM"
    assert set(job["error"]["details"]) == {"requested", "available"}
    for size in job["error"]["details"].values():
        assert re.fullmatch(r"[\d.]+(B|KB|MB|GB)", size)
    assert job["attempts"] == 1
    # The child lives and paints what fits.
    assert cramped.api.run("/generate", SMALL)["width"] == 64
    assert [one.pid for one in cramped.programs[GPU].pool()] == [child]


@pytest.mark.parametrize("model", ["tiny", "photorealistic"])
def test_models_lists_this_catalogue(painter: Stack, model: str) -> None:
    body = painter.api.get("/models").json()

    known = {entry["id"] for entry in body["models"]} | set(body["aliases"])
    assert {"tiny", "missing", "damaged", model} <= known
    assert "sdxl" not in known
