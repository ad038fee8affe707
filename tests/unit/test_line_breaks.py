"""Lines broken by the rules of each script, and set in the order in which they are read."""

from __future__ import annotations

import pytest
from PIL import Image, ImageChops, ImageDraw

from workers.cpu_processing.steps.bidi import levels, visual
from workers.cpu_processing.steps.fallback import spell
from workers.cpu_processing.steps.fonts import packaged_faces, shaping
from workers.cpu_processing.steps.typeset import paint, paragraphs, set_lines

needs_raqm = pytest.mark.skipif(not shaping(), reason="fribidi is not installed here")


def lines(text: str, room: float, pixels: int = 20) -> list[str]:
    """A text in lines of this width."""
    return set_lines(paragraphs(text), pixels, room).texts


def test_a_word_wider_than_the_line_is_broken():
    block = set_lines(paragraphs("W" * 40), 20, 100)

    assert "".join(block.texts) == "W" * 40
    assert max(block.lengths) <= 100


def test_a_mark_stays_with_its_letter_where_a_word_is_broken():
    assert all(line[0] == "x" for line in lines("x\u0301" * 30, 60))


def test_lines_of_the_author_are_kept():
    assert lines("one\ntwo\r\n\n  three   four", 400) == ["one", "two", "", "three four"]


@needs_raqm
@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("สวัสดีชาวโลกภาษาไทย", ["สวัสดี", "ชาว", "โลก", "ภาษา", "ไทย"]),
        ("ភាសាខ្មែរគឺជាភាសាផ្លូវការ", ["ភាសាខ្មែរ", "គឺជា", "ភាសាផ្លូវការ"]),
        ("ພາສາລາວ", ["ພາສາ", "ລາວ"]),
    ],
)
def test_scripts_without_spaces_are_broken_between_words(text, words):
    widest = max(set_lines(paragraphs(word), 20, 999).width for word in words)

    for room in range(widest + 1, 4 * widest, 9):
        rest = list(words)
        for line in lines(text, room):
            while line:
                assert line.startswith(rest[0])
                line = line.removeprefix(rest.pop(0))


@pytest.mark.parametrize("room", range(61, 200, 20))
def test_chinese_lines_do_not_begin_with_a_closing_sign(room):
    broken = lines("他说：“你好，世界！”然后（慢慢地）走了。", room)

    assert len(broken) > 1
    assert not [line for line in broken if line[0] in "，。！”）：" or line[-1] in "“（"]


@pytest.mark.parametrize("room", range(81, 200, 20))
def test_japanese_lines_do_not_begin_with_small_kana_or_marks(room):
    broken = lines("「ちょっとラーメンを食べてみませんか？」と、きゃっきゃと笑った。", room)

    assert len(broken) > 1
    assert not [line for line in broken if line[0] in "ょっャーゃ、。？」" or line[-1] == "「"]


def test_japanese_is_broken_between_phrases():
    assert lines("東京でラーメンを食べました", 150) == ["東京で", "ラーメンを", "食べました"]


def test_korean_is_broken_between_words_and_inside_only_where_it_must():
    assert lines("한국어 텍스트 줄바꿈", 70) == ["한국어", "텍스트", "줄바꿈"]
    assert lines("대한민국헌법", 70) == ["대한민", "국헌법"]


def test_what_belongs_together_stays_together():
    assert lines("10\u00a0km a b", 62) == ["10\u00a0km", "a b"]
    assert lines("well-known", 70) == ["well-", "known"]
    assert lines("auto\u00admatic", 60) == ["auto-", "matic"]


def test_an_emoji_of_several_characters_is_never_broken():
    family = "👨‍👩‍👧‍👦"

    assert set("".join(lines(family * 6, 60)).split(family)) == {""}
    assert all(line.count(family) * len(family) == len(line) for line in lines(family * 6, 60))


@needs_raqm
def test_the_first_letter_decides_the_direction_unless_one_is_given():
    assert levels("אב a") == [1, 1, 1, 2]
    assert levels("a אב") == [0, 0, 1, 1]
    assert levels("a אב", "rtl") == [2, 1, 1, 1]
    assert levels("אב a", "ltr") == [1, 1, 0, 0]
    assert levels("12", "rtl") == [2, 2]


def test_parts_are_reversed_from_the_highest_level_down():
    assert visual("abc", [0, 0, 0]) == ["a", "b", "c"]
    assert visual("abc", [1, 1, 1]) == ["c", "b", "a"]
    assert visual("abcde", [0, 1, 2, 1, 0]) == ["a", "d", "c", "b", "e"]
    assert visual("", []) == []


@needs_raqm
@pytest.mark.parametrize("direction", ["ltr", "rtl"])
@pytest.mark.parametrize(
    "text", ["שלום (abc) 2026!", "abc שלום, עולם def", "مرحبا abc ١٢٣ x", "(אב) [ab] «גד»"]
)
def test_runs_stand_as_the_shaping_library_sets_the_whole_line(text, direction):
    """In one font raqm can order the line by itself: both ways must draw the same."""
    assert {one.face for one in spell(text)} == {packaged_faces()["FiraGO Regular"]}
    block = set_lines(paragraphs(text, direction=direction), 40, 10_000)
    painted = paint(block)

    whole = Image.new("L", painted.letters.size)
    at = painted.pad, painted.pad + block.rise[0]
    font = packaged_faces()["FiraGO Regular"].at(40)
    ImageDraw.Draw(whole).text(at, text, 255, font, "ls", direction=direction)

    blurred = [
        image.resize((image.width // 8, image.height // 8)) for image in (whole, painted.letters)
    ]
    assert ImageChops.difference(*blurred).getextrema()[1] < 60


@needs_raqm
def test_fonts_of_several_scripts_stand_in_one_right_to_left_line():
    (line,) = set_lines(paragraphs("שלום 日本 abc"), 40, 10_000).lines

    assert [run.text.strip() for run in line] == ["日本", "abc", "שלום"]
