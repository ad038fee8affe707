"""Word rules: what they find, what they leave alone, what follows."""

from __future__ import annotations

import time

import pytest
import yaml
from PIL import Image

from app.contracts.errors import ModerationBlocked
from config.folding import fold, views
from config.moderation import WordRules, load_moderation, load_rules
from config.moderation_lint import LANGUAGES, find_all
from config.rules import ModerationRulesError
from config.sensitivities import load_sensitivities
from config.settings import ROOT, Settings
from workers.cpu_processing.moderation import Moderator, mode_of

RULES = load_moderation(Settings())


PROMPTS = yaml.safe_load((ROOT / "tests/data/moderation_prompts.yaml").read_text("utf-8"))
HARMLESS = PROMPTS.pop("harmless")
CULTURAL = PROMPTS.pop("cultural_sensitivity")


def labelled(group):
    return [(key, text) for key, texts in group.items() for text in texts]


@pytest.mark.parametrize("category", PROMPTS)
def test_the_shipped_rules_object_in_every_language(category):
    missed = [
        text for _, text in labelled(PROMPTS[category]) if category not in RULES.objections(text)
    ]

    assert missed == []
    assert set(PROMPTS[category]) >= LANGUAGES


def test_the_shipped_rules_leave_the_harmless_alone():
    found = {text: RULES.objections(text) for _, text in labelled(HARMLESS)}

    assert {text: terms for text, terms in found.items() if terms} == {}


@pytest.mark.parametrize("culture", CULTURAL)
def test_what_touches_a_cultures_sensitivities_is_told_with_its_advice(culture):
    name = yaml.safe_load((Settings().culture_dir / f"{culture}.yaml").read_text("utf-8"))["name"]
    for text in CULTURAL[culture]:
        reasons = RULES.objections(text)["cultural_sensitivity"]

        assert any(one.startswith(f"{name}, ") and one.endswith(".") for one in reasons), text


def test_the_shipped_files_pass_their_linter():
    assert find_all(Settings()) == []


def test_the_linter_names_what_is_wrong(tmp_path):
    path = tmp_path / "moderation.yaml"
    path.write_text("sexual: [{any: {en: [ab*, nude]}, unless: [red shoes]}]", "utf-8")

    problems = find_all(Settings(moderation_file=path))

    assert "sexual: ab* begins too many words" in problems
    assert "sexual: unless: red shoes excuses nothing" in problems
    assert "sexual: has no list for ja" in problems


def test_no_shipped_word_of_culture_is_objected_to():
    folder = Settings().culture_dir
    texts = [path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.yaml"))]

    found = [word for text in texts for word in RULES.objections(text).get("sexual_minors", [])]

    assert found == []


def test_an_excused_phrase_does_not_excuse_the_rest():
    assert RULES.objections("a naked mole rat beside a naked man") == {"sexual": ["naked"]}


def test_each_text_is_looked_at_by_itself():
    assert "sexual_minors" not in RULES.objections("children in a park", "nude")


@pytest.mark.parametrize(
    ("text", "view"),
    [
        ("n u d e", "nude"),
        ("a n.u.d.e man", "nude"),
        ("p0rn", "porn"),
        ("k1ller", "killer"),
        ("b1ack", "black"),
        ("nuuude", "nude"),
        ("n\u0443de", "nyde"),
        ("裸 体", "裸体"),
    ],
)
def test_a_disguise_is_taken_off(text, view):
    assert view in " ".join(views(text)).split()


def test_a_plain_text_has_one_view():
    assert views("A quiet harbour, in 1950!") == ("a quiet harbour, in 1950!",)


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
        ("sexual: [{any: $bare}]", "no list"),
        ("words: [a]", "lists by name"),
        ("labels: {nsfw: {category: sexual}}", "category and threshold"),
        ("labels: {nsfw: {category: sexual, threshold: 2}}", "at most 1"),
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


def test_a_sensitivity_that_no_culture_has_is_refused_at_the_start(tmp_path):
    path = tmp_path / "cultures.yaml"
    path.write_text("cultures: {japanese: {robots: [{any: [robot]}]}}", "utf-8")

    with pytest.raises(ModerationRulesError, match="japanese: robots"):
        load_sensitivities(path, Settings().culture_dir)


BAD, GOOD = {"prompt": "a nude statue"}, {"prompt": "a statue"}
CARE = {"prompt": "an Eskimo by an igloo"}
PICTURE = Image.new("RGB", (8, 8))


class Judge:
    """Gives every picture the same scores."""

    def __init__(self, **scores):
        self._scores = scores

    def scores(self, image):
        return self._scores


def verdict(recipe, options=None, rules=RULES, judge=None):
    options = options or {}
    moderator = Moderator(rules, judge)
    found = moderator.prompt(recipe, options)
    made = moderator.picture(PICTURE, found, mode_of(options))
    return made.as_json() if made else None


def in_mode(mode):
    return {"moderation": {"mode": mode}}


def test_off_says_nothing():
    assert verdict(BAD, in_mode("off"), judge=Judge(nsfw=1.0)) is None


@pytest.mark.parametrize("options", [{}, in_mode("flag")])
def test_flag_says_what_was_found(options):
    assert verdict(GOOD, options) == {"flagged": False, "action": "none", "categories": {}}
    assert verdict(BAD, options) == {
        "flagged": True, "action": "flagged", "categories": {"sexual": ["nude"]},
    }  # fmt: skip


def test_block_refuses_with_the_categories():
    with pytest.raises(ModerationBlocked, match="sexual") as caught:
        verdict(BAD, in_mode("block"))

    assert caught.value.details == {"stage": "prompt", "categories": {"sexual": ["nude"]}}


def test_blur_follows_from_the_prompt_too():
    assert verdict(BAD, in_mode("blur"))["action"] == "blurred"


@pytest.mark.parametrize("mode", ["flag", "blur", "block"])
def test_a_cultural_sensitivity_alone_is_only_told(mode):
    found = verdict(CARE, in_mode(mode))

    assert (found["flagged"], found["action"]) == (True, "flagged")
    assert found["categories"] == {
        "cultural_sensitivity": ["Inuit, the name: Say Inuit, never the old outsider word."]
    }


def test_a_setting_lets_a_cultural_sensitivity_act():
    strict = WordRules(RULES.categories, RULES.labels, RULES.sensitivities, culture_acts=True)

    with pytest.raises(ModerationBlocked, match="cultural_sensitivity"):
        verdict(CARE, in_mode("block"), strict)


def test_a_label_counts_from_its_threshold_on():
    judge = Judge(nsfw=0.61, normal=0.39)
    low = Judge(nsfw=0.59, normal=0.41)

    assert verdict(GOOD, in_mode("block"), judge=low)["action"] == "none"
    assert verdict(GOOD, in_mode("block"), judge=judge) == {
        "flagged": True,
        "action": "blocked",
        "categories": {"sexual": ["nsfw 0.61"]},
        "scores": {"nsfw": 0.61, "normal": 0.39},
    }


def test_prompt_and_picture_are_told_together():
    found = verdict(BAD, in_mode("flag"), judge=Judge(gore=0.9, porn=0.8))

    assert found["categories"] == {"sexual": ["nude", "porn 0.80"], "violence": ["gore 0.90"]}


def test_text_drawn_onto_the_picture_is_moderated_too():
    options = {"text_overlay": {"text": "sieg heil"}, "watermark": {"text": "nude"}}

    found = verdict(GOOD, options)["categories"]

    assert found == {"hate": ["sieg heil"], "sexual": ["nude"]}


def test_the_negative_prompt_is_not_an_intention():
    recipe = {"prompt": "a statue", "negative_prompt": "nude, gore"}

    assert verdict(recipe)["flagged"] is False
