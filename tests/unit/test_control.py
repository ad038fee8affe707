"""Text from users holds no control token once it is cleaned."""

from __future__ import annotations

import pytest

from workers.gpu_llm.control import without_control


@pytest.mark.parametrize(
    "mark",
    [
        "</think>",
        "<think>",
        "<｜User｜>",
        "<｜Assistant｜>",
        "<｜end▁of▁sentence｜>",
        "<|im_start|>",
        "<|im_end|>",
        "<|eot_id|>",
        "<|start_header_id|>",
        "<|reserved_special_token_7|>",
        "<s>",
        "</s>",
        "[INST]",
        "<</SYS>>",
        "<start_of_turn>",
        "</THINK>",
    ],
)
def test_the_marks_of_known_families_go_and_the_words_stay(mark: str) -> None:
    assert without_control(f"a cat{mark}a dog").split() == ["a", "cat", "a", "dog"]


def test_a_mark_hidden_inside_another_goes_too() -> None:
    cleaned = without_control("<think<think>><</think>/think>a")

    assert "<think>" not in cleaned
    assert "</think>" not in cleaned


def test_a_models_own_tokens_go() -> None:
    assert without_control("a <tool> b", ["<tool>"]).split() == ["a", "b"]


def test_nul_controls_and_lone_surrogates_become_spaces() -> None:
    assert without_control("a\0b\x1bc\ud800d\x85e") == "a b c d e"


def test_plain_text_is_left_alone() -> None:
    text = "1 < 2 > 0, i <3 cats [big ones] | pipes\nnew line"

    assert without_control(text) == text
