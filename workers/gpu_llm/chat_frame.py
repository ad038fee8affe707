"""How a turn is framed in tokens: by the marks that a model's own vocabulary has."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

Tokenize = Callable[[str, bool], list[int]]


@dataclass(frozen=True)
class ChatFrame:
    """The tokens before and after the user's text; `thinks` where reasoning is part of the form."""

    name: str
    before: tuple[int, ...]
    after: tuple[int, ...]
    thinks: bool = True


# DeepSeek R1 has no system turn: all that is said stands in the user's.
_FORMS = (
    ("deepseek-r1", "<｜User｜>", "", "<｜Assistant｜>"),
    ("chatml", "<|im_start|>", "user\n", "<|im_end|>\n<|im_start|>assistant\n"),
    (
        "llama-3",
        "<|start_header_id|>",
        "user<|end_header_id|>\n\n",
        "<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\n",
    ),
)


def chat_frame(tokenize: Tokenize, bos: Iterable[int]) -> ChatFrame:
    """Find the form whose first mark is one token of this vocabulary; else plain text.

    `tokenize(text, special)` adds nothing of its own; `bos` is what the tokenizer puts in front.
    """
    start = list(bos)
    for name, mark, rest, after in _FORMS:
        if len(tokenize(mark, True)) == 1:
            before = start + tokenize(mark + rest, True)
            return ChatFrame(name, tuple(before), tuple(tokenize(after, True)))
    return ChatFrame("plain", tuple(start), tuple(tokenize("\n\n", True)), thinks=False)
