"""Puts the words of a style before a prompt that does not say its style itself."""

from __future__ import annotations

import re
from collections.abc import Mapping

# A prompt with one of these words says its style well enough.
_WORDS: dict[str, str] = {
    "photorealistic": r"photo|photos|photograph|photographs|photography|photographic"
    r"|photo-?realistic|photorealism",
    "anime": r"anime|manga|cel[- ]shad(?:ed|ing)",
}


def with_style(prompt: str, style: str | None, style_prompts: Mapping[str, str]) -> str:
    """The prompt that the model gets: the style's words, then the user's, unless already said."""
    opening = style_prompts.get(style or "", "").strip()
    if not opening or opening.lower() in prompt.lower() or _says(prompt, style or ""):
        return prompt
    return f"{opening} {prompt}"


def _says(prompt: str, style: str) -> bool:
    words = _WORDS.get(style, re.escape(style))
    return re.search(rf"\b(?:{words})\b", prompt, re.IGNORECASE) is not None
