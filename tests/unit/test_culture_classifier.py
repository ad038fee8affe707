"""The cultural classifier on the shipped knowledge: figures, rivals, negation, filters."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import yaml

from workers.gpu_llm.culture.classifier import Classifier
from workers.gpu_llm.culture.knowledge import load_knowledge
from workers.gpu_llm.culture.result import Classification

ROOT = Path(__file__).resolve().parents[2]
WISHES = yaml.safe_load((ROOT / "tests/data/culture_wishes.yaml").read_text("utf-8"))["wishes"]


@pytest.fixture(scope="module")
def classifier() -> Classifier:
    return Classifier(load_knowledge(ROOT / "config" / "culture"))


def found_id(result: Classification) -> str | None:
    return result.knowledge.id if result.knowledge else None


def is_right(wish: dict[str, Any], result: Classification) -> bool:
    return found_id(result) in (wish["culture"], *wish.get("accept", ()))


def share_right(classifier: Classifier, kind: str) -> float:
    wishes = [wish for wish in WISHES if wish["kind"] == kind]
    right = sum(is_right(wish, classifier.classify(wish["wish"])) for wish in wishes)
    return right / len(wishes)


def test_the_labelled_wishes_are_many_and_varied():
    kinds = Counter(wish["kind"] for wish in WISHES)

    assert min(kinds["named"], kinds["implied"], kinds["none"]) >= 60
    assert kinds["trap"] >= 30
    assert len({wish["culture"] for wish in WISHES}) >= 45
    assert len({wish["wish"] for wish in WISHES}) == len(WISHES)


# Measured: 1.0, 0.98, 1.0, 1.0.
@pytest.mark.parametrize(
    ("kind", "least"), [("named", 0.97), ("implied", 0.92), ("none", 0.97), ("trap", 0.94)]
)
def test_labelled_wishes_are_classified(classifier: Classifier, kind: str, least: float):
    assert share_right(classifier, kind) >= least


def test_a_claim_is_nearly_always_right(classifier: Classifier):
    results = [(wish, classifier.classify(wish["wish"])) for wish in WISHES]
    claims = [is_right(wish, result) for wish, result in results if result.culture]

    assert sum(claims) / len(claims) >= 0.97


def test_every_culture_is_known_by_its_own_name(classifier: Classifier):
    for culture in load_knowledge(ROOT / "config" / "culture").cultures:
        result = classifier.classify(f"a quiet evening in a {culture.name} home")

        assert result.knowledge is not None, culture.name
        assert result.culture == culture.name
        assert result.region == culture.region


def test_nothing_speaks_for_no_culture(classifier: Classifier):
    result = classifier.classify("two hedgehogs in tiny raincoats")

    assert result.as_json() == {
        "culture": None,
        "region": None,
        "confidence": 0.0,
        "tags": [],
        "evidence": [],
        "sensitivities": [],
        "alternatives": [],
    }


def test_the_answer_has_the_shape_of_the_contract(classifier: Classifier):
    answer = classifier.classify("A Japanese garden with a torii gate").as_json()

    assert answer["culture"] == "Japanese"
    assert answer["region"] == "East Asia"
    assert answer["evidence"][0] == {
        "rule": "demonym",
        "span": [2, 10],
        "text": "Japanese",
        "culture": "Japanese",
        "weight": 3.0,
    }
    assert answer["evidence"][1]["text"] == "torii gate"
    assert {"japanese", "east asia", "torii gate", "architecture"} <= set(answer["tags"])
    assert {"about", "advice"} == set(answer["sensitivities"][0])


def test_more_evidence_gives_more_confidence(classifier: Classifier):
    wishes = ["steaming ramen", "a Japanese kitchen", "a Japanese kitchen in Kyoto with ramen"]
    confidences = [classifier.classify(wish).confidence for wish in wishes]

    assert confidences == sorted(confidences)
    assert 0.5 < confidences[0] < confidences[2] < 1


def test_saying_it_again_does_not_make_it_surer(classifier: Classifier):
    once = classifier.classify("ramen")
    often = classifier.classify("ramen, more ramen and still more ramen")

    assert often.confidence == once.confidence


@pytest.mark.parametrize("thing", ["baklava", "a bowl of falafel", "chopsticks", "a pagoda"])
def test_a_thing_of_several_regions_is_ranked_and_not_guessed(classifier: Classifier, thing: str):
    result = classifier.classify(thing)

    assert (result.culture, result.confidence) == (None, 0.0)
    assert len(result.alternatives) >= 2
    assert all(0 < rival.confidence < 0.3 for rival in result.alternatives)
    assert len({one.culture for one in result.evidence}) == len(result.alternatives)


def test_a_thing_of_one_region_goes_to_a_neighbour_with_little_confidence(classifier: Classifier):
    result = classifier.classify("a woman in a sari at dusk")

    assert result.region == "South Asia"
    assert result.confidence < 0.3
    assert len(result.alternatives) >= 3
    assert all(rival.confidence <= result.confidence for rival in result.alternatives)


def test_a_name_settles_what_is_shared(classifier: Classifier):
    result = classifier.classify("Greek baklava on a blue plate")

    assert result.culture == "Greek"
    assert result.confidence > 0.8


def test_two_named_cultures_are_both_reported(classifier: Classifier):
    result = classifier.classify("Korean and Vietnamese grandmothers comparing recipes")

    assert result.culture == "Korean"
    assert [rival.culture for rival in result.alternatives] == ["Vietnamese"]
    assert result.confidence < 0.6


def test_confidences_of_all_rivals_stay_within_one(classifier: Classifier):
    for wish in WISHES:
        result = classifier.classify(wish["wish"])
        total = result.confidence + sum(rival.confidence for rival in result.alternatives)

        assert 0 <= total <= 1.001, wish["wish"]


@pytest.mark.parametrize(
    "wish",
    [
        "a garden, not Japanese",
        "a non-Japanese garden",
        "a street without any kimono",
        "no torii gates, no kimonos",
        "a warrior without kimonos, katanas or geishas",
        "nothing Japanese about it",
        "anything but Japanese",
        "a woman who isn't Japanese",
        "a robe like a kimono, but not Japanese",
        "a town that is not set in Japan",
        "avoid Japanese motifs",
        "neither Japanese nor Chinese",
    ],
)
def test_what_is_denied_is_no_evidence(classifier: Classifier, wish: str):
    assert classifier.classify(wish).culture is None


@pytest.mark.parametrize(
    ("wish", "culture"),
    [
        ("not Japanese but Korean", "Korean"),
        ("not Japanese, Korean style", "Korean"),
        ("a Korean house instead of a Japanese one", "Korean"),
        ("not only Japanese", "Japanese"),
        ("a samurai without armour in Kyoto", "Japanese"),
        ("no people, a torii gate in the snow", "Japanese"),
        ("do not forget the kimono", "Japanese"),
        ("no clouds over Mount Fuji but cherry trees and a torii", "Japanese"),
        ("Kodomo no Hi at dawn", "Japanese"),
        ("a girl with a nón lá on a boat", "Vietnamese"),
    ],
)
def test_a_denial_reaches_no_further_than_its_clause(
    classifier: Classifier, wish: str, culture: str
):
    assert classifier.classify(wish).culture == culture


@pytest.mark.parametrize(
    ("wish", "rule"),
    [
        ("a harbour in Turkey at noon", "name.capital"),
        ("a harbour in turkey, at noon", "name.place"),
        ("a street market in china", "name.place"),
        ("traditional polish wedding", "demonym.cue"),
        ("evening in Huế", "place.spelling"),
    ],
)
def test_an_ambiguous_word_is_believed_for_a_reason(classifier: Classifier, wish: str, rule: str):
    result = classifier.classify(wish)

    assert result.culture is not None
    assert [one.rule for one in result.evidence] == [rule]


def test_an_ambiguous_word_counts_less_beside_something_certain(classifier: Classifier):
    result = classifier.classify("sake cups in Kyoto")

    assert [one.rule for one in result.evidence] == ["dish.support", "place"]
    assert result.evidence[0].weight < 1


def test_a_shared_thing_supports_no_ambiguous_word(classifier: Classifier):
    assert classifier.classify("a turkey and tulips on a table").culture is None


def test_calls_do_not_colour_each_other(classifier: Classifier):
    before = classifier.classify("a bowl of pho in Hanoi")
    classifier.classify("not Vietnamese at all", culture="Thai")

    assert classifier.classify("a bowl of pho in Hanoi") == before
