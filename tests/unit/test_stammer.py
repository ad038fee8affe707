"""Rounds are told from lists and from words that merely come again."""

from __future__ import annotations

import pytest

from workers.gpu_llm.stammer import stammers


@pytest.mark.parametrize("period", [1, 2, 5, 9, 24])
def test_a_stretch_said_again_and_again_is_a_round(period: int) -> None:
    assert stammers([90, 91, *list(range(period)) * 20])


@pytest.mark.parametrize(
    "tokens",
    [
        [],
        [7] * 12,
        [1, 2, 3, 4] * 2,
        list(range(200)),
        [1, 2, 10, 1, 2, 11, 1, 2, 12, 1, 2, 13, 1, 2, 14, 1, 2, 15],
        [*[5, 6] * 20, 7],
    ],
)
def test_what_gets_somewhere_is_none(tokens: list[int]) -> None:
    assert not stammers(tokens)
