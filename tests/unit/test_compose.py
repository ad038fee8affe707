"""Prompts by rule: good enough to stand in for the model's."""

from __future__ import annotations

import pytest

from config.settings import Settings
from workers.gpu_llm.answer import ParsedAnswer
from workers.gpu_llm.brief import ASPECT_RATIOS, STYLES
from workers.gpu_llm.compose import compose
from workers.gpu_llm.culture.classifier import Classifier
from workers.gpu_llm.culture.knowledge import load_knowledge
from workers.gpu_llm.request_brief import Wish, make_brief

KNOWLEDGE = load_knowledge(Settings().culture_dir)
CLASSIFIER = Classifier(KNOWLEDGE)


def composed(
    description: str, filters: dict[str, str] | None = None, count: int = 8, seed: int = 3
) -> ParsedAnswer:
    filters = filters or {}
    wish = Wish(description, "", filters, count, seed)
    found = CLASSIFIER.classify(description, filters.get("culture"))
    return compose(make_brief(wish, found), found.knowledge, seed)


@pytest.mark.parametrize("culture", [None, *(item.name for item in KNOWLEDGE.cultures)])
def test_prompts_differ_hold_the_subject_and_suit_generate(culture: str | None) -> None:
    answer = composed("a red fox", {"culture": culture} if culture else {})

    prompts = [prompt.prompt for prompt in answer.prompts]
    assert len(set(prompts)) == len(prompts) == 8
    assert all("a red fox" in prompt and len(prompt) <= 2000 for prompt in prompts)
    assert all(prompt.name and prompt.negative_prompt for prompt in answer.prompts)
    assert answer.style in STYLES
    assert answer.aspect_ratio in ASPECT_RATIOS


def test_no_two_of_three_share_most_of_their_words() -> None:
    subject = "a red fox"
    words = [
        set(prompt.prompt.replace(subject, "").replace(",", " ").split())
        for prompt in composed(subject, {"culture": "Moroccan"}, count=3).prompts
    ]

    for index, first in enumerate(words):
        for second in words[index + 1 :]:
            assert len(first & second) / min(len(first), len(second)) <= 0.6


def test_each_prompt_has_a_motif_of_the_culture() -> None:
    culture = next(item for item in KNOWLEDGE.cultures if item.name == "Moroccan")
    motifs = [motif.removeprefix("a ").removeprefix("an ") for motif in culture.motifs]

    for prompt in composed("a cat in Marrakesh", count=4).prompts:
        assert any(motif in prompt.prompt for motif in motifs)


def test_filters_stand_in_every_prompt() -> None:
    wanted = {
        "style": "anime",
        "era": "1920s",
        "season": "winter",
        "mood": "solemn",
        "palette": "teal and rust",
        "composition": "bird's eye view",
        "aspect_ratio": "9:16",
    }
    answer = composed("a red fox", wanted, count=3)

    assert (answer.style, answer.aspect_ratio) == ("anime", "9:16")
    for prompt in answer.prompts:
        for name in ("era", "season", "mood", "palette", "composition"):
            assert wanted[name] in prompt.prompt
        assert "anime" in prompt.prompt.split(" of ")[0]
        assert "photo" in prompt.negative_prompt


def test_the_words_decide_where_no_filter_does() -> None:
    assert composed("an anime panorama of a harbour").style == "anime"
    assert composed("an anime panorama of a harbour").aspect_ratio == "16:9"
    assert composed("a harbour").style == "photorealistic"


def test_a_wish_with_its_own_time_of_day_gets_no_other() -> None:
    for prompt in composed("a harbour at night").prompts:
        assert not {"morning", "dawn", "sunset", "daylight"} & set(prompt.prompt.split())


def test_the_seed_decides() -> None:
    assert composed("a red fox", seed=5) == composed("a red fox", seed=5)
    assert composed("a red fox", seed=5) != composed("a red fox", seed=6)
