"""What the prompt rules say about a generated picture, and what follows from it."""

from __future__ import annotations

from typing import Any, Protocol

from app.contracts.errors import ModerationBlocked

DEFAULT_MODE = "flag"


class PromptRules(Protocol):
    """Rules that object to texts, by category."""

    def objections(self, *texts: str) -> dict[str, list[str]]:
        """The terms objected to, by category; empty where there are none."""
        ...


def moderate(
    rules: PromptRules, recipe: dict[str, Any], options: dict[str, Any]
) -> dict[str, Any] | None:
    """The verdict {"flagged", "categories"} on the prompt and on the texts drawn, None when off.

    The negative prompt is not looked at: it names what shall not be there. Raises
    ModerationBlocked, stage prompt, in the mode block.
    """
    mode = options.get("moderation", {}).get("mode", DEFAULT_MODE)
    if mode == "off":
        return None
    drawn = (options.get(name, {}).get("text") for name in ("text_overlay", "watermark"))
    texts = [recipe.get("prompt", ""), *(text for text in drawn if text)]
    found = rules.objections(*texts)
    if found and mode == "block":
        sentence = f"The moderation rules refuse the prompt: {', '.join(sorted(found))}."
        raise ModerationBlocked(sentence, {"stage": "prompt", "categories": found})
    return {"flagged": bool(found), "categories": found}
