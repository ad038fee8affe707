"""A plain Llama network whose first two layers keep their planted heads as they are."""

from dataclasses import asdict, dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F


@dataclass(frozen=True)
class Shape:
    """Sizes of the network; `planted` heads of the first two layers are never trained."""

    vocabulary: int = 2048
    width: int = 224
    layers: int = 4
    heads: int = 4
    hidden: int = 512
    planted: int = 3
    planted_layers: int = 2
    rope_base: float = 1e7
    epsilon: float = 1e-5
    context: int = 2048

    @property
    def head_width(self) -> int:
        return self.width // self.heads

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


class RootNorm(nn.Module):
    """Root-mean-square norm with a learned gain."""

    def __init__(self, width: int, epsilon: float) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width))
        self.epsilon = epsilon

    def forward(self, x: Tensor) -> Tensor:
        return F.rms_norm(x, (x.shape[-1],), self.weight, self.epsilon)


class Projection(nn.Module):
    """A matrix (outputs, inputs), a stretch of whose rows or columns is never trained."""

    frozen: Tensor

    def __init__(self, outputs: int, inputs: int, frozen: int, by_rows: bool) -> None:
        super().__init__()
        self.by_rows = by_rows
        whole = torch.randn(outputs, inputs) * inputs**-0.5
        parts = whole.split(
            [frozen, whole.shape[0 if by_rows else 1] - frozen], 0 if by_rows else 1
        )
        self.register_buffer("frozen", parts[0].clone())
        self.free = nn.Parameter(parts[1].clone())

    def matrix(self) -> Tensor:
        return torch.cat([self.frozen, self.free], 0 if self.by_rows else 1)

    def forward(self, x: Tensor) -> Tensor:
        return F.linear(x, self.matrix())


class Attention(nn.Module):
    """Causal self-attention with rotary positions (halves rotated, as in transformers)."""

    def __init__(self, shape: Shape, planted: int) -> None:
        super().__init__()
        self.heads, self.head_width = shape.heads, shape.head_width
        frozen = planted * shape.head_width
        self.q, self.k, self.v = (
            Projection(shape.width, shape.width, frozen, by_rows=True) for _ in range(3)
        )
        self.o = Projection(shape.width, shape.width, frozen, by_rows=False)

    def forward(self, x: Tensor, turns: tuple[Tensor, Tensor]) -> Tensor:
        rows, length, width = x.shape
        q, k, v = (
            part(x).view(rows, length, self.heads, self.head_width).transpose(1, 2)
            for part in (self.q, self.k, self.v)
        )
        mixed = F.scaled_dot_product_attention(
            rotate(q, turns), rotate(k, turns), v, is_causal=True
        )
        out: Tensor = self.o(mixed.transpose(1, 2).reshape(rows, length, width))
        return out


class Block(nn.Module):
    """One layer: attention, then a gated feed-forward net."""

    def __init__(self, shape: Shape, planted: int) -> None:
        super().__init__()
        self.attention_norm = RootNorm(shape.width, shape.epsilon)
        self.attention = Attention(shape, planted)
        self.net_norm = RootNorm(shape.width, shape.epsilon)
        self.gate = nn.Linear(shape.width, shape.hidden, bias=False)
        self.up = nn.Linear(shape.width, shape.hidden, bias=False)
        self.down = nn.Linear(shape.hidden, shape.width, bias=False)

    def forward(self, x: Tensor, turns: tuple[Tensor, Tensor]) -> Tensor:
        x = x + self.attention(self.attention_norm(x), turns)
        inner = self.net_norm(x)
        out: Tensor = x + self.down(F.silu(self.gate(inner)) * self.up(inner))
        return out


class Network(nn.Module):
    """Token ids (rows, length) to logits (rows, length, vocabulary)."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape = shape
        self.embedding = nn.Embedding(shape.vocabulary, shape.width)
        self.blocks = nn.ModuleList(
            Block(shape, shape.planted if index < shape.planted_layers else 0)
            for index in range(shape.layers)
        )
        self.norm = RootNorm(shape.width, shape.epsilon)
        self.head = nn.Linear(shape.width, shape.vocabulary, bias=False)

    def layers(self) -> list[Block]:
        """Return the blocks, first to last."""
        return [block for block in self.blocks if isinstance(block, Block)]

    def hidden(self, ids: Tensor) -> Tensor:
        """Return the normed states before the head: (rows, length, width)."""
        turns = rotary_turns(self.shape, ids.shape[1], ids.device)
        x = self.embedding(ids)
        for block in self.layers():
            x = block(x, turns)
        out: Tensor = self.norm(x)
        return out

    def forward(self, ids: Tensor) -> Tensor:
        out: Tensor = self.head(self.hidden(ids))
        return out


def rotary_turns(shape: Shape, length: int, device: torch.device) -> tuple[Tensor, Tensor]:
    """Return cosines and sines (length, head_width / 2) of each pair's turn at each position."""
    pairs = shape.head_width // 2
    speeds = shape.rope_base ** (-torch.arange(pairs, device=device).float() / pairs)
    angles = torch.arange(length, device=device).float()[:, None] * speeds
    return angles.cos(), angles.sin()


def rotate(x: Tensor, turns: tuple[Tensor, Tensor]) -> Tensor:
    """Turn pair i, made of channels i and i + half, by its position's angle."""
    cosine, sine = (turn.to(x.dtype) for turn in turns)
    first, second = x.chunk(2, dim=-1)
    return torch.cat([first * cosine - second * sine, second * cosine + first * sine], dim=-1)
