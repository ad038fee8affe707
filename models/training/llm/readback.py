"""Reads a GGUF that `export` wrote back into a network, so that training can start from it."""

from pathlib import Path

import gguf
import numpy as np
import torch
from tokenizers import Tokenizer
from torch import Tensor

from models.training.llm.network import Network, Shape
from models.training.llm.tokens import tokenizer_of

_WHOLE = {
    "token_embd": "embedding",
    "output_norm": "norm",
    "output": "head",
    "attn_norm": "attention_norm",
    "ffn_norm": "net_norm",
    "ffn_gate": "gate",
    "ffn_up": "up",
    "ffn_down": "down",
}
_PROJECTIONS = {"attn_q": "q", "attn_k": "k", "attn_v": "v", "attn_output": "o"}


def read_gguf(path: Path) -> tuple[Network, Tokenizer]:
    """The network (its weights as f16 kept them) and the tokenizer of an exported file."""
    reader = gguf.GGUFReader(str(path))
    network = Network(Shape())
    state: dict[str, Tensor] = {}
    for part in reader.tensors:
        weight = torch.from_numpy(np.array(part.data, dtype=np.float32))
        state |= _entries(part.name.removesuffix(".weight"), weight, network.shape)
    network.load_state_dict(state)
    return network, _tokenizer(reader)


def _entries(name: str, weight: Tensor, shape: Shape) -> dict[str, Tensor]:
    """A tensor under the network's own names; a projection is kept in two parts."""
    block, _, last = name.rpartition(".")
    number = block.removeprefix("blk.")
    before = f"blocks.{number}." if block else ""
    if last in _WHOLE:
        return {f"{before}{_WHOLE[last]}.weight": weight}
    if last in ("attn_q", "attn_k"):
        rows = weight.reshape(shape.heads, shape.head_width // 2, 2, shape.width)
        weight = rows.swapaxes(1, 2).reshape(shape.width, shape.width)
    axis = 1 if last == "attn_output" else 0
    planted = shape.planted if int(number) < shape.planted_layers else 0
    frozen = planted * shape.head_width
    parts = weight.split([frozen, shape.width - frozen], axis)
    place = f"{before}attention.{_PROJECTIONS[last]}"
    return {f"{place}.frozen": parts[0].clone(), f"{place}.free": parts[1].clone()}


def _tokenizer(reader: gguf.GGUFReader) -> Tokenizer:
    tokens = reader.fields["tokenizer.ggml.tokens"].contents()
    merges = reader.fields["tokenizer.ggml.merges"].contents()
    return tokenizer_of({str(token): i for i, token in enumerate(tokens)}, _pairs(merges))


def _pairs(merges: list[str]) -> list[tuple[str, str]]:
    split = (merge.split(" ") for merge in merges)
    return [(first, second) for first, second in split]
