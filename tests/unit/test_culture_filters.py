"""What a user asks for by filter outranks what the text says."""

from __future__ import annotations

from pathlib import Path

import pytest

from workers.gpu_llm.culture.classifier import Classifier
from workers.gpu_llm.culture.knowledge import load_knowledge

FOLDER = Path(__file__).resolve().parents[2] / "config" / "culture"


@pytest.fixture(scope="module")
def classifier() -> Classifier:
    return Classifier(load_knowledge(FOLDER))


@pytest.mark.parametrize(
    ("word", "culture"),
    [
        ("Japanese", "Japanese"),
        ("japan", "Japanese"),
        ("日本", "Japanese"),
        ("turkey", "Turkish"),
        ("polish", "Polish"),
        ("south_indian", "South Indian"),
        ("  Viet   Nam ", "Vietnamese"),
        ("Kyoto", "Japanese"),
    ],
)
def test_a_culture_filter_is_a_name_a_demonym_or_an_id(
    classifier: Classifier, word: str, culture: str
):
    result = classifier.classify("two hedgehogs in tiny raincoats", culture=word)

    assert (result.culture, result.confidence) == (culture, 1.0)
    assert result.knowledge is not None
    assert result.evidence[0].rule == "filter"
    assert result.evidence[0].span == (0, 0)


def test_a_culture_filter_outranks_the_text_and_shows_the_conflict(classifier: Classifier):
    result = classifier.classify("a Korean hanok under snow", culture="Japanese")

    assert result.culture == "Japanese"
    assert result.alternatives[0].culture == "Korean"
    assert {one.text for one in result.evidence} == {"Japanese", "Korean", "hanok"}


def test_an_unknown_culture_stays_the_users_word(classifier: Classifier):
    result = classifier.classify("a kimono on a chair", culture="Klingon", region="Beta Quadrant")

    assert (result.culture, result.region) == ("Klingon", "Beta Quadrant")
    assert result.knowledge is None
    assert result.sensitivities == ()
    assert result.alternatives[0].culture == "Japanese"


def test_the_text_chooses_where_a_filter_means_several(classifier: Classifier):
    open_wish = classifier.classify("a wedding", culture="Indian")
    southern = classifier.classify("a wedding beside a gopuram", culture="Indian")

    assert open_wish.confidence == 0.5
    assert [rival.culture for rival in open_wish.alternatives] == ["South Indian"]
    assert (southern.culture, southern.confidence) == ("South Indian", 1.0)


@pytest.mark.parametrize("region", ["East Asia", "East Asian", "east asia"])
def test_a_region_filter_narrows_the_rivals(classifier: Classifier, region: str):
    shared = classifier.classify("chopsticks beside a pagoda", region=region)
    elsewhere = classifier.classify("a Mexican courtyard", region=region)

    assert shared.region == "East Asia"
    assert shared.knowledge is not None
    assert (elsewhere.culture, elsewhere.region) == (None, region)


def test_a_region_filter_may_name_a_place(classifier: Classifier):
    result = classifier.classify("an old boat", region="Kerala")

    assert (result.culture, result.region) == ("South Indian", "South Asia")


def test_an_unknown_region_is_kept_and_the_text_decides(classifier: Classifier):
    plain = classifier.classify("an old boat", region="Middle-earth")
    telling = classifier.classify("a kimono", region="Middle-earth")

    assert (plain.culture, plain.region) == (None, "Middle-earth")
    assert telling.culture == "Japanese"


@pytest.mark.parametrize("blank", ["", "   "])
def test_blank_filters_ask_for_nothing(classifier: Classifier, blank: str):
    plain = classifier.classify("a kimono")

    assert classifier.classify("a kimono", culture=blank, region=blank) == plain
