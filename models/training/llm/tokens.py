"""The byte-level tokenizer of the starter text model, and the one form of a turn."""

from collections.abc import Iterable
from pathlib import Path

from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, trainers

BOS, EOS, PAD = "<｜begin▁of▁sentence｜>", "<｜end▁of▁sentence｜>", "<｜▁pad▁｜>"
USER, ASSISTANT = "<｜User｜>", "<｜Assistant｜>"
THINK, END_THINK = "<think>", "</think>"
CONTROLS = (BOS, EOS, PAD)
MARKS = (USER, ASSISTANT, THINK, END_THINK)
SPECIALS = CONTROLS + MARKS
VOCABULARY_SIZE = 2048

# llama.cpp's `llama-bpe` splits text by this very pattern; the two must agree.
LLAMA_BPE = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}|"
    r" ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
CHAT_TEMPLATE = (
    "{{ bos_token }}{% for message in messages %}"
    "{% if message['role'] == 'assistant' %}"
    "{{ '<｜Assistant｜>' + message['content'].split('</think>')[-1] + eos_token }}"
    "{% elif message['role'] == 'user' %}{{ '<｜User｜>' + message['content'] }}"
    "{% else %}{{ message['content'] }}{% endif %}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<｜Assistant｜><think>\n' }}{% endif %}"
)


def train_tokenizer(texts: Iterable[str]) -> Tokenizer:
    """Learn the merges from texts that hold no special token."""
    tokenizer = _bare(models.BPE(ignore_merges=True))
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY_SIZE,
        special_tokens=list(SPECIALS),
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    return tokenizer


def tokenizer_of(vocabulary: dict[str, int], merges: list[tuple[str, str]]) -> Tokenizer:
    """Build the tokenizer that was trained to this vocabulary and these merges."""
    tokenizer = _bare(models.BPE(vocabulary, merges, ignore_merges=True))
    tokenizer.add_special_tokens(list(SPECIALS))
    return tokenizer


def _bare(model: models.BPE) -> Tokenizer:
    """A tokenizer that splits and decodes as `llama-bpe` does, over the given pairs."""
    tokenizer = Tokenizer(model)
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(LLAMA_BPE), "isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    return tokenizer


def load_tokenizer(path: Path) -> Tokenizer:
    """Read a tokenizer that `train_tokenizer` made."""
    return Tokenizer.from_file(str(path))


def turn_text(lines: str) -> str:
    """Return the prompt up to where thinking starts."""
    return f"{BOS}{USER}{lines}{ASSISTANT}{THINK}\n"


def reply_text(think: str, answer: str) -> str:
    """Return what the model writes after `turn_text`, to the end of its turn."""
    return f"{think}\n{END_THINK}\n\n{answer}{EOS}"
