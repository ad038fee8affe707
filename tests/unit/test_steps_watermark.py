"""Marks over pictures: text and pictures, once and tiled."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageChops

from app.contracts.errors import UnsupportedText
from tests import pictures
from workers.cpu_processing.steps.fonts import shaping
from workers.cpu_processing.steps.watermark import Mark, watermark

GREY = Image.new("RGB", (400, 300), (90, 90, 90))
SQUARE = Image.new("RGBA", (50, 25), (255, 0, 0, 255))


def changed(after: Image.Image) -> tuple[int, int, int, int]:
    """The box of all pixels that differ from grey."""
    box = ImageChops.difference(after.convert("RGB"), GREY).getbbox()
    assert box is not None
    return box


def test_a_picture_has_its_scale_its_place_and_its_opacity():
    marked = watermark(GREY, Mark(picture=SQUARE, scale=0.25, opacity=0.5))

    left, top, right, bottom = changed(marked)
    assert (right - left, bottom - top) == (100, 50)
    assert (400 - right, 300 - bottom) == (9, 9)
    assert pictures.near(marked.getpixel((left + 50, top + 25)), (172, 45, 45), 3)


@pytest.mark.parametrize(
    ("position", "corner"), [("northwest", (9, 9)), ("center", (150, 125)), ("east", (291, 125))]
)
def test_a_picture_stands_where_it_was_asked_to(position, corner):
    marked = watermark(GREY, Mark(picture=SQUARE, scale=0.25, position=position, opacity=1.0))

    assert changed(marked)[:2] == corner


def test_a_clear_part_of_the_mark_stays_clear():
    ring = Image.new("RGBA", (60, 60), (0, 255, 0, 255))
    ring.paste((0, 0, 0, 0), (15, 15, 45, 45))

    marked = watermark(GREY, Mark(picture=ring, scale=0.5, position="center", opacity=1.0))

    assert marked.getpixel((200, 150)) == (90, 90, 90)
    assert pictures.near(marked.getpixel((115, 150)), (0, 255, 0), 3)


def test_a_high_mark_never_exceeds_the_picture():
    tower = Image.new("RGBA", (10, 200), (0, 0, 255, 255))

    _, top, _, bottom = changed(watermark(GREY, Mark(picture=tower, scale=1.0, opacity=1.0)))

    assert bottom - top <= 300


@pytest.mark.parametrize("scale", [0.1, 0.3, 0.9])
def test_text_is_as_wide_as_the_scale_says(scale):
    left, _, right, _ = changed(watermark(GREY, Mark(text="© Imajin", scale=scale)))

    assert right - left == pytest.approx(scale * 400, rel=0.06, abs=3)


def test_text_is_seen_on_white_and_on_black():
    for color in ("white", "black"):
        ground = Image.new("RGB", (300, 200), color)
        spread = watermark(ground, Mark(text="Imajin", opacity=0.6)).convert("L").getextrema()
        assert spread[1] - spread[0] > 60


def test_a_fainter_mark_changes_less():
    def change(opacity: float) -> int:
        marked = watermark(GREY, Mark(text="Imajin", opacity=opacity))
        return sum(ImageChops.difference(marked, GREY).convert("L").tobytes())

    assert 0 < change(0.1) < change(0.5) < change(1.0)


def test_tiles_cover_the_whole_picture():
    marked = watermark(GREY, Mark(picture=SQUARE, scale=0.1, tile=True, opacity=1.0))

    for box in ((0, 0, 200, 150), (200, 0, 400, 150), (0, 150, 200, 300), (200, 150, 400, 300)):
        assert (255, 0, 0) in {color for _, color in marked.crop(box).getcolors(1 << 20)}


def test_tiled_text_does_not_hide_the_picture():
    marked = watermark(GREY, Mark(text="sample", tile=True, opacity=0.4))

    same = sum(count for count, color in marked.getcolors(1 << 20) if color == (90, 90, 90))
    assert 0.6 < same / (400 * 300) < 0.99


def test_a_mark_is_turned_against_the_clock():
    bar = Image.new("RGBA", (80, 8), (255, 0, 0, 255))
    bar.paste((0, 0, 255, 255), (40, 0, 80, 8))  # its right half

    marked = watermark(GREY, Mark(picture=bar, rotation=90, position="center", opacity=1.0))

    left, top, right, bottom = changed(marked)
    assert (right - left, bottom - top) == (8, 80)
    assert pictures.near(marked.getpixel((200, top + 20)), (0, 0, 255), 3)
    assert pictures.near(marked.getpixel((200, bottom - 20)), (255, 0, 0), 3)


def test_a_slanted_mark_takes_the_room_that_its_corners_need():
    marked = watermark(GREY, Mark(picture=SQUARE, rotation=45, position="center", opacity=1.0))

    left, top, right, bottom = changed(marked)
    assert right - left == pytest.approx((80 + 40) / 2**0.5, abs=3)
    assert bottom - top == pytest.approx((80 + 40) / 2**0.5, abs=3)


def test_a_turned_mark_has_no_dark_rim():
    white = Image.new("RGBA", (60, 60), (255, 255, 255, 255))
    ground = Image.new("RGB", (200, 200), "white")

    marked = watermark(ground, Mark(picture=white, rotation=30, scale=0.5, opacity=1.0))

    assert marked.convert("L").getextrema()[0] >= 254


def test_a_turned_mark_never_leaves_the_picture():
    wide = Mark(picture=SQUARE, rotation=90, scale=1.0, opacity=1.0)

    left, top, right, bottom = changed(watermark(GREY, wide))

    assert left >= 0 and top >= 0 and right <= 400 and bottom <= 300


def test_turned_tiles_stand_in_turned_rows():
    dot = Image.new("RGBA", (20, 10), (255, 0, 0, 255))

    marked = watermark(GREY, Mark(picture=dot, scale=0.05, rotation=45, tile=True, opacity=1.0))

    red = np.argwhere(np.asarray(marked)[..., 0] > 200)
    gap = 0.6 * 20 + 20  # from one tile to the next along its row
    step = round(gap / 2**0.5)
    shifted = np.asarray(marked)[..., 0][
        red[:, 0].clip(step) - step, (red[:, 1] + step).clip(0, 399)
    ]
    inside = (red[:, 0] >= step) & (red[:, 1] + step < 400)
    assert (shifted[inside] > 100).mean() > 0.8


@pytest.mark.parametrize("text", ["© إماجين ٢٠٢٦", "イマジン", "नमूना", "เครื่องหมาย"])
@pytest.mark.skipif(not shaping(), reason="fribidi is not installed here")
def test_a_mark_may_be_in_any_script(text):
    left, _, right, _ = changed(watermark(GREY, Mark(text=text, scale=0.4, opacity=1.0)))

    assert right - left == pytest.approx(160, rel=0.1)


def test_a_loaded_request_is_read():
    mark = Mark.from_payload({"text": "x", "rotation": -30.0, "tile": True, "scale": 0.3}, None)

    assert mark == Mark(text="x", rotation=-30.0, tile=True, scale=0.3)


def test_a_clear_picture_stays_clear_beside_the_mark():
    marked = watermark(Image.new("RGBA", (200, 100), (0, 0, 0, 0)), Mark(text="x"))

    assert marked.getpixel((2, 2)) == (0, 0, 0, 0)


@pytest.mark.parametrize("size", [(1, 1), (3, 200), (200, 3)])
def test_even_the_smallest_picture_can_be_marked(size):
    assert (
        watermark(Image.new("RGB", size), Mark(text="Imajin", tile=True, rotation=30)).size == size
    )


def test_characters_of_no_font_are_refused():
    with pytest.raises(UnsupportedText):
        watermark(GREY, Mark(text="\ufdd0"))
