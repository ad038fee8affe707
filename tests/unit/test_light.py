"""A prompt keeps to the time of day that the wish names."""

from __future__ import annotations

import pytest

from workers.gpu_llm.light import in_the_light_of, name_in_the_light_of
from workers.gpu_llm.spoken import style_named_in, times_in
from workers.gpu_llm.subject import subject_of


def test_a_phrase_of_another_time_is_left_out():
    prompt = "a photo of a gate at dawn, with lanterns, in the glow of the setting sun, serene mood"

    kept = in_the_light_of("a gate at dawn", prompt, "a gate at dawn")

    assert kept == "a photo of a gate at dawn, with lanterns, serene mood"


def test_a_phrase_of_the_same_time_stays_and_a_wish_without_time_allows_all():
    prompt = "a photo of a gate, under the stars, wide shot"

    assert in_the_light_of("a gate at night", prompt, "a gate") == prompt
    assert in_the_light_of("a gate", prompt, "a gate") == prompt


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("Paper lanterns at dawn", "Paper lanterns"),
        ("Paper lanterns at night", "Paper lanterns at night"),
        ("Bridge in Kyoto", "Bridge in Kyoto"),
    ],
)
def test_a_name_keeps_to_the_wish_too(name, kept):
    assert name_in_the_light_of("a bridge under a starry sky", name) == kept


@pytest.mark.parametrize(
    ("wish", "times"),
    [
        ("a holiday in the daydream of Knightsbridge", set()),
        ("Day of the Dead in Oaxaca", set()),
        ("a table setting for two", set()),
        ("a cat called Luna", set()),
        ("the glow of the setting sun", {"sunset"}),
        ("Paris, coucher de soleil", {"sunset"}),
        ("from dusk till dawn", {"sunset", "dawn"}),
        ("a rabbit without moonlight", set()),
    ],
)
def test_times_are_whole_words_in_several_tongues(wish, times):
    assert times_in(wish) == times


@pytest.mark.parametrize(
    ("wish", "style"),
    [
        ("a windmill, as an anime picture", "anime"),
        ("manga: a cat", "anime"),
        ("a realistic photo of a cat", "photorealistic"),
        ("a cat", None),
        ("a comical cat", None),
        ("a realistic cat, no anime", "photorealistic"),
        ("not anime: a cat", None),
        ("a cat in cel style", "anime"),
        ("a 3D render of a cat", "photorealistic"),
        ("ukiyo-e waves", "anime"),
    ],
)
def test_the_style_is_read_from_the_words(wish, style):
    assert style_named_in(wish) == style


@pytest.mark.parametrize(
    ("wish", "subject"),
    [
        ("A red gate by a lake at dawn, for a calendar of Japan", "a red gate by a lake at dawn"),
        (
            "An old windmill under a starry sky, as an anime picture",
            "an old windmill under a starry sky",
        ),
        ("The Hague in the rain", "The Hague in the rain"),
    ],
)
def test_the_subject_is_free_of_its_purpose_and_style(wish, subject):
    assert subject_of(wish) == subject
