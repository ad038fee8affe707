"""The corpus of the starter text model obeys the rules it teaches."""

import json
import re
from itertools import islice, zip_longest

import pytest

from models.training.llm.corpus import OPPOSITES, Example, examples, write_example
from models.training.llm.cultures import load_traits
from models.training.llm.gates import most_shared
from models.training.llm.lexicon import read_brief
from models.training.llm.pseudo import is_held_out, pseudo_word
from models.training.llm.strangers import STRANGERS
from models.training.llm.wishes import WishMaker
from models.training.world import TIMES
from workers.gpu_llm.brief import (
    NAME_LIMIT,
    NEGATIVE_LIMIT,
    PROMPT_LIMIT,
    STYLE_LEADS,
    Brief,
    framed_motifs,
)
from workers.gpu_llm.spoken import LIGHT_WORDS, style_named_in


@pytest.fixture(scope="module")
def some() -> list[Example]:
    """A few hundred examples of the training corpus."""
    return list(islice(examples(load_traits(), seed=3), 400))


def prompts_of(example: Example) -> list[dict[str, str]]:
    prompts: list[dict[str, str]] = json.loads(example.answer)["prompts"]
    return prompts


def answer_to(**given: object) -> Example:
    """Write the example of one brief, by a fixed seed."""
    whole = {"subject": "a cat", "description": "a cat", "count": 3} | given
    return write_example(Brief(**whole), WishMaker((), seed=1).rng)  # type: ignore[arg-type]


def test_every_answer_is_whole_and_within_its_limits(some: list[Example]) -> None:
    for example in some:
        prompts = prompts_of(example)
        assert len(prompts) == example.brief.count
        for entry in prompts:
            assert 0 < len(entry["name"]) <= NAME_LIMIT
            assert 0 < len(entry["prompt"]) <= PROMPT_LIMIT
            assert 0 < len(entry["negativePrompt"]) <= NEGATIVE_LIMIT


def test_subject_and_motif_stand_in_every_prompt(some: list[Example]) -> None:
    for example in some:
        motifs = framed_motifs(example.brief)
        for motif, entry in zip_longest(reversed(motifs), prompts_of(example)):
            assert example.brief.subject in entry["prompt"]
            assert not motif or f", {motif}," in entry["prompt"]


def test_names_count_down_to_one(some: list[Example]) -> None:
    for example in some:
        numbers = [int(entry["name"].split(",")[0]) for entry in prompts_of(example)]
        assert numbers == list(range(example.brief.count, 0, -1))


def test_prompts_of_an_answer_differ(some: list[Example]) -> None:
    shares = [most_shared(example.brief.subject, prompts_of(example)) for example in some]

    assert sum(share > 0.6 for share in shares) / len(shares) < 0.02


def test_a_colour_and_a_season_stand_in_the_prompt_as_in_the_turn(some: list[Example]) -> None:
    for example in some:
        for entry in prompts_of(example):
            said = re.findall(
                r"(?:in tones of|shades of|bright with|set in) [^,]+", entry["prompt"]
            )
            rest = [phrase for phrase in said if phrase not in example.brief.subject]
            assert all(phrase in example.turn for phrase in rest)


def test_style_leads_and_negatives_fit(some: list[Example]) -> None:
    for example in some:
        style = json.loads(example.answer)["style"]
        assert example.brief.filters.get("style", style) == style
        for entry in prompts_of(example):
            assert entry["prompt"].startswith(STYLE_LEADS[style])
            assert entry["negativePrompt"].startswith(OPPOSITES[style][0])


def test_thinking_is_short_and_sometimes_left_out(some: list[Example]) -> None:
    empty = sum(not example.think for example in some) / len(some)

    assert 0.10 < empty < 0.20
    assert max(len(example.think) for example in some) < 800


def test_the_same_seed_gives_the_same_corpus() -> None:
    traits = load_traits()

    first, again, other = (list(islice(examples(traits, seed), 20)) for seed in (5, 5, 6))
    assert first == again != other


def test_the_style_is_the_filter_s_and_else_a_photograph() -> None:
    assert json.loads(answer_to(filters={"style": "anime"}).answer)["style"] == "anime"
    assert json.loads(answer_to().answer)["style"] == "photorealistic"


def test_a_style_in_words_is_a_filter_of_the_brief(some: list[Example]) -> None:
    named = [e for e in some if style_named_in(e.brief.description)]

    assert len(named) > 40
    assert all("\nstyle: " in f"\n{e.turn}" for e in named)


@pytest.mark.parametrize(
    ("subject", "light"), [("a cat at night", "night"), ("a pier at dusk", "sunset")]
)
def test_the_light_asked_for_rules_every_prompt(subject: str, light: str) -> None:
    for entry in prompts_of(answer_to(subject=subject, description=subject, count=8)):
        rest = entry["prompt"].replace(subject, "")
        others = [p for time, phrases in TIMES.items() if time != light for p in phrases]
        assert any(phrase in rest for phrase in (*TIMES[light], *LIGHT_WORDS[light]))
        assert not any(f", {phrase}," in rest for phrase in others)


def test_bad_weather_leaves_no_sun_and_no_stars() -> None:
    for entry in prompts_of(answer_to(subject="a bridge in heavy snow", count=8)):
        assert not any(word in entry["prompt"] for word in ("sun ", "stars", "moon", "golden"))


@pytest.mark.parametrize(
    ("subject", "ratio"),
    [("a cat", "1:1"), ("a panorama of hills", "16:9"), ("a tall lighthouse", "2:3")],
)
def test_the_subject_chooses_the_shape(subject: str, ratio: str) -> None:
    assert json.loads(answer_to(subject=subject).answer)["aspectRatio"] == ratio


def test_words_inside_other_words_say_nothing() -> None:
    brief = Brief("a knight and a training camp", "knightly rainbows", 3)

    assert (read_brief(brief).light, read_brief(brief).dull) == (None, False)


def test_a_care_reaches_the_negative_prompt() -> None:
    banned, cared = (
        prompts_of(answer_to(sensitivities=(phrase,)))[0]["negativePrompt"]
        for phrase in ("no caricature", "haka")
    )

    assert ", any caricature," in banned
    assert ", mockery of haka," in cared


def test_held_out_words_never_meet_training(some: list[Example]) -> None:
    rng = WishMaker((), seed=2).rng
    assert all(is_held_out(pseudo_word(rng, held_out=True)) for _ in range(200))
    assert not any(is_held_out(pseudo_word(rng)) for _ in range(200))


def test_hand_written_wishes_make_briefs() -> None:
    assert len(STRANGERS) >= 20
    for wish in STRANGERS:
        example = write_example(wish.brief(), WishMaker((), seed=4).rng)
        assert all(wish.brief().subject in entry["prompt"] for entry in prompts_of(example))
