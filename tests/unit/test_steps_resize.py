"""Crop, the five fits, gravity, and the smart crop."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from app.contracts.errors import ImageTooLarge, InvalidRequest
from tests import pictures
from workers.cpu_processing.quality import ssim
from workers.cpu_processing.steps.crop import crop
from workers.cpu_processing.steps.place import place
from workers.cpu_processing.steps.resize import Fit, resize
from workers.cpu_processing.steps.smart import busiest

PLENTY = 50_000_000
SOURCE = pictures.corners(600, 400)


def test_crop_cuts_exactly():
    cut = crop(pictures.corners(), 30, 0, 30, 20)

    assert cut.size == (30, 20)
    assert cut.getcolors() == [(600, pictures.GREEN)]


@pytest.mark.parametrize("box", [(1, 0, 60, 40), (0, 1, 60, 40), (60, 0, 1, 1), (0, 0, 61, 1)])
def test_a_crop_outside_is_refused_in_words(box):
    with pytest.raises(InvalidRequest, match="does not lie within the picture of 60x40") as caught:
        crop(pictures.corners(), *box)

    assert "crop" in caught.value.details


@pytest.mark.parametrize(
    ("want", "size"),
    [
        (Fit(), (600, 400)),
        (Fit(300, 300, "inside"), (300, 200)),
        (Fit(300, 300, "outside"), (450, 300)),
        (Fit(300, 300, "cover"), (300, 300)),
        (Fit(300, 300, "contain"), (300, 300)),
        (Fit(300, 300, "fill"), (300, 300)),
        (Fit(width=150), (150, 100)),
        (Fit(height=100), (150, 100)),
        (Fit(width=150, fit="cover"), (150, 100)),
        (Fit(height=100, fit="fill"), (150, 100)),
        (Fit(1200, 1200, "inside"), (600, 400)),
        (Fit(width=1200, fit="inside"), (600, 400)),
        (Fit(1200, 1200, "contain"), (1200, 1200)),
        (Fit(width=1200, fit="contain"), (600, 400)),
        (Fit(1200, 1200, "outside", enlarge=True), (1800, 1200)),
        (Fit(1200, 1200, "cover", enlarge=True), (1200, 1200)),
        (Fit(1200, 1200, "fill", enlarge=True), (1200, 1200)),
        (Fit(1200, 1200, "inside", enlarge=True), (1200, 800)),
        (Fit(width=1200, fit="contain", enlarge=True), (1200, 800)),
        (Fit(1, 1, "inside"), (1, 1)),
    ],
)
def test_each_fit_gives_its_size(want, size):
    assert resize(SOURCE, want, PLENTY).size == size


@pytest.mark.parametrize(
    "want",
    [
        Fit(601, 100, "fill"),
        Fit(1200, 1200, "cover"),
        Fit(601, 100, "outside"),
        Fit(height=401, fit="cover"),
        Fit(width=601, fit="outside"),
    ],
)
def test_a_small_picture_is_not_enlarged_unless_that_was_asked_for(want):
    with pytest.raises(InvalidRequest, match="picture of 600x400 would be enlarged") as caught:
        resize(SOURCE, want, PLENTY)

    assert "enlarge" in caught.value.details


def test_contain_leaves_a_small_picture_at_its_size_unless_told_to_enlarge():
    want = {"width": 1200, "height": 1200, "fit": "contain", "background": (9, 9, 9, 255)}

    left = resize(SOURCE, Fit(**want), PLENTY)
    grown = resize(SOURCE, Fit(**want, enlarge=True), PLENTY)

    assert left.getpixel((299, 600)) == (9, 9, 9) != left.getpixel((300, 600))
    assert left.crop((300, 400, 900, 800)).tobytes() == SOURCE.tobytes()
    assert grown.getpixel((5, 600)) != (9, 9, 9)


def test_a_variant_over_the_limit_is_refused_before_it_is_made():
    with pytest.raises(ImageTooLarge) as caught:
        resize(Image.new("L", (4000, 10)), Fit(8000, 8000, "outside"), PLENTY)

    assert caught.value.details["limitPixels"] == PLENTY


@pytest.mark.parametrize(
    ("gravity", "colors"),
    [
        ("west", {pictures.RED, pictures.BLUE}),
        ("east", {pictures.GREEN, pictures.YELLOW}),
        ("northwest", {pictures.RED, pictures.BLUE}),
    ],
)
def test_gravity_says_which_side_stays(gravity, colors):
    small = resize(SOURCE, Fit(100, 400, "cover", gravity), PLENTY)

    seen = {small.getpixel((50, 20)), small.getpixel((50, 380))}
    assert seen == colors


def test_gravity_works_up_and_down_too():
    wide = resize(SOURCE, Fit(600, 100, "cover", "south"), PLENTY)

    assert wide.getpixel((10, 50)) == pictures.BLUE


def test_contain_pads_with_the_background():
    padded = resize(SOURCE, Fit(400, 400, "contain", background=(1, 2, 3, 255)), PLENTY)

    assert padded.mode == "RGB"
    assert padded.getpixel((200, 5)) == padded.getpixel((200, 395)) == (1, 2, 3)
    assert pictures.near(padded.getpixel((10, 100)), pictures.RED)


def test_contain_pads_white_unless_told_and_clear_where_told():
    assert resize(SOURCE, Fit(400, 400, "contain"), PLENTY).getpixel((200, 5)) == (255, 255, 255)
    clear = resize(SOURCE, Fit(400, 400, "contain", background=(0, 0, 0, 0)), PLENTY)
    assert clear.getpixel((200, 5)) == (0, 0, 0, 0)


def test_contain_puts_the_picture_where_gravity_says():
    low = resize(SOURCE, Fit(400, 400, "contain", "south"), PLENTY)

    assert low.getpixel((10, 5)) == (255, 255, 255)
    assert pictures.near(low.getpixel((10, 390)), pictures.BLUE)


def test_small_copies_look_like_a_plain_lanczos():
    photo = pictures.photo(1024, 768)

    for width in (640, 320, 128):
        height = width * 3 // 4
        plain = photo.resize((width, height), Image.Resampling.LANCZOS)
        assert ssim(resize(photo, Fit(width), PLENTY), plain) > 0.99


def test_clear_pixels_do_not_bleed_their_colour():
    image = Image.new("RGBA", (64, 64), (255, 0, 0, 0))
    image.paste((0, 0, 255, 255), (32, 0, 64, 64))

    small = resize(image, Fit(8, 8, "fill"), PLENTY)

    assert max(small.getpixel((x, 4))[0] for x in range(8) if small.getpixel((x, 4))[3] > 8) < 8


@pytest.mark.parametrize(("side", "left"), [("left", True), ("right", False)])
def test_smart_keeps_the_side_with_the_detail(side, left):
    plain = Image.new("RGB", (600, 200), (120, 150, 190))
    plain.paste(detail(160, 160), (20 if left else 420, 20))

    x, y = busiest(plain, 200, 200)

    assert y == 0
    assert x <= 20 and x + 200 >= 180 if left else x <= 420 and x + 200 >= 580


def test_smart_takes_the_middle_of_an_even_picture():
    x, y = busiest(Image.new("RGB", (600, 200), "teal"), 200, 200)

    assert abs(x - 200) <= 3
    assert y == 0


def test_smart_cover_has_the_exact_size():
    small = resize(pictures.photo(333, 517), Fit(120, 77, "cover", "smart"), PLENTY)

    assert small.size == (120, 77)


def test_places_keep_their_margin():
    assert place((100, 80), (20, 10), "northwest", 5) == (5, 5)
    assert place((100, 80), (20, 10), "southeast", 5) == (75, 65)
    assert place((100, 80), (20, 10), "center", 5) == (40, 35)
    assert place((100, 80), (20, 10), "north", 5) == (40, 5)
    assert place((100, 80), (20, 10), "west", 5) == (5, 35)


def detail(width: int, height: int) -> Image.Image:
    """Many edges of all strengths."""
    random = np.random.default_rng(3)
    return Image.fromarray(random.integers(0, 255, (height, width, 3), dtype=np.uint8))
