"""The copy circuit that is planted into the first two layers before training starts.

Layer 0 brings what stood one, two and three tokens before into reserved channels. Layer 1 looks for
an earlier place whose three tokens before are the last three here, and brings the token of that
place. Plain training of a net this small does not find it, and loses it if it may change it.
"""

import torch
from torch import Tensor

from models.training.llm.network import Attention, Network, Shape

SLOT = 22
"""Channels kept for each of the three tokens before."""

_FAST_PAIRS = 8
_LOOK_BACK = 1.2
"""Square root of the gain of each fast pair: the wanted place leads its neighbours by 15."""

_SLOW_PAIRS = 15
_SLOW_PARTS = (12, 10, 8)
_MATCH_SCORES = (25.0, 20.0, 14.0)
"""Attention scores of a token, and the ones before it, that are the same."""

_COPY_GAIN = 4.0
_QUIET = 0.1


def plant(network: Network, seed: int = 0) -> None:
    """Write the circuit into a fresh network, in place."""
    shape = network.shape
    generator = torch.Generator().manual_seed(seed)
    carrier = _carrier(shape, generator)
    with torch.no_grad():
        _set_embedding(network, generator)
        for block in network.layers():
            block.attention.o.free.mul_(_QUIET)
            block.down.weight.mul_(_QUIET)
        _plant_looking_back(network.layers()[0].attention, shape, carrier)
        _plant_matching(network.layers()[1].attention, shape, carrier, generator)
        network.head.weight.copy_(network.embedding.weight)
        network.head.weight[:, 0] = 0.0
    for block in network.layers()[:2]:
        block.attention_norm.weight.requires_grad_(False)


def _words(shape: Shape) -> slice:
    """Channels that hold the token itself: all but the constant and the three slots."""
    return slice(1, shape.width - 3 * SLOT)


def _slot(shape: Shape, back: int) -> slice:
    start = _words(shape).stop + (back - 1) * SLOT
    return slice(start, start + SLOT)


def _width_of_words(shape: Shape) -> int:
    return int(_words(shape).stop) - 1


def _carrier(shape: Shape, generator: torch.Generator) -> Tensor:
    """Return the projection (SLOT, words) by which a token is carried into a slot."""
    square = torch.randn(_width_of_words(shape), SLOT, generator=generator)
    rows: Tensor = torch.linalg.qr(square).Q.T
    return rows * (_width_of_words(shape) / SLOT) ** 0.5


def _set_embedding(network: Network, generator: torch.Generator) -> None:
    """Make embeddings unit vectors in the word channels, with a constant in channel 0."""
    shape = network.shape
    vectors = torch.randn(shape.vocabulary, _width_of_words(shape), generator=generator)
    weight = network.embedding.weight
    weight.zero_()
    weight[:, 0] = 1.0
    weight[:, _words(shape)] = vectors / vectors.norm(dim=1, keepdim=True)


def _clear(attention: Attention) -> None:
    for part in (attention.q, attention.k, attention.v, attention.o):
        part.frozen.zero_()


def _plant_looking_back(attention: Attention, shape: Shape, carrier: Tensor) -> None:
    """Head b attends to the token b + 1 before and writes it into slot b + 1."""
    _clear(attention)
    width, pairs = shape.head_width, shape.head_width // 2
    speeds = shape.rope_base ** (-torch.arange(pairs).float() / pairs)
    # The residual is a constant and a unit vector, so the norm multiplies both by this.
    normed = (shape.width / 2) ** 0.5
    for head in range(shape.planted):
        first = head * width
        for pair in range(_FAST_PAIRS):
            angle = -(head + 1) * speeds[pair]
            attention.q.frozen[first + pair, 0] = _LOOK_BACK * torch.cos(angle)
            attention.q.frozen[first + pairs + pair, 0] = _LOOK_BACK * torch.sin(angle)
            attention.k.frozen[first + pair, 0] = _LOOK_BACK
        attention.v.frozen[first : first + SLOT, _words(shape)] = carrier
        attention.o.frozen[_slot(shape, head + 1), first : first + SLOT] = torch.eye(SLOT) / normed


def _plant_matching(
    attention: Attention, shape: Shape, carrier: Tensor, generator: torch.Generator
) -> None:
    """Match the last three tokens with the three before an earlier place, and copy its token."""
    _clear(attention)
    width, pairs, words = shape.head_width, shape.head_width // 2, _words(shape)
    # Constant, token and three slots have length one each.
    normed = (shape.width / 5) ** 0.5
    slow = range(pairs - _SLOW_PAIRS, pairs)
    channels = torch.tensor([*slow, *(pairs + pair for pair in slow)]).split(list(_SLOW_PARTS))
    share = -(-_width_of_words(shape) // shape.planted)
    for head in range(shape.planted):
        first = head * width
        for back, (own, score) in enumerate(zip(channels, _MATCH_SCORES, strict=True), start=1):
            gain = (score * width**0.5) ** 0.5 / normed
            mix = torch.randn(len(own), SLOT, generator=generator) / len(own) ** 0.5 * gain
            attention.k.frozen[first + own, _slot(shape, back)] = mix
            # What the key holds of `back` places before, the query holds of one place later.
            if back == 1:
                attention.q.frozen[first + own, words] = mix @ carrier
            else:
                attention.q.frozen[first + own, _slot(shape, back - 1)] = mix
        start = words.start + head * share
        for row, channel in enumerate(range(start, min(start + share, words.stop))):
            attention.v.frozen[first + row, channel] = 1.0
            attention.o.frozen[channel, first + row] = _COPY_GAIN / normed
