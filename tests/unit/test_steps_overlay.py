"""Text on pictures: place, size, lines, colours, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageChops

from app.contracts.errors import InvalidRequest, UnsupportedText
from tests import pictures
from workers.cpu_processing.steps.contrast import BLACK, WHITE
from workers.cpu_processing.steps.fonts import shaping
from workers.cpu_processing.steps.overlay import Overlay, Shadow, fit, overlay, overlay_frames
from workers.cpu_processing.steps.typeset import paragraphs

GREY = Image.new("RGB", (400, 300), (90, 90, 90))
POSITIONS = (
    "northwest", "north", "northeast", "west", "center", "east", "southwest", "south", "southeast",
)  # fmt: skip


def changed(after: Image.Image, before: Image.Image = GREY) -> tuple[int, int, int, int]:
    """The box of all pixels that differ."""
    box = ImageChops.difference(after.convert("RGB"), before).getbbox()
    assert box is not None
    return box


@pytest.mark.parametrize("position", POSITIONS)
def test_the_text_stands_where_it_was_asked_to(position):
    left, top, right, bottom = changed(overlay(GREY, Overlay("Hello", position=position)))

    middle = (left + right) / 2 / 400, (top + bottom) / 2 / 300
    column = 0 if "west" in position else 2 if "east" in position else 1
    row = 0 if "north" in position else 2 if "south" in position else 1
    assert (int(middle[0] * 3), int(middle[1] * 3)) == (column, row)
    assert left > 0 and top > 0 and right < 400 and bottom < 300


def test_the_size_is_a_fraction_of_the_height():
    small = changed(overlay(GREY, Overlay("Hx", size=0.1)))
    large = changed(overlay(GREY, Overlay("Hx", size=0.2)))

    assert large[3] - large[1] == pytest.approx(2 * (small[3] - small[1]), rel=0.15)


def test_long_text_is_wrapped_within_its_width():
    words = Overlay("a text that is far too long for one line of this picture", max_width=0.4)

    left, top, right, bottom = changed(overlay(GREY, words))

    assert right - left <= 0.4 * 400
    assert bottom - top > 3 * 0.06 * 300
    assert " ".join(fit(paragraphs(words.text), words, (400, 300)).texts) == words.text


def test_too_much_text_is_shrunk_until_it_fits():
    left, top, right, bottom = changed(overlay(GREY, Overlay("much text " * 30, size=0.3)))

    assert left >= 0 and top > 0 and right <= 400 and bottom < 300


@pytest.mark.parametrize(("align", "side"), [("left", 0), ("right", 2)])
def test_short_lines_are_aligned(align, side):
    drawn = overlay(GREY, Overlay("wide wide wide\ni", align=align, size=0.1, position="center"))
    left, top, right, bottom = changed(drawn)
    low = changed(
        drawn.crop((0, (top + bottom) // 2 + 4, 400, 300)),
        GREY.crop((0, (top + bottom) // 2 + 4, 400, 300)),
    )

    assert abs(low[side] - (left, top, right, bottom)[side]) <= 6


def test_the_colours_are_those_asked_for():
    want = Overlay(
        "HHH", size=0.4, position="center", color=(255, 0, 0, 255), stroke=0.08,
        stroke_color=(0, 0, 255, 255), background=(0, 255, 0, 255),
    )  # fmt: skip

    colors = {color for _, color in overlay(GREY, want).getcolors(1 << 20)}

    assert {(255, 0, 0), (0, 0, 255), (0, 255, 0)} <= colors


def test_a_half_clear_box_lets_the_picture_through():
    drawn = overlay(GREY, Overlay("H", background=(255, 255, 255, 128), position="center"))

    left, top, _, bottom = changed(drawn)
    assert pictures.near(drawn.getpixel((left + 2, (top + bottom) // 2)), (172, 172, 172), 4)


def test_a_clear_picture_stays_clear_beside_the_text():
    drawn = overlay(Image.new("RGBA", (200, 100), (0, 0, 0, 0)), Overlay("Hi", size=0.4))

    assert drawn.mode == "RGBA"
    assert drawn.getpixel((2, 2))[3] == 0
    assert drawn.getchannel("A").getextrema()[1] == 255


@pytest.mark.skipif(not shaping(), reason="fribidi is not installed here")
def test_hebrew_runs_from_right_to_left():
    drawn = overlay(GREY, Overlay("אאאא....", size=0.2, position="center"))

    left, top, right, bottom = changed(drawn)
    ink = np.asarray(drawn.convert("L").crop((left, top, right, bottom)), int) > 150
    half = ink.shape[1] // 3
    assert ink[:, -half:].sum() > 2 * ink[:, :half].sum()


def test_characters_of_no_font_are_named():
    with pytest.raises(UnsupportedText) as caught:
        overlay(GREY, Overlay("ok \U000e1234 \ufdd0"))

    assert caught.value.details["missing"] == ["U+FDD0", "U+E1234"]


def test_a_named_font_is_taken():
    plain = overlay(GREY, Overlay("Hello"))

    for name in ("Ubuntu Mono", "ubuntu mono bold", "Noto Sans Italic"):
        assert overlay(GREY, Overlay("Hello", font=name)).tobytes() != plain.tobytes()


def test_a_named_font_leads_the_chain_and_others_help_out():
    drawn = overlay(GREY, Overlay("Hello สวัสดี", font="Ubuntu Mono"))

    assert drawn.tobytes() != overlay(GREY, Overlay("Hello สวัสดี")).tobytes()


def test_an_unknown_font_is_refused_with_the_list():
    with pytest.raises(InvalidRequest, match="Comic Papyrus") as caught:
        overlay(GREY, Overlay("Hello", font="Comic Papyrus"))

    assert "FiraGO Regular" in caught.value.details["available"]


def test_a_shadow_falls_where_it_was_asked_to():
    low = Shadow((255, 0, 0, 255), blur=0.0, x=0.0, y=0.5)
    plain = overlay(GREY, Overlay("HHH", size=0.2, position="center"))

    drawn = overlay(GREY, Overlay("HHH", size=0.2, position="center", shadow=low))

    bottom = changed(drawn, plain)[3]
    assert (255, 0, 0) in {color for _, color in drawn.getcolors(1 << 20)}
    assert bottom - changed(plain)[3] == pytest.approx(0.5 * 0.2 * 300, abs=2)


def test_a_blurred_shadow_fades():
    shadow = Shadow((0, 0, 0, 255), blur=0.3, x=0.0, y=0.0)
    drawn = overlay(GREY, Overlay("H", size=0.3, position="center", shadow=shadow))

    left, top, right, _ = changed(drawn)
    rim = drawn.getpixel(((left + right) // 2, top + 1))[0]
    assert 60 < rim < 90


@pytest.mark.parametrize(
    ("ground", "color"), [("black", WHITE), ("white", BLACK), ("navy", WHITE), ("yellow", BLACK)]
)
def test_text_without_a_colour_is_black_or_white_as_the_ground_asks(ground, color):
    drawn = overlay(Image.new("RGB", (400, 300), ground), Overlay("HHH", size=0.3))

    colors = sorted(drawn.getcolors(1 << 20), reverse=True)
    assert colors[1][1] == color[:3]
    assert len(drawn.getcolors(1 << 20)) < 300  # no outline in another colour


def test_on_a_ground_of_both_the_text_gets_an_outline():
    stripes = Image.new("RGB", (400, 300), "white")
    for x in range(0, 400, 40):
        stripes.paste((0, 0, 0), (x, 0, x + 20, 300))

    drawn = overlay(stripes, Overlay("HHHHHHHH", size=0.2, position="center"))

    lettered = np.asarray(ImageChops.difference(drawn, stripes).convert("L")) > 200
    assert lettered[:, 0:400][:, np.arange(400) % 40 < 20].any()  # white letters on black …
    assert lettered[:, 0:400][:, np.arange(400) % 40 >= 20].any()  # … or an outline on white


def test_only_the_ground_under_the_text_counts():
    half = Image.new("RGB", (400, 300), "white")
    half.paste((0, 0, 0), (0, 150, 400, 300))

    for position, color in (("north", BLACK), ("south", WHITE)):
        drawn = overlay(half, Overlay("HHH", size=0.3, position=position))
        left, top, right, bottom = changed(drawn, half)
        inside = drawn.crop((left, top, right, bottom)).getcolors(1 << 20)
        assert color[:3] in {found for _, found in inside}


def test_frames_are_written_on_in_the_colour_of_the_first():
    draw = overlay_frames(Overlay("HHH", size=0.3))
    frames = [draw(Image.new("RGB", (400, 300), ground)) for ground in ("black", "#ccc")]

    assert all(WHITE[:3] in {found for _, found in frame.getcolors(1 << 20)} for frame in frames)
    assert draw(Image.new("RGB", (200, 100))).size == (200, 100)


def test_a_box_is_the_ground_of_the_text_on_it():
    for box, color in (((255, 255, 0, 255), BLACK), ((0, 0, 90, 255), WHITE)):
        drawn = overlay(GREY, Overlay("HHH", size=0.3, background=box))
        assert color[:3] in {found for _, found in drawn.getcolors(1 << 20)}


def test_an_outline_without_a_colour_stands_out_from_the_text():
    drawn = overlay(GREY, Overlay("HHH", size=0.3, color=(255, 255, 0, 255), stroke=0.1))

    assert BLACK[:3] in {color for _, color in drawn.getcolors(1 << 20)}


def test_text_without_a_colour_stands_out_from_an_outline_that_has_one():
    want = Overlay("HHH", size=0.3, stroke=0.1, stroke_color=(255, 255, 255, 255))

    assert BLACK[:3] in {color for _, color in overlay(GREY, want).getcolors(1 << 20)}


@pytest.mark.parametrize("size", [(1, 1), (2, 300), (300, 2), (9, 9)])
def test_even_the_smallest_picture_can_be_written_on(size):
    for mode in ("RGB", "RGBA"):
        want = Overlay("text", shadow=Shadow(), background=(0, 0, 0, 90), stroke=0.1)
        assert overlay(Image.new(mode, size), want).size == size


def test_a_loaded_request_is_read():
    want = Overlay.from_payload(
        {
            "text": "x",
            "position": "north",
            "size": 0.1,
            "color": "#f00",
            "stroke": {"width": 0.1, "color": "white"},
            "background": "#00000080",
            "max_width": 0.5,
            "align": "left",
            "shadow": {"color": "#00f8", "blur": 0.2, "x": 0.0, "y": 0.1},
        }
    )

    assert (want.color, want.stroke, want.stroke_color) == ((255, 0, 0, 255), 0.1, (255,) * 4)
    assert want.shadow == Shadow((0, 0, 255, 136), 0.2, 0.0, 0.1)
    assert (want.background, want.max_width, want.align) == ((0, 0, 0, 128), 0.5, "left")
