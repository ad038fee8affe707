"""What counts as an answer of the model, and what does not."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest

from workers.gpu_llm.answer import AnswerUnusable, ParsedAnswer, parse_answer, said_once
from workers.gpu_llm.brief import ASPECT_RATIOS, STYLES

GOOD: dict[str, Any] = {
    "style": "anime",
    "aspectRatio": "3:2",
    "prompts": [
        {
            "name": "1. morning  mist",
            "prompt": "an anime scene of a fox, in mist\u0007",
            "negativePrompt": "photo",
        },
        {"name": "2. night", "prompt": "an anime scene of a fox, at night", "negativePrompt": ""},
    ],
}


def read(data: object, count: int = 2) -> ParsedAnswer:
    text = data if isinstance(data, str) else json.dumps(data)
    return parse_answer(text, "a fox", count, STYLES, ASPECT_RATIOS)


def test_a_whole_answer_is_read_and_tidied() -> None:
    answer = read(GOOD)

    assert (answer.style, answer.aspect_ratio) == ("anime", "3:2")
    assert [prompt.as_json() for prompt in answer.prompts] == [
        {
            "name": "Morning mist",
            "prompt": "an anime scene of a fox, in mist",
            "negativePrompt": "photo",
        },
        {"name": "Night", "prompt": "an anime scene of a fox, at night", "negativePrompt": ""},
    ]


def _first(data: dict[str, Any]) -> dict[str, Any]:
    prompt: dict[str, Any] = data["prompts"][0]
    return prompt


@pytest.mark.parametrize(
    "spoil",
    [
        lambda data: data.pop("style"),
        lambda data: data.update(style="oil"),
        lambda data: data.update(aspectRatio="5:1"),
        lambda data: data.update(extra=1),
        lambda data: data.update(prompts="many"),
        lambda data: data["prompts"].pop(),
        lambda data: data["prompts"].append(data["prompts"][0]),
        lambda data: _first(data).update(prompt="an anime scene of a cat"),
        lambda data: _first(data).update(prompt="a fox " * 400),
        lambda data: _first(data).update(name=" "),
        lambda data: _first(data).update(name=7),
        lambda data: _first(data).pop("negativePrompt"),
        lambda data: _first(data).update(prompt=data["prompts"][1]["prompt"]),
    ],
)
def test_anything_less_is_unusable(spoil: Callable[[dict[str, Any]], object]) -> None:
    data = copy.deepcopy(GOOD)
    spoil(data)

    with pytest.raises(AnswerUnusable):
        read(data)


@pytest.mark.parametrize("text", ["", "{", json.dumps(GOOD)[:-1], "null", "[]", "nonsense"])
def test_text_that_is_not_a_whole_object_is_unusable(text: str) -> None:
    with pytest.raises(AnswerUnusable):
        read(text)


def test_names_that_are_the_same_are_numbered() -> None:
    data = copy.deepcopy(GOOD)
    for prompt in data["prompts"]:
        prompt["name"] = "Fox"

    assert [prompt.name for prompt in read(data).prompts] == ["Fox 1", "Fox 2"]


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        (", at night, in spring, in spring, in spri", ", at night, in spring"),
        ("mockery of s s s s s, text", "mockery of s, text"),
        ("x aaaaaaaaaaaaaaaaaaaaaaaaaaaa", "x a"),
        ("very very big, 1000000 cats, cooool", "very very big, 1000000 cats, cooool"),
    ],
)
def test_what_was_said_is_not_said_again(text: str, kept: str) -> None:
    assert said_once(text) == kept


def test_repeats_before_the_subjects_end_are_the_users_own() -> None:
    data = {
        "style": "anime",
        "aspectRatio": "1:1",
        "prompts": [{"name": "n", "prompt": "of ha, ha, ha, at sea, at sea", "negativePrompt": ""}],
    }
    answer = parse_answer(json.dumps(data), "ha, ha, ha", 1, STYLES, ASPECT_RATIOS)

    assert answer.prompts[0].prompt == "of ha, ha, ha, at sea"
