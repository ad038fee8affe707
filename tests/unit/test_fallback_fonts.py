"""Every script in a font that has it, shaped, and never a box for a missing glyph."""

from __future__ import annotations

from functools import lru_cache

import pytest
import uharfbuzz as hb
from hypothesis import given, settings
from hypothesis import strategies as st

from app.contracts.errors import UnsupportedText
from workers.cpu_processing.steps import fallback
from workers.cpu_processing.steps.fallback import missing, spell
from workers.cpu_processing.steps.fonts import (
    Face,
    color_emoji,
    file_bytes,
    named_face,
    packaged_faces,
    shaping,
)
from workers.cpu_processing.steps.typeset import Run, paragraphs, set_lines

SCRIPTS = {
    "Latin": "Grüße, çà et là – «né à Łódź» 2026",
    "Vietnamese": "Việt Nam, tiếng nói của chúng tôi",
    "Greek": "Ελλάδα, Ὅμηρος",
    "Cyrillic": "Привет, Ђорђе",
    "Hebrew": "שָׁלוֹם עולם",
    "Arabic": "مرحبا بالعالم ١٢٣",
    "Urdu": "اردو میں ٹیکسٹ ٹھیک ہے",
    "Devanagari": "नमस्ते, क्षत्रिय र्क",
    "Bengali": "বাংলা ভাষা কী সুন্দর",
    "Gurmukhi": "ਪੰਜਾਬੀ",
    "Gujarati": "ગુજરાતી",
    "Tamil": "தமிழ் மொழி",
    "Telugu": "తెలుగు",
    "Kannada": "ಕನ್ನಡ",
    "Malayalam": "മലയാളം",
    "Sinhala": "සිංහල",
    "Thai": "สวัสดีชาวโลก ที่นี่",
    "Lao": "ພາສາລາວ",
    "Khmer": "ភាសាខ្មែរ",
    "Burmese": "မြန်မာဘာသာ",
    "Ethiopic": "አማርኛ",
    "Armenian": "Հայերեն",
    "Georgian": "ქართული",
    "Chinese": "中文文本，测试。",
    "traditional Chinese": "繁體中文，測試。",
    "Japanese": "日本語のテキスト、々ー",
    "Korean": "한국어 텍스트",
    "emoji": "😀 👍🏽 ❤️ 1️⃣ 🇹🇭 👨‍👩‍👧‍👦",
    "signs": "→ ☂ ♟ ∑ ♫ ⠿ © €",
}
needs_raqm = pytest.mark.skipif(not shaping(), reason="fribidi is not installed here")


# What joins, hides, turns or decorates, beside letters of all scripts and of none.
ODD = st.sampled_from(
    "\u200d\u200e\u202e\u2067\u2069\ufe0f\ufe0e\u200b\u00ad\u0301 \u3000\n\u25cc\u20e3🏽🇹🇭\u115f"
)
LETTERS = st.sampled_from("".join(SCRIPTS.values()))
ANY = st.characters(categories=["L", "M", "N", "P", "S"])
TEXTS = st.text(ODD | LETTERS, min_size=1) | st.text(ODD | LETTERS | ANY, min_size=1)


@lru_cache(maxsize=32)
def harfbuzz(face: Face) -> hb.Font:
    """The font as HarfBuzz reads it, at the weight that is drawn."""
    font = hb.Font(hb.Face(hb.Blob(file_bytes(face)), face.index))
    if face.weight is not None:
        font.set_variations({"wght": face.weight})
    return font


def glyphs(run: Run) -> list[int]:
    """The glyph numbers that HarfBuzz makes of a run in its font."""
    font = harfbuzz(run.face)
    buffer = hb.Buffer()
    buffer.add_str(run.text)
    buffer.guess_segment_properties()
    hb.shape(font, buffer)
    return [info.codepoint for info in buffer.glyph_infos]


def runs(text: str) -> list[Run]:
    """A text on one line, run by run."""
    return [run for line in set_lines(paragraphs(text), 40, 10_000).lines for run in line]


def faces(text: str) -> list[str]:
    """The names of a text's fonts, in the order of reading."""
    names = [one.face.name for one in spell(text)]
    return [name for number, name in enumerate(names) if number == 0 or names[number - 1] != name]


@needs_raqm
@pytest.mark.parametrize("script", SCRIPTS)
def test_no_glyph_of_any_script_is_the_missing_one(script):
    for run in runs(SCRIPTS[script]):
        assert 0 not in glyphs(run), run


@needs_raqm
@settings(max_examples=200, deadline=None)
@given(TEXTS)
def test_any_text_is_drawn_without_a_box_or_refused_by_its_characters(text):
    try:
        set_ = runs("x" + text)
    except UnsupportedText as error:
        assert set(error.details["missing"]) <= {f"U+{ord(char):04X}" for char in "x" + text}
        return
    assert [run for run in set_ if 0 in glyphs(run)] == []


@needs_raqm
@pytest.mark.parametrize("script", [script for script in SCRIPTS if script != "emoji"])
def test_packaged_fonts_have_every_script(script):
    assert set(faces(SCRIPTS[script])) <= set(packaged_faces())


@needs_raqm
@pytest.mark.parametrize(
    ("text", "fewer_than"),
    [("क्ष", 3), ("ক্ষ", 3), ("ක්\u200dෂ", 4), ("لا", 2), ("fi\u0301", 4)],
)
def test_letters_are_joined_as_their_script_wants(text, fewer_than):
    (run,) = runs(text)

    assert len(glyphs(run)) < fewer_than


@needs_raqm
def test_arabic_letters_take_their_forms():
    (whole,) = runs("مرحبا")
    apart = sum(runs(letter)[0].length(60) for letter in "مرحبا")

    assert whole.length(60) < 0.9 * apart


@needs_raqm
def test_a_mixed_text_is_drawn_by_the_font_of_each_script():
    assert faces("Latin ไทย ខ្មែរ 日本 한국 தமிழ் বাংলা") == [
        "FiraGO Regular",
        "Noto Sans Khmer Regular",
        "Noto Sans CJK KR Regular",
        "Noto Sans Tamil Regular",
        "Noto Sans Bengali Regular",
    ]


@pytest.mark.parametrize(
    ("text", "face"),
    [
        ("漢字かな", "Noto Sans CJK JP Regular"),
        ("漢字한글", "Noto Sans CJK KR Regular"),
        ("漢字", "Noto Sans CJK SC Regular"),
    ],
)
def test_kana_and_hangul_tell_whose_forms_the_characters_take(text, face):
    assert faces(text) == [face]


def test_signs_and_digits_go_with_the_script_before_them():
    assert faces("日本 2026、OK!") == ["Noto Sans CJK SC Regular", "FiraGO Regular"]


@needs_raqm
def test_a_word_is_never_split_between_two_fonts_where_one_has_it_all():
    assert faces("سلام ٹھیک") == ["FiraGO Regular"] or len(faces("ٹھیک")) == 1


def test_emoji_come_in_colour_where_the_machine_has_them():
    face = color_emoji()
    if face is None:
        pytest.skip(
            "Noto Color Emoji is not installed here: apt-get install fonts-noto-color-emoji"
        )

    assert {one.face for one in spell("😀👍🏽❤️🇹🇭")} == {face}
    assert len(glyphs(runs("👨‍👩‍👧‍👦")[0])) == 1


def test_the_packaged_emoji_are_there_for_every_machine():
    assert missing("😀👍🏽❤🇹🇭🎨", packaged_faces()["Noto Emoji Regular"]) == []


def test_a_sign_that_is_text_by_default_stays_text():
    assert "Emoji" not in "".join(faces("a ☺︎ © ™ b"))


def test_a_named_font_leads_the_chain():
    assert faces("Hello 日本")[0] == "FiraGO Regular"
    names = [one.face.name for one in spell("Hello 日本", "ubuntu mono")]
    assert (names[0], names[-1]) == ("Ubuntu Mono Regular", "Noto Sans CJK SC Regular")


def test_the_weights_of_a_variable_font_are_fonts_of_their_own():
    bold = named_face("Noto Sans CJK JP Bold")

    assert bold.weight == 700
    assert (
        bold.at(40).getmask("国").getbbox()
        != named_face("Noto Sans CJK JP").at(40).getmask("国").getbbox()
    )


def test_characters_of_no_font_are_all_named_and_no_others():
    with pytest.raises(UnsupportedText) as caught:
        spell("ok \U000e1234 日 \ufdd0 \U0001fffe")

    assert caught.value.details["missing"] == ["U+FDD0", "U+1FFFE", "U+E1234"]


def test_joiners_selectors_and_direction_marks_need_no_glyph():
    face = packaged_faces()["FiraGO Regular"]

    assert missing("a\u200d\u200e\u2069b\n\ufe0f\u00ad", face) == []
    assert missing("a\ufff9", face) == ["\ufff9"]
    assert missing("\u115f\u3164\u1680", face) == ["\u115f", "\u1680", "\u3164"]


def test_without_a_shaping_library_scripts_that_need_it_are_refused(monkeypatch):
    monkeypatch.setattr(fallback, "shaping", lambda: False)

    assert faces("plain") == ["FiraGO Regular"]
    with pytest.raises(UnsupportedText, match="fribidi") as caught:
        spell("שלום")
    assert "U+05E9" in caught.value.details["missing"]


def test_a_broken_font_covers_nothing(tmp_path):
    broken = tmp_path / "broken.ttf"
    broken.write_bytes(b"\x00\x01\x00\x00" + b"\xff" * 60)

    assert missing("a", Face("Broken", broken)) == ["a"]
