"""Scaling by libvips gives what a plain Lanczos gives."""

from __future__ import annotations

import pytest
from PIL import Image

from tests.pictures import photo
from workers.cpu_processing.quality import ssim
from workers.cpu_processing.steps.resample import resample


@pytest.mark.parametrize("size", [(700, 467), (400, 267), (150, 100), (33, 21)])
def test_a_smaller_picture_is_that_of_a_plain_lanczos(size):
    picture = photo(900, 600)

    made = resample(picture, size)

    assert made.size == size
    assert ssim(made, picture.resize(size, Image.Resampling.LANCZOS)) > 0.99


@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA"])
@pytest.mark.parametrize("size", [(1, 1), (1, 37), (53, 1), (211, 97), (640, 480), (900, 700)])
def test_each_mode_reaches_each_size(mode, size):
    made = resample(photo(320, 240).convert(mode), size)

    assert (made.mode, made.size) == (mode, size)


@pytest.mark.parametrize("source", [(1, 1), (2, 300), (300, 2)])
def test_the_thinnest_sources_are_scaled(source):
    made = resample(Image.new("RGB", source, (10, 200, 30)), (40, 20))

    assert made.size == (40, 20)
    assert made.getpixel((20, 10)) == (10, 200, 30)


def test_a_box_is_cut_out_and_scaled():
    picture = Image.new("RGB", (100, 50), "red")
    picture.paste("blue", (50, 0, 100, 50))

    made = resample(picture, (25, 25), (50, 0, 100, 50))

    assert made.getcolors() == [(625, (0, 0, 255))]


def test_a_picture_of_the_size_asked_for_is_left_alone():
    picture = photo(64, 64)

    assert resample(picture, (64, 64)) is picture


def test_pictures_in_turn_do_not_take_each_other_s_pixels():
    red, blue = Image.new("RGB", (90, 90), "red"), Image.new("RGB", (90, 90), "blue")

    seen = [resample(one, (9, 9)).getpixel((4, 4)) for one in (red, blue, red, blue)]

    assert seen == [(255, 0, 0), (0, 0, 255)] * 2


def test_a_picture_without_ink_keeps_its_clear_colour_out():
    picture = Image.new("RGBA", (80, 80), (0, 255, 0, 0))
    picture.paste((255, 0, 0, 255), (0, 0, 40, 80))

    red, green, _, alpha = resample(picture, (20, 20)).getpixel((9, 10))

    assert alpha > 100
    assert red > 240 and green < 15
