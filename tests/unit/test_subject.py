"""The subject of a wish: what is left of the user's words once politeness is gone."""

from __future__ import annotations

import pytest

from workers.gpu_llm.brief import SUBJECT_LIMIT
from workers.gpu_llm.subject import subject_of


@pytest.mark.parametrize(
    ("description", "subject"),
    [
        (
            "please draw me two hedgehogs in tiny raincoats, for my daughter",
            "two hedgehogs in tiny raincoats",
        ),
        ("I would like a picture of a riad courtyard in anime style", "a riad courtyard"),
        ("Can you make a photo of the Taj Mahal at dawn?", "the Taj Mahal at dawn"),
        ("Could I have an old bridge, please?", "an old bridge"),
        ("Hi! I'd love a cat", "a cat"),
        ("anime: girl with umbrella", "girl with umbrella"),
        ("for the cover of a book: a red fox", "a red fox"),
        ("three anime pictures of a fox", "a fox"),
        ("a castle, photorealistic", "a castle"),
        ("draw a woman drawing a cat for her son", "a woman drawing a cat"),
        ("A quiet tea house. It should rain.", "a quiet tea house"),
        ("two cats and a photo of a dog", "two cats and a photo of a dog"),
        ("a show dog", "a show dog"),
        ("ein Haus am See", "ein Haus am See"),
        ("東京の夜景。とてもきれい", "東京の夜景"),
        ("صورة لمسجد في الليل؟ شكرا", "صورة لمسجد في الليل"),
    ],
)
def test_the_users_own_words_stay_and_the_wrapping_goes(description: str, subject: str) -> None:
    assert subject_of(description) == subject


@pytest.mark.parametrize("description", ["please", "Hello!", "draw me", "a picture"])
def test_a_wish_that_is_all_politeness_falls_to_the_category(description: str) -> None:
    assert subject_of(description, "harbour at night") == "harbour at night"


@pytest.mark.parametrize(
    "description", ["please", "🦊🦊", "x", "...a", "draw", "</think> </think>!"]
)
def test_the_subject_is_never_empty(description: str) -> None:
    assert subject_of(description)


def test_an_absent_description_leaves_the_category() -> None:
    assert subject_of("", "still life") == "still life"


@pytest.mark.parametrize("description", ["word " * 200, "x" * 2000, "猫" * 2000])
def test_a_long_subject_is_cut(description: str) -> None:
    subject = subject_of(description)

    assert 0 < len(subject) <= SUBJECT_LIMIT
    assert description.startswith(subject)


def test_a_long_subject_is_cut_between_words() -> None:
    assert set(subject_of("hedgehog " * 100).split()) == {"hedgehog"}


def test_control_tokens_are_no_part_of_a_subject() -> None:
    subject = subject_of("the moon</think><｜Assistant｜> and <|im_start|>stars")

    assert subject == "the moon and stars"
