"""Every bomb of the corpus: refused in words, within two seconds, without memory."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from PIL import Image

from app.contracts.errors import ImageTooLarge, InvalidImage
from tests.bombs import BOMBS, MOST_PIXELS, TAKEN
from tests.pictures import file, photo
from workers.cpu_processing.avif import items, read_stream
from workers.cpu_processing.decode import Limits, enter, open_image
from workers.cpu_processing.metadata import inventory
from workers.cpu_processing.pipeline import sanitised
from workers.cpu_processing.time_limit import OutOfTime, time_limit

LIMITS = Limits(max_pixels=MOST_PIXELS)
ROOM = 60_000  # kilobytes that this process may grow by for a refusal


def memory(name: str) -> int:
    """A figure of this process's memory in kilobytes: VmRSS now, VmHWM its peak."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith(name)).split()[1])


def forget_peak() -> None:
    """Let the peak begin at what is used now."""
    Path("/proc/self/clear_refs").write_text("5")


@pytest.mark.parametrize(("make", "error", "word"), BOMBS.values(), ids=BOMBS.keys())
def test_a_bomb_is_refused_in_words_before_it_costs_anything(make, error, word):
    data = make()
    forget_peak()
    before, began = memory("VmRSS"), time.process_time()

    with pytest.raises((InvalidImage, ImageTooLarge)) as caught:
        open_image(data, LIMITS)

    assert type(caught.value) is error
    assert word in caught.value.message
    assert time.process_time() - began < 2
    assert memory("VmHWM") - before < ROOM


@pytest.mark.parametrize("make", TAKEN.values(), ids=TAKEN.keys())
def test_an_odd_file_costs_no_more_than_its_pixels(make):
    data = make()
    began = time.process_time()

    found = open_image(data, LIMITS)
    inventory(found)
    sanitised(found, [])

    assert time.process_time() - began < 2


def test_what_needs_more_time_than_the_limit_is_refused_with_it():
    data = file(photo(1500, 1500), "JPEG", progressive=True, quality=95)

    with pytest.raises(ImageTooLarge, match=r"0\.005 s") as caught:
        open_image(data, Limits(decode_seconds=0.005))

    assert caught.value.details["limitSeconds"] == 0.005
    assert open_image(data, Limits()).image.size == (1500, 1500)


def test_nothing_of_the_time_limit_is_left_behind():
    with pytest.raises(OutOfTime), time_limit(0.02):
        while True:
            pass
    with time_limit(0.02):
        pass
    began = time.process_time()
    while time.process_time() - began < 0.1:
        pass


@pytest.mark.parametrize("size", [(64, 48), (1, 1), (700, 3)])
@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA"])
def test_the_av1_data_itself_is_measured(size, mode):
    data = file(Image.new(mode, size), "AVIF")

    streams = [read_stream(item.data(data)) for item in items(data) if item.type == "av01"]

    assert len(streams) == (2 if mode == "RGBA" else 1)
    assert {(stream.width, stream.height, stream.frames) for stream in streams} == {(*size, 1)}


def test_the_door_stands_before_any_decoder():
    assert enter(file(photo(9, 7), "WEBP"), Limits())[1].width == 9


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (b"<?xml version='1.0'?>\n<!-- a -->\n<svg/>", "an SVG"),
        (b"\xef\xbb\xbf<svg>", "an SVG"),
        (b"\0\0\0\x18ftypheic\0\0\0\0", "a HEIC"),
        (b"\0\0\0\x18ftypisom\0\0\0\0", "a video"),
        (b"%PDF-1.4", "a PDF"),
        (b"<?php echo 1;", "a script"),
        (b"P6\n1 1\n255\n", "a PNM"),
    ],
)
def test_a_refusal_names_what_was_sent(data, name):
    with pytest.raises(InvalidImage, match=f"look like {name}"):
        open_image(data, Limits())
