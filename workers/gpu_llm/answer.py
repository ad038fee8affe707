"""Reads what the model wrote, and says what is wrong with it."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

NAME_MOST, PROMPT_MOST = 120, 2000
_NUMBER = re.compile(r"^\d{1,2}\s*[.,):]\s*(?=\S)")
# The same word or sign three times and more, as a small model may write when it is at a loss.
_STAMMER = re.compile(r"(\b\w+\b)(?:\s+\1\b){2,}|(?<=(\w))\2{12,}")
_SPACES = re.compile(r"\s+")


class AnswerUnusable(ValueError):
    """The model's text is no answer to the brief; the message says why."""


@dataclass(frozen=True)
class ParsedPrompt:
    """One picture in words."""

    name: str
    prompt: str
    negative_prompt: str

    def as_json(self) -> dict[str, str]:
        """The prompt as it stands on the wire."""
        return {
            "name": self.name,
            "prompt": self.prompt,
            "negativePrompt": self.negative_prompt,
        }


@dataclass(frozen=True)
class ParsedAnswer:
    """The style, the aspect ratio and the prompts."""

    style: str
    aspect_ratio: str
    prompts: tuple[ParsedPrompt, ...]


def parse_answer(
    text: str, subject: str, count: int, styles: Sequence[str], aspect_ratios: Sequence[str]
) -> ParsedAnswer:
    """Read the model's JSON; AnswerUnusable unless it is a whole answer to the brief.

    `count` prompts, no two alike, each with the subject; style and ratio from those allowed;
    lengths as /generate takes them.
    """
    data = _object(_loaded(text), {"style", "aspectRatio", "prompts"}, "the answer")
    entries = data["prompts"]
    if not isinstance(entries, list) or len(entries) != count:
        raise AnswerUnusable(f"prompts is not a list of {count}")
    prompts = _named_apart([_prompt(entry, subject) for entry in entries])
    if len({prompt.prompt.casefold() for prompt in prompts}) < count:
        raise AnswerUnusable("two prompts are the same")
    return ParsedAnswer(
        _one_of(data["style"], styles, "style"),
        _one_of(data["aspectRatio"], aspect_ratios, "aspectRatio"),
        prompts,
    )


def tidy(text: str) -> str:
    """Return the text as one line in NFC, without control characters and broken bytes."""
    kept = (
        " " if char == "\ufffd" or unicodedata.category(char) in ("Cc", "Cs", "Co", "Cn") else char
        for char in unicodedata.normalize("NFC", text)
    )
    return _SPACES.sub(" ", "".join(kept)).strip()


def said_once(text: str) -> str:
    """Return the phrases between commas without stammer, repeats and a broken last one."""
    kept: list[str] = []
    for phrase in _STAMMER.sub(lambda found: found[1] or "", text).split(","):
        # A string that ran into its limit ends in the beginning of what it kept repeating.
        if not kept or not any(said.strip().startswith(phrase.strip()) for said in kept):
            kept.append(phrase)
    return ",".join(kept)


def _loaded(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        raise AnswerUnusable("the text is not whole JSON") from error


def _prompt(entry: Any, subject: str) -> ParsedPrompt:
    fields = _object(entry, {"name", "prompt", "negativePrompt"}, "a prompt")
    if not all(isinstance(value, str) for value in fields.values()):
        raise AnswerUnusable("a field of a prompt is not text")
    name = _NUMBER.sub("", tidy(fields["name"]))
    prompt, negative = tidy(fields["prompt"]), tidy(fields["negativePrompt"])
    if not name or not prompt:
        raise AnswerUnusable("a name or a prompt is empty")
    if len(name) > NAME_MOST or len(prompt) > PROMPT_MOST or len(negative) > PROMPT_MOST:
        raise AnswerUnusable("a field of a prompt is too long")
    if subject not in prompt:
        raise AnswerUnusable("a prompt is without its subject")
    start, _, rest = prompt.partition(subject)
    prompt = f"{start}{subject}{said_once(rest)}"
    return ParsedPrompt(name[:1].upper() + name[1:], prompt, said_once(negative))


def _named_apart(prompts: Sequence[ParsedPrompt]) -> tuple[ParsedPrompt, ...]:
    """Number the names that stand more than once, so that each names one picture."""
    names = [prompt.name.casefold() for prompt in prompts]
    return tuple(
        prompt
        if names.count(names[index]) == 1
        else ParsedPrompt(
            f"{prompt.name[: NAME_MOST - 3]} {names[: index + 1].count(names[index])}",
            prompt.prompt,
            prompt.negative_prompt,
        )
        for index, prompt in enumerate(prompts)
    )


def _object(value: Any, keys: set[str], what: str) -> dict[str, Any]:
    if not isinstance(value, dict) or set(value) != keys:
        raise AnswerUnusable(f"{what} is not an object of {', '.join(sorted(keys))}")
    return value


def _one_of(value: Any, choices: Sequence[str], what: str) -> str:
    if value not in choices:
        raise AnswerUnusable(f"{what} is none of those allowed")
    return str(value)
