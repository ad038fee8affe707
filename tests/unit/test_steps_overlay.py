"""Text on pictures, and the fonts it is drawn with."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageChops

from app.contracts.errors import InvalidRequest, UnsupportedText
from tests import pictures
from workers.cpu_processing.steps import fonts
from workers.cpu_processing.steps.fonts import choose_face, missing, packaged_faces
from workers.cpu_processing.steps.overlay import Overlay, lay_out, overlay

GREY = Image.new("RGB", (400, 300), (90, 90, 90))
POSITIONS = (
    "northwest", "north", "northeast", "west", "center", "east", "southwest", "south", "southeast",
)  # fmt: skip
SCRIPTS = {
    "Latin": "Grüße, çà et là",
    "Vietnamese": "Việt Nam",
    "Greek": "Ελλάδα",
    "Cyrillic": "Привет",
    "Hebrew": "שלום",
    "Arabic": "مرحبا",
    "Devanagari": "नमस्ते",
    "Thai": "สวัสดี",
    "Georgian": "ქართული",
}


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
    lines = lay_out(words, choose_face(words.text), 18, 0.4 * 400).lines
    assert " ".join(lines) == words.text


def test_a_word_wider_than_the_line_is_broken():
    face = choose_face("W")

    block = lay_out(Overlay("W" * 40), face, 20, 100)

    assert "".join(block.lines) == "W" * 40
    assert all(face.at(20).getlength(line) <= 100 for line in block.lines)


def test_a_mark_stays_with_its_letter_where_a_word_is_broken():
    block = lay_out(Overlay("e\u0301" * 30), choose_face("e\u0301"), 20, 60)

    assert all(line[0] == "e" for line in block.lines)


def test_lines_of_the_author_are_kept():
    block = lay_out(Overlay("one\ntwo\n\nthree"), choose_face("o"), 20, 400)

    assert block.lines == ["one", "two", "", "three"]


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


@pytest.mark.parametrize("script", SCRIPTS)
def test_a_packaged_font_has_every_character(script):
    face = choose_face(SCRIPTS[script])

    assert face.name in packaged_faces()
    assert missing(SCRIPTS[script], face) == []


@pytest.mark.skipif(not fonts.shaping(), reason="fribidi is not installed here")
def test_arabic_letters_are_joined():
    face = choose_face(SCRIPTS["Arabic"])
    font = face.at(60)

    apart = sum(font.getlength(letter) for letter in SCRIPTS["Arabic"])

    assert font.getlength(SCRIPTS["Arabic"]) < 0.9 * apart


@pytest.mark.skipif(not fonts.shaping(), reason="fribidi is not installed here")
def test_hebrew_runs_from_right_to_left():
    drawn = overlay(GREY, Overlay("אאאא....", size=0.2, position="center"))

    left, top, right, bottom = changed(drawn)
    ink = np.asarray(drawn.convert("L").crop((left, top, right, bottom)), int) > 150
    half = ink.shape[1] // 3
    assert ink[:, -half:].sum() > 2 * ink[:, :half].sum()


def test_without_a_shaping_library_scripts_that_need_it_are_refused(monkeypatch):
    monkeypatch.setattr(fonts, "shaping", lambda: False)

    assert choose_face("plain").name == "FiraGO Regular"
    with pytest.raises(UnsupportedText, match="fribidi") as caught:
        choose_face("שלום")
    assert "U+05E9" in caught.value.details["missing"]


def test_characters_of_no_font_are_named():
    with pytest.raises(UnsupportedText) as caught:
        overlay(GREY, Overlay("ok \U000e1234 \ufdd0"))

    assert caught.value.details["missing"] == ["U+FDD0", "U+E1234"]


def test_joiners_and_direction_marks_need_no_glyph():
    assert missing("a\u200d\u200e\u2069b\n", choose_face("ab")) == []


def test_a_named_font_is_taken():
    plain = overlay(GREY, Overlay("Hello"))

    for name in ("Ubuntu Mono", "ubuntu mono bold", "Noto Sans Italic"):
        assert overlay(GREY, Overlay("Hello", font=name)).tobytes() != plain.tobytes()


def test_a_named_font_without_the_characters_is_refused():
    with pytest.raises(UnsupportedText, match="Ubuntu Mono Regular"):
        overlay(GREY, Overlay("สวัสดี", font="Ubuntu Mono"))


def test_an_unknown_font_is_refused_with_the_list():
    with pytest.raises(InvalidRequest, match="Comic Papyrus") as caught:
        overlay(GREY, Overlay("Hello", font="Comic Papyrus"))

    assert "FiraGO Regular" in caught.value.details["available"]


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
        }
    )

    assert (want.color, want.stroke, want.stroke_color) == ((255, 0, 0, 255), 0.1, (255,) * 4)
    assert (want.background, want.max_width, want.align) == ((0, 0, 0, 128), 0.5, "left")
