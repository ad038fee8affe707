"""Pinning a process to its GPU, and how much memory it may use."""

import subprocess
import sys

import pytest

from workers import devices


def run(code: str) -> subprocess.CompletedProcess[str]:
    """A fresh process: pinning changes its environment for good."""
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False
    )


@pytest.mark.parametrize(
    ("index", "gpus", "visible"),
    [(0, (0, 1), "0"), (1, (0, 1), "1"), (3, (4, 6), "6"), (0, (2,), "2"), (0, (), "")],
)
def test_each_child_sees_its_own_gpu_alone(index, gpus, visible):
    done = run(
        "import os; from workers import devices;"
        f"print(devices.pin({index}, {gpus})); print(os.environ['CUDA_VISIBLE_DEVICES'])"
    )

    expected = visible or "None"
    assert done.stdout.split("\n")[:2] == [expected, visible], done.stderr


def test_one_engine_may_be_shown_several_gpus():
    done = run(
        "import os; from workers import devices; devices.show((0, 2));"
        "print(os.environ['CUDA_VISIBLE_DEVICES'])"
    )

    assert done.stdout.strip() == "0,2"


def test_pinning_after_torch_was_imported_is_refused():
    done = run(
        "import sys, types; sys.modules['torch'] = types.ModuleType('torch');"
        "from workers import devices; devices.pin(0, (0,))"
    )

    assert done.returncode == 1
    assert "torch was imported before" in done.stderr


def test_the_lane_can_be_imported_without_its_heavy_libraries():
    done = run(
        "import sys; import workers.gpu_diffusion.tasks, workers.devices;"
        "print({'torch', 'diffusers', 'transformers', 'numpy', 'PIL'} & set(sys.modules))"
    )

    assert done.stdout.strip() == "set()", done.stderr


def test_the_memory_of_the_host_is_within_what_there_is():
    memory = devices.host_memory()

    assert 0 < memory.available <= memory.total


def test_a_limit_on_the_address_space_is_a_limit_on_memory():
    done = run(
        "import resource; resource.setrlimit(resource.RLIMIT_AS, (2**30, 2**30));"
        "from workers import devices; m = devices.host_memory(); print(m.total, m.available)"
    )

    total, available = map(int, done.stdout.split())
    assert total == 2**30
    assert 0 < available < 2**30
