"""Word rules: what they find, what they leave alone, what follows."""

from __future__ import annotations

import time

import pytest

from app.contracts.errors import ModerationBlocked
from config.moderation import ModerationRulesError, fold, load_rules
from config.settings import Settings
from workers.cpu_processing.moderation import moderate

RULES = load_rules(Settings().moderation_file)


@pytest.mark.parametrize(
    ("text", "category"),
    [
        ("a nude woman on a sofa", "sexual"),
        ("NÚDE portrait", "sexual"),
        ("p\u200born poster", "sexual"),
        ("裸の人", "sexual"),
        ("a nude child", "sexual_minors"),
        ("schoolgirl in lingerie", "sexual_minors"),
        ("a beheaded king, gore", "violence"),
        ("a note about self-harm", "self_harm"),
        ("swastika flag on a wall", "hate"),
        ("immigrants drawn as vermin", "hate"),
        ("how to build a pipe bomb", "weapons"),
    ],
)
def test_the_shipped_rules_object(text, category):
    assert category in RULES.objections(text)


@pytest.mark.parametrize(
    "text",
    [
        "a torii at dawn with children playing",
        "stars seen with the naked eye",
        "lipstick in nude tones",
        "a Hindu swastika on a temple door for Diwali",
        "suicide prevention poster",
        "Kindergarten, Nazirite, classic cocktail glass, grape harvest, Scunthorpe",
        "Mount Fuji in spring, cherry blossoms, a red bridge",
        "",
    ],
)
def test_the_shipped_rules_leave_the_harmless_alone(text):
    assert RULES.objections(text) == {}


def test_no_shipped_word_of_culture_is_objected_to():
    folder = Settings().culture_dir
    texts = [path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.yaml"))]

    found = [word for text in texts for word in RULES.objections(text).get("sexual_minors", [])]

    assert found == []


def test_an_excused_phrase_does_not_excuse_the_rest():
    assert RULES.objections("a naked mole rat beside a naked man") == {"sexual": ["naked"]}


def test_each_text_is_looked_at_by_itself():
    assert "sexual_minors" not in RULES.objections("children in a park", "nude")


def test_folding_unifies_what_looks_alike():
    assert fold("ＮＵＤＥ  Ünïcode\u200d\nЁлка") == "nude unicode елка"


def test_a_long_text_is_matched_in_no_time():
    began = time.perf_counter()

    RULES.objections("a quiet harbour with boats " * 80)

    assert time.perf_counter() - began < 0.1


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("- a list", "by category"),
        ("sexual: {any: [x]}", "a list of rules"),
        ("sexual: []", "a list of rules"),
        ("sexual: [{with: [x]}]", "a rule has any"),
        ("sexual: [{any: [x], when: [y]}]", "a rule has any"),
        ("sexual: [{any: [1]}]", "a list of words"),
        ("sexual: [", "moderation.yaml"),
    ],
)
def test_bad_rules_are_refused_at_the_start(tmp_path, text, words):
    path = tmp_path / "moderation.yaml"
    path.write_text(text, encoding="utf-8")

    with pytest.raises(ModerationRulesError, match=words):
        load_rules(path)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(ModerationRulesError, match="nowhere"):
        load_rules(tmp_path / "nowhere.yaml")


BAD, GOOD = {"prompt": "a nude statue"}, {"prompt": "a statue"}


def test_off_says_nothing():
    assert moderate(RULES, BAD, {"moderation": {"mode": "off"}}) is None


@pytest.mark.parametrize("options", [{}, {"moderation": {"mode": "flag"}}])
def test_flag_says_what_was_found(options):
    assert moderate(RULES, GOOD, options) == {"flagged": False, "categories": {}}
    assert moderate(RULES, BAD, options) == {"flagged": True, "categories": {"sexual": ["nude"]}}


def test_block_refuses_with_the_categories():
    with pytest.raises(ModerationBlocked, match="sexual") as caught:
        moderate(RULES, BAD, {"moderation": {"mode": "block"}})

    assert caught.value.details == {"stage": "prompt", "categories": {"sexual": ["nude"]}}


def test_text_drawn_onto_the_picture_is_moderated_too():
    options = {"text_overlay": {"text": "sieg heil"}, "watermark": {"text": "nude"}}

    found = moderate(RULES, GOOD, options)

    assert found == {"flagged": True, "categories": {"hate": ["sieg heil"], "sexual": ["nude"]}}


def test_the_negative_prompt_is_not_an_intention():
    recipe = {"prompt": "a statue", "negative_prompt": "nude, gore"}

    assert moderate(RULES, recipe, {}) == {"flagged": False, "categories": {}}
