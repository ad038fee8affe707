"""Write a checkpoint as GGUF: `python -m models.training.llm.export`."""

import argparse
import json
from pathlib import Path

import gguf
import numpy as np
import torch
from tokenizers import Tokenizer
from torch import Tensor

from models.training.llm.network import Network, Projection, Shape
from models.training.llm.tokens import (
    BOS,
    CHAT_TEMPLATE,
    CONTROLS,
    EOS,
    MARKS,
    PAD,
    load_tokenizer,
)
from models.training.llm.train import CACHE, CHECKPOINT, TOKENIZER

SHIPPED = Path(__file__).resolve().parents[2] / "starter" / "llm" / "starter-llm.gguf"
_MOSTLY_F16 = 1


def load_network(folder: Path) -> Network:
    """Build the network of a checkpoint folder, with the average of its weights."""
    state = torch.load(folder / CHECKPOINT, weights_only=True)
    network = Network(Shape(**state["shape"]))
    network.load_state_dict(state["average"])
    return network.eval()


def export(network: Network, tokenizer: Tokenizer, path: Path) -> None:
    """Write weights (f16), tokenizer and chat template; the file appears whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(".gguf.new")
    writer = gguf.GGUFWriter(str(fresh), "llama")
    _write_shape(writer, network.shape)
    _write_tokenizer(writer, tokenizer)
    for name, tensor in _tensors(network).items():
        # One row of gains costs nothing, and llama.cpp wants it in full width.
        kind = np.float32 if tensor.ndim == 1 else np.float16
        writer.add_tensor(name, tensor.detach().float().numpy().astype(kind))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    fresh.replace(path)


def _write_shape(writer: gguf.GGUFWriter, shape: Shape) -> None:
    writer.add_name("Imajin starter LLM")
    writer.add_file_type(_MOSTLY_F16)
    writer.add_vocab_size(shape.vocabulary)
    writer.add_context_length(shape.context)
    writer.add_embedding_length(shape.width)
    writer.add_block_count(shape.layers)
    writer.add_feed_forward_length(shape.hidden)
    writer.add_head_count(shape.heads)
    writer.add_head_count_kv(shape.heads)
    writer.add_layer_norm_rms_eps(shape.epsilon)
    writer.add_rope_dimension_count(shape.head_width)
    writer.add_rope_freq_base(shape.rope_base)


def _write_tokenizer(writer: gguf.GGUFWriter, tokenizer: Tokenizer) -> None:
    model = json.loads(tokenizer.to_str())["model"]
    ids: dict[str, int] = tokenizer.get_vocab()
    tokens = sorted(ids, key=ids.__getitem__)
    merges = [pair if isinstance(pair, str) else " ".join(pair) for pair in model["merges"]]
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("llama-bpe")
    writer.add_token_list(tokens)
    writer.add_token_types([_token_type(token) for token in tokens])
    writer.add_token_merges(merges)
    writer.add_bos_token_id(ids[BOS])
    writer.add_eos_token_id(ids[EOS])
    writer.add_pad_token_id(ids[PAD])
    writer.add_add_bos_token(True)
    writer.add_add_eos_token(False)
    writer.add_chat_template(CHAT_TEMPLATE)


def _token_type(token: str) -> gguf.TokenType:
    if token in CONTROLS:
        return gguf.TokenType.CONTROL
    return gguf.TokenType.USER_DEFINED if token in MARKS else gguf.TokenType.NORMAL


def _tensors(network: Network) -> dict[str, Tensor]:
    """Return every weight under the name llama.cpp knows it by."""
    tensors = {
        "token_embd.weight": network.embedding.weight,
        "output_norm.weight": network.norm.weight,
        "output.weight": network.head.weight,
    }
    for index, block in enumerate(network.layers()):
        attention = block.attention
        parts = {
            "attn_norm": block.attention_norm.weight,
            "attn_q": _interleaved(attention.q, network.shape),
            "attn_k": _interleaved(attention.k, network.shape),
            "attn_v": attention.v.matrix(),
            "attn_output": attention.o.matrix(),
            "ffn_norm": block.net_norm.weight,
            "ffn_gate": block.gate.weight,
            "ffn_up": block.up.weight,
            "ffn_down": block.down.weight,
        }
        tensors |= {f"blk.{index}.{name}.weight": part for name, part in parts.items()}
    return tensors


def _interleaved(part: Projection, shape: Shape) -> Tensor:
    """Put each rotary pair side by side: llama.cpp turns neighbours, the network halves."""
    rows = part.matrix().reshape(shape.heads, 2, shape.head_width // 2, shape.width)
    return rows.swapaxes(1, 2).reshape(shape.width, shape.width).contiguous()


def main() -> None:
    """Export the checkpoint of a folder."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=CACHE, help="folder of the checkpoint")
    parser.add_argument("--to", type=Path, default=SHIPPED)
    asked = parser.parse_args()
    export(load_network(asked.folder), load_tokenizer(asked.folder / TOKENIZER), asked.to)
    print(f"{asked.to.name}: {asked.to.stat().st_size / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
