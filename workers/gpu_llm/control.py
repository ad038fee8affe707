"""Takes the control tokens of chat formats out of text that somebody else wrote."""

from __future__ import annotations

import re
from collections.abc import Iterable

# DeepSeek R1's, ChatML's, Llama 2's and 3's, Gemma's and Mistral's marks, closed or not known yet.
_MARKS = re.compile(
    r"<\s*[|｜][^<>\n]{0,80}?[|｜]\s*>"
    r"|<\s*/?\s*(?:think|s|unk|pad|bos|eos|start_of_turn|end_of_turn)\s*>"
    r"|<<\s*/?\s*SYS\s*>>"
    r"|\[\s*/?\s*(?:INST|SYSTEM_PROMPT|AVAILABLE_TOOLS|TOOL_CALLS|TOOL_RESULTS)\s*\]",
    re.IGNORECASE,
)


def without_control(text: str, marks: Iterable[str] = ()) -> str:
    """Return the text without control tokens, NUL, other control characters or lone surrogates.

    `marks` are further tokens, as a model's own vocabulary spells them.
    """
    own = [re.escape(mark) for mark in sorted(marks, key=len, reverse=True) if mark]
    pattern = re.compile("|".join([_MARKS.pattern, *own]), re.IGNORECASE) if own else _MARKS
    text = "".join(" " if _is_noise(char) else char for char in text)
    # Again and again: "<th<think>ink>" holds a token once its inner one is gone.
    while pattern.search(text):
        text = pattern.sub(" ", text)
    return text


def _is_noise(char: str) -> bool:
    code = ord(char)
    return (code < 32 and char not in "\n\t") or 0x7F <= code < 0xA0 or 0xD800 <= code < 0xE000
