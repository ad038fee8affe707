"""How "out of memory" is recognised, read and worded."""

import pytest

from workers.gpu_diffusion import memory

CPU = (
    "[enforce fail at alloc_cpu.cpp:127] err == 0. DefaultCPUAllocator: can't allocate memory: "
    "you tried to allocate 8589934592 bytes. Error code 12 (Cannot allocate memory)"
)
CUDA = (
    "CUDA out of memory. Tried to allocate 20.00 GiB. GPU 0 has a total capacity of 23.65 GiB of "
    "which 3.12 GiB is free."
)
NUMPY = "Unable to allocate 1.50 MiB for an array with shape (512, 1024, 3) and data type uint8"


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (CPU, 8 * 1024**3),
        (CUDA, 20 * 1024**3),
        (NUMPY, 3 * 1024**2 // 2),
        ("std::bad_alloc", None),
    ],
)
def test_the_bytes_asked_for_are_read_from_the_words_of_the_allocator(said, expected):
    assert memory.requested_bytes(said) == expected


@pytest.mark.parametrize("said", [CPU, CUDA, "std::bad_alloc", "MPS backend out of memory"])
def test_the_words_of_each_allocator_are_recognised(said):
    assert memory.says_out_of_memory(said)


@pytest.mark.parametrize(
    "said",
    ["CUDA error: device-side assert triggered", "mat1 and mat2 shapes cannot be multiplied"],
)
def test_other_errors_are_not_taken_for_a_lack_of_memory(said):
    assert not memory.says_out_of_memory(said)


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        (0, "0B"),
        (8 * 1024**3, "8GB"),
        (3 * 1024**3 // 2, "1.5GB"),
        (640 * 1024**2, "640MB"),
        (1024**3 - 1, "1GB"),
        (15_400_000_000, "14GB"),
        (4 * 1024**4, "4TB"),
        (-5, "0B"),
    ],
)
def test_bytes_are_said_as_people_say_them(size, expected):
    assert memory.human(size) == expected


def test_the_error_names_what_was_asked_and_what_there_was():
    error = memory.out_of_memory("picture", 8 * 1024**3, 4 * 1024**3)

    assert error.code == "GPU_OOM"
    assert error.details == {"requested": "8GB", "available": "4GB"}
