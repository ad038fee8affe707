"""Tells a model that goes round in circles from one that gets somewhere."""

from __future__ import annotations

from collections.abc import Sequence

_LONGEST = 24  # tokens of a round
_ROUNDS, _LEAST = 3, 18  # how often, and over how many tokens, it must have come


def stammers(tokens: Sequence[int]) -> bool:
    """Whether the last tokens are one stretch of at most 24, said three times or more."""
    for period in range(1, _LONGEST + 1):
        span = max(_ROUNDS * period, _LEAST)
        if len(tokens) < span:
            return False
        # Asked after each token: one look is enough for nearly all of them.
        if tokens[-1] == tokens[-1 - period]:
            tail = tokens[-span:]
            if tail[period:] == tail[:-period]:
                return True
    return False
