"""Evidence points at the user's own characters, whatever script they are in."""

from __future__ import annotations

import random
import unicodedata
from pathlib import Path

import pytest

from workers.gpu_llm.culture.classifier import Classifier
from workers.gpu_llm.culture.knowledge import Culture, load_knowledge
from workers.gpu_llm.culture.normalise import fold
from workers.gpu_llm.culture.schema import TERM_FIELDS

FOLDER = Path(__file__).resolve().parents[2] / "config" / "culture"
# Characters that fold to none, one or several others.
NOISE = [
    "🎎", "👩🏽‍🌾", "ß", "ﬁ", "ǅ", "İ", "e\u0301", "ñ", "…", "\u00a0", "  ", "\n", "—", "‘quoted’",
    "ＦＵＬＬ", "ｶﾞ", "㍿", "한", "가", "日々", "ที่", "क्ष", "\u200d", "\u00ad", "½", "Œuvre",
    "𝔊𝔬𝔱𝔥", "ﷺ", "a\u0308", "naïve", "O'Neill's", "rock-’n’-roll", "\u0301", "st.", ".", "'s",
]  # fmt: skip


@pytest.fixture(scope="module")
def cultures() -> tuple[Culture, ...]:
    return load_knowledge(FOLDER).cultures


@pytest.fixture(scope="module")
def classifier() -> Classifier:
    return Classifier(load_knowledge(FOLDER))


def disguised(term: str, chance: random.Random) -> str:
    """The term as another keyboard might write it."""
    return chance.choice(
        [
            term,
            term.upper(),
            term.title(),
            unicodedata.normalize("NFD", term),
            unicodedata.normalize("NFC", term),
            term.replace(" ", "-"),
            term.replace(" ", "\u00a0 "),
            term.replace("'", "\u2019"),
        ]
    )


def test_every_span_is_exactly_the_slice_it_names(
    classifier: Classifier, cultures: tuple[Culture, ...]
):
    chance = random.Random(7)  # noqa: S311  (test data, no secret)
    terms = [term for one in cultures for field in TERM_FIELDS for term in one.terms(field)]
    seen = 0
    for _ in range(1500):
        words = [disguised(term, chance) for term in chance.sample(terms, 3)]
        words += chance.choices(NOISE, k=6)
        chance.shuffle(words)
        text = chance.choice([" ", "  ", ", "]).join(words)
        for one in classifier.classify(text).evidence:
            start, end = one.span
            assert 0 <= start < end <= len(text)
            assert text[start:end] == one.text
            assert not one.text[0].isspace() and not one.text[-1].isspace()
            # The slice starts a character and takes its accents along.
            assert not unicodedata.combining(one.text[0])
            assert end == len(text) or not "\u0300" <= text[end] <= "\u036f"
            seen += 1
    assert seen > 3000


def test_every_term_is_found_where_it_stands(classifier: Classifier, cultures: tuple[Culture, ...]):
    for culture in cultures:
        for field in TERM_FIELDS:
            for term in culture.terms(field):
                text = f"🎎 ß {term}; ﬁn, {culture.name}"
                # A quotation mark at the word's end is left outside.
                start, end = text.index(term), text.index(term) + len(term.rstrip("'\u02bc"))
                result = classifier.classify(text)
                spans = [one.span for one in result.evidence if one.culture == culture.name]

                assert any(a <= start and end <= b for a, b in spans), (culture.id, term)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Straße ﬁnds ramen", "ramen"),
        ("👩🏽‍🌾 a KIMONO", "KIMONO"),
        ("cafe\u0301 in Hue\u0302\u0301, pho\u031b\u0309", "pho\u031b\u0309"),
        ("the geisha\u2019s fan", "geisha"),
        ("two kimonos", "kimonos"),
        ("a torii-gate at dusk", "torii-gate"),
        ("a torii\n  gate at dusk", "torii\n  gate"),
        ("赤い着物の女性", "着物"),
        ("ｶﾞｲｼﾞﾝ と ラーメン", "ラーメン"),
        ("서울에서 한복을 입은", "한복"),
        ("กินผัดไทยตอนเย็น", "ผัดไทย"),
        ("صورة بالقاهرة", "القاهرة"),
    ],
)
def test_spans_hold_in_awkward_text(classifier: Classifier, text: str, expected: str):
    result = classifier.classify(text)

    assert expected in {text[slice(*one.span)] for one in result.evidence}


@pytest.mark.parametrize(
    "text",
    ["a tiger", "kimonoed", "Thailandese-like", "barista", "バリエーション", "ramensch", "ﬁnn"],
)
def test_a_term_inside_a_word_is_not_found(classifier: Classifier, text: str):
    assert classifier.classify(text).evidence == ()


def test_folding_keeps_one_origin_for_each_character():
    for text in ["", "Ísland", "ﬁ ß İ", "  a  b  ", "St. Patrick’s", "𝔊 ﷺ ½"]:
        folded = fold(text)

        assert len(folded.origin) == len(folded.text)
        assert list(folded.origin) == sorted(folded.origin)
        assert all(0 <= index < len(text) for index in folded.origin)
