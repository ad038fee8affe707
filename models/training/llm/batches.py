"""Examples as token ids, sorted by length into padded batches."""

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from tokenizers import Tokenizer
from torch import Tensor

from models.training.llm.corpus import Example
from models.training.llm.stress import weights
from models.training.llm.tokens import PAD, reply_text, turn_text

_SHELF = 96
"""Examples sorted together: batches of like length waste little padding."""

# The matrix library keeps something for each shape it meets, and never gives it back.
_LENGTHS, _PLACES = 32, 256


@dataclass(frozen=True)
class Batch:
    """Token ids (rows, length), the flat places to predict from, the ids to predict, their weights.

    The lists are filled up with weights of nothing.
    """

    ids: Tensor
    places: Tensor
    wanted: Tensor
    weights: Tensor


@dataclass(frozen=True)
class Encoded:
    """The ids of turn and reply, and one weight for each id of the reply."""

    ids: list[int]
    weights: list[float]


def encode(tokenizer: Tokenizer, example: Example) -> Encoded:
    """Return an example as ids.

    Both are encoded on their own, as a server does that lets the model go on after the turn.
    """
    turn = tokenizer.encode(turn_text(example.turn)).ids
    text = reply_text(example.think, example.answer)
    reply = tokenizer.encode(text)
    return Encoded(turn + reply.ids, weights(example, text, reply.offsets))


def batches(
    tokenizer: Tokenizer, source: Iterator[Example], tokens: int, context: int
) -> Iterator[Batch]:
    """Yield batches of about `tokens` tokens each, in the order they come off the shelf."""
    while True:
        shelf = [encode(tokenizer, next(source)) for _ in range(_SHELF)]
        shelf = sorted(
            (pair for pair in shelf if len(pair.ids) <= context), key=lambda p: len(p.ids)
        )
        groups: list[list[Encoded]] = [[]]
        for pair in shelf:
            if (len(groups[-1]) + 1) * len(pair.ids) > tokens and groups[-1]:
                groups.append([])
            groups[-1].append(pair)
        # Long and short ones mixed, or every shelf would end on its longest.
        for index in torch.randperm(len(groups)).tolist():
            yield pad(tokenizer, groups[index])


def pad(tokenizer: Tokenizer, group: list[Encoded]) -> Batch:
    """Pad a group of encoded examples to the longest."""
    longest = _rounded(max(len(e.ids) for e in group) - 1, _LENGTHS) + 1
    ids = torch.full((len(group), longest), tokenizer.get_vocab()[PAD], dtype=torch.long)
    heavy = torch.zeros(len(group), longest - 1)
    for row, encoded in enumerate(group):
        end = len(encoded.ids)
        ids[row, :end] = torch.tensor(encoded.ids)
        heavy[row, end - 1 - len(encoded.weights) : end - 1] = torch.tensor(encoded.weights)
    places = heavy.flatten().nonzero().squeeze(1)
    spare = places.new_zeros(_rounded(len(places), _PLACES) - len(places))
    places = torch.cat([places, spare])
    weight = heavy.flatten()[places]
    weight[len(places) - len(spare) :] = 0.0
    return Batch(ids, places, ids[:, 1:].flatten()[places], weight)


def _rounded(number: int, step: int) -> int:
    return -(-number // step) * step
