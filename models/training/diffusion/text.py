"""The text stage: a byte-pair tokenizer and a CLIP text model that learns what captions say."""

import json
import tempfile
from pathlib import Path

import numpy as np
import torch
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, trainers
from torch import Tensor, nn
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTokenizer

from models.training.diffusion.captions import ATTRIBUTES, caption_of, labels_of
from models.training.diffusion.progress import Budget, Checkpoint
from models.training.diffusion.scene import random_scene

VOCABULARY = 4096
TOKENS = 64
WIDTH = 128
START, END = "<|startoftext|>", "<|endoftext|>"
BARE = 0.14  # captions of landscapes: what words outside the world look like


def build_tokenizer(seed: int, captions: int = 30000) -> CLIPTokenizer:
    """A tokenizer learned from captions alone; CLIP's own scheme."""
    rng = np.random.default_rng(seed)
    corpus = (caption_of(random_scene(rng, bare=BARE), rng)[0] for _ in range(captions))
    bpe = Tokenizer(models.BPE(end_of_word_suffix="</w>"))
    bpe.normalizer = normalizers.Lowercase()
    bpe.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    # Byte level keeps the space as a sign of its own; words are split before it instead.
    bpe.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.BertPreTokenizer(), pre_tokenizers.ByteLevel(False, use_regex=False)]
    )
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    bpe.train_from_iterator(
        corpus,
        trainers.BpeTrainer(
            vocab_size=VOCABULARY - 256 - 2, initial_alphabet=sorted(alphabet),
            end_of_word_suffix="</w>", show_progress=False,
        ),
    )  # fmt: skip
    return _as_clip(json.loads(bpe.to_str())["model"], sorted(alphabet))


def _as_clip(model: dict[str, object], alphabet: list[str]) -> CLIPTokenizer:
    """The learned pairs as a CLIP tokenizer, every byte known with and without a word's end."""
    merges = [tuple(pair) for pair in model["merges"]]  # type: ignore[attr-defined]
    names = [*alphabet, *(f"{sign}</w>" for sign in alphabet), *("".join(pair) for pair in merges)]
    vocabulary = {name: index for index, name in enumerate(dict.fromkeys([*names, START, END]))}
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        (place / "vocab.json").write_text(json.dumps(vocabulary, ensure_ascii=False))
        lines = ["#version: 0.2", *(" ".join(pair) for pair in merges)]
        (place / "merges.txt").write_text("\n".join(lines) + "\n")
        return CLIPTokenizer(
            vocab=str(place / "vocab.json"), merges=str(place / "merges.txt"),
            unk_token=END, bos_token=START, eos_token=END, pad_token=END, model_max_length=TOKENS,
        )  # fmt: skip


def build_encoder(tokenizer: CLIPTokenizer) -> CLIPTextModel:
    """A fresh text model of two layers, 128 wide."""
    end = tokenizer.convert_tokens_to_ids(END)
    return CLIPTextModel(
        CLIPTextConfig(
            vocab_size=len(tokenizer), hidden_size=WIDTH, intermediate_size=4 * WIDTH,
            projection_dim=WIDTH, num_hidden_layers=2, num_attention_heads=4,
            max_position_embeddings=TOKENS, hidden_act="gelu",
            bos_token_id=tokenizer.convert_tokens_to_ids(START), eos_token_id=end, pad_token_id=end,
        )
    )  # fmt: skip


class Reader(nn.Module):
    """The text model and, wherever the prompt has ended, one answer for each attribute."""

    def __init__(self, encoder: CLIPTextModel) -> None:
        super().__init__()
        self.encoder = encoder
        self.heads = nn.ModuleList(nn.Linear(WIDTH, len(o)) for o in ATTRIBUTES.values())

    def forward(self, tokens: Tensor) -> tuple[list[Tensor], Tensor]:
        """Scores (batch, TOKENS, options) of every attribute, and where they count."""
        hidden = self.encoder(tokens).last_hidden_state
        # The end and all padding after it have seen the whole prompt. Each must answer: the UNet
        # reads the places' average, and a few that know would drown among many that do not.
        ended = (tokens == tokens[:, -1:]).float()
        ended[:, -1] = 1
        return [head(hidden) for head in self.heads], ended


def tokens_of(tokenizer: CLIPTokenizer, texts: list[str]) -> Tensor:
    """Token numbers of shape (texts, TOKENS), padded and cut as the pipeline does."""
    made = tokenizer(
        texts, padding="max_length", max_length=TOKENS, truncation=True, return_tensors="pt"
    )
    return torch.as_tensor(made.input_ids)


def caption_batch(
    tokenizer: CLIPTokenizer, rng: np.random.Generator, count: int
) -> tuple[Tensor, Tensor]:
    """Tokens of fresh captions and their labels, shapes (count, TOKENS) and (count, attributes)."""
    scenes = [random_scene(rng, bare=BARE) for _ in range(count)]
    pairs = [caption_of(scene, rng) for scene in scenes]
    labels = torch.tensor([labels_of(said) for _, said in pairs])
    return tokens_of(tokenizer, [text for text, _ in pairs]), labels


def train_text(
    folder: Path, tokenizer: CLIPTokenizer, budget: Budget, seed: int, rate: float = 1.5e-3
) -> Reader:
    """Train until the budget is spent, resuming from the folder's checkpoint."""
    torch.manual_seed(seed)
    keeper = Checkpoint(folder / "text.pt", Reader(build_encoder(tokenizer)), rate, decay=0.99)
    rng = np.random.default_rng((seed, keeper.step))
    for share in budget.steps(keeper, "text encoder"):
        keeper.set_rate(rate * min(1.0, keeper.step / 50) * (1.02 - share))
        tokens, labels = caption_batch(tokenizer, rng, 64)
        with torch.autocast("cpu", torch.bfloat16):
            scores, ended = keeper.net(tokens)
        weights = ended / ended.sum()
        losses = []
        for index, score in enumerate(scores):
            wanted = labels[:, index, None].expand(-1, TOKENS)
            each = nn.functional.cross_entropy(score.float().mT, wanted, reduction="none")
            losses.append((each * weights).sum())
        right = (scores[0][:, -1].argmax(1) == labels[:, 0]).float().mean()
        keeper.update(torch.stack(losses).sum())
        budget.tell(loss=float(sum(x.item() for x in losses)), subject=float(right))
    return keeper.averaged()
