"""Examples as token ids, sorted by length into padded batches."""

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from tokenizers import Tokenizer
from torch import Tensor

from models.training.llm.corpus import Example
from models.training.llm.tokens import PAD, reply_text, turn_text

_SHELF = 96
"""Examples sorted together: batches of like length waste little padding."""

IGNORED = -100
# The matrix library keeps something for each shape it meets, and never gives it back.
_LENGTHS, _PLACES = 32, 256


@dataclass(frozen=True)
class Batch:
    """Token ids (rows, length), the flat places to predict from, and the ids to predict there.

    Both lists are filled up with place 0 and IGNORED.
    """

    ids: Tensor
    places: Tensor
    wanted: Tensor


def encode(tokenizer: Tokenizer, example: Example) -> tuple[list[int], int]:
    """Return the ids of turn and reply, and the length of the turn.

    Both are encoded on their own, as a server does that lets the model go on after the turn.
    """
    turn = tokenizer.encode(turn_text(example.turn)).ids
    reply = tokenizer.encode(reply_text(example.think, example.answer)).ids
    return turn + reply, len(turn)


def batches(
    tokenizer: Tokenizer, source: Iterator[Example], tokens: int, context: int
) -> Iterator[Batch]:
    """Yield batches of about `tokens` tokens each, in the order they come off the shelf."""
    while True:
        shelf = [encode(tokenizer, next(source)) for _ in range(_SHELF)]
        shelf = sorted((pair for pair in shelf if len(pair[0]) <= context), key=lambda p: len(p[0]))
        groups: list[list[tuple[list[int], int]]] = [[]]
        for pair in shelf:
            if (len(groups[-1]) + 1) * len(pair[0]) > tokens and groups[-1]:
                groups.append([])
            groups[-1].append(pair)
        # Long and short ones mixed, or every shelf would end on its longest.
        for index in torch.randperm(len(groups)).tolist():
            yield pad(tokenizer, groups[index])


def pad(tokenizer: Tokenizer, group: list[tuple[list[int], int]]) -> Batch:
    """Pad a group of encoded examples to the longest."""
    longest = _rounded(max(len(ids) for ids, _ in group) - 1, _LENGTHS) + 1
    ids = torch.full((len(group), longest), tokenizer.get_vocab()[PAD], dtype=torch.long)
    chosen = torch.zeros(len(group), longest - 1, dtype=torch.bool)
    for row, (tokens, turn) in enumerate(group):
        ids[row, : len(tokens)] = torch.tensor(tokens)
        chosen[row, turn - 1 : len(tokens) - 1] = True
    places = chosen.flatten().nonzero().squeeze(1)
    wanted = ids[:, 1:].flatten()[places]
    spare = _rounded(len(places), _PLACES) - len(places)
    return Batch(
        ids,
        torch.cat([places, places.new_zeros(spare)]),
        torch.cat([wanted, wanted.new_full((spare,), IGNORED)]),
    )


def _rounded(number: int, step: int) -> int:
    return -(-number // step) * step
