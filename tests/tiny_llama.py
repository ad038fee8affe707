"""A Llama of random weights in a few hundred kilobytes, for tests of the engine around it."""

from __future__ import annotations

from pathlib import Path

import gguf
import numpy as np

R1_TOKENS = ("<｜User｜>", "<｜Assistant｜>", "<think>", "</think>")
CHATML_TOKENS = ("<|im_start|>", "<|im_end|>")
_WORDS = ("the", "a", "of", "in", "and", "picture", "garden", "style", "prompts", "name")


def byte_letters() -> list[str]:
    """The 256 letters by which byte-level BPE writes the 256 bytes, in the order of the bytes."""
    plain = [*range(33, 127), *range(161, 173), *range(174, 256)]
    letters, spare = [], 256
    for byte in range(256):
        letters.append(chr(byte if byte in plain else spare))
        spare += byte not in plain
    return letters


def _vocabulary(specials: tuple[str, ...]) -> tuple[list[str], list[int], list[str]]:
    """Tokens, their GGUF types (1 normal, 3 control, 4 user-defined) and merges."""
    tokens, merges = byte_letters(), []
    for word in _WORDS:
        for end in range(2, len(word) + 1):
            if word[:end] not in tokens:
                tokens.append(word[:end])
                merges.append(f"{word[: end - 1]} {word[end - 1]}")
    types = [1] * len(tokens)
    for text in ("<s>", "</s>", *specials):
        tokens.append(text)
        types.append(4 if text in R1_TOKENS else 3)
    return tokens, types, merges


def write_tiny_llama(
    path: Path,
    specials: tuple[str, ...] = R1_TOKENS,
    context: int = 4096,
    seed: int = 7,
    spare_tokens: int = 0,
) -> Path:
    """Write a one-layer Llama of random weights with the given special tokens; return its path."""
    tokens, types, merges = _vocabulary(specials)
    tokens += [f"ǂ{number}" for number in range(spare_tokens)]
    types += [1] * spare_tokens
    width, hidden, heads = 32, 64, 2
    writer = gguf.GGUFWriter(str(path), "llama")
    writer.add_vocab_size(len(tokens))
    writer.add_context_length(context)
    writer.add_embedding_length(width)
    writer.add_block_count(1)
    writer.add_feed_forward_length(hidden)
    writer.add_head_count(heads)
    writer.add_head_count_kv(heads)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_rope_dimension_count(width // heads)
    writer.add_rope_freq_base(10000.0)
    writer.add_file_type(0)
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("llama-bpe")
    writer.add_token_list(tokens)
    writer.add_token_types(types)
    writer.add_token_merges(merges)
    writer.add_bos_token_id(tokens.index("<s>"))
    writer.add_eos_token_id(tokens.index("</s>"))
    writer.add_add_bos_token(True)
    rng = np.random.default_rng(seed)

    def tensor(name: str, *shape: int) -> None:
        writer.add_tensor(name, rng.normal(0, 0.3, shape).astype(np.float32))

    tensor("token_embd.weight", len(tokens), width)
    tensor("output.weight", len(tokens), width)
    for name in ("output_norm", "blk.0.attn_norm", "blk.0.ffn_norm"):
        writer.add_tensor(f"{name}.weight", np.ones(width, dtype=np.float32))
    for name in ("attn_q", "attn_k", "attn_v", "attn_output"):
        tensor(f"blk.0.{name}.weight", width, width)
    tensor("blk.0.ffn_gate.weight", hidden, width)
    tensor("blk.0.ffn_up.weight", hidden, width)
    tensor("blk.0.ffn_down.weight", width, hidden)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path
