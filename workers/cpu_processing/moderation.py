"""What the prompt rules and the image classifier say about a picture, and what follows from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from PIL import Image

from app.contracts.errors import ModerationBlocked

DEFAULT_MODE = "flag"
ACTIONS = {"flag": "flagged", "blur": "blurred", "block": "blocked"}
Found = Mapping[str, list[str]]  # what was objected to, by category


class LabelMeaning(Protocol):
    """What a label of the classifier means, and the score from which it counts."""

    @property
    def category(self) -> str:
        """The category of the rules."""
        ...

    @property
    def threshold(self) -> float:
        """From 0 to 1."""
        ...


class PromptRules(Protocol):
    """Rules that object to texts, by category, and the meaning of a classifier's labels."""

    @property
    def labels(self) -> Mapping[str, LabelMeaning]:
        """By the label in lower case."""
        ...

    def objections(self, *texts: str) -> dict[str, list[str]]:
        """What is objected to, by category; empty where there is nothing."""
        ...

    def grave(self, found: Found) -> dict[str, list[str]]:
        """The part that has consequences beyond a flag."""
        ...


class ImageJudge(Protocol):
    """A classifier of pictures."""

    def scores(self, image: Image.Image) -> dict[str, float]:
        """A score from 0 to 1 for each label, in lower case."""
        ...


@dataclass(frozen=True)
class Verdict:
    """What was found, what was done ("none", "flagged", "blurred", "blocked"), and the scores."""

    categories: Found
    action: str
    scores: Mapping[str, float] | None = None

    def as_json(self) -> dict[str, Any]:
        """The verdict as it stands on the wire."""
        found = {"flagged": bool(self.categories), "action": self.action}
        told = {} if self.scores is None else {"scores": dict(self.scores)}
        return found | {"categories": dict(self.categories)} | told


def mode_of(options: dict[str, Any]) -> str:
    """The mode that a request asks for: off, flag, blur or block."""
    mode: str = options.get("moderation", {}).get("mode", DEFAULT_MODE)
    return mode


@dataclass(frozen=True)
class Moderator:
    """The rules of a deployment, and its image classifier where it has one."""

    rules: PromptRules
    judge: ImageJudge | None = None

    def prompt(self, recipe: dict[str, Any], options: dict[str, Any]) -> Found:
        """What speaks against the prompt and the texts drawn.

        The negative prompt is not looked at: it names what shall not be there. Raises
        ModerationBlocked, stage prompt, in the mode block.
        """
        mode = mode_of(options)
        if mode == "off":
            return {}
        drawn = (options.get(name, {}).get("text") for name in ("text_overlay", "watermark"))
        texts = [recipe.get("prompt", ""), *(text for text in drawn if text)]
        found = self.rules.objections(*texts)
        grave = self.rules.grave(found)
        if grave and mode == "block":
            sentence = f"The moderation rules refuse the prompt: {', '.join(sorted(grave))}."
            raise ModerationBlocked(sentence, {"stage": "prompt", "categories": found})
        return found

    def picture(self, image: Image.Image, prompt: Found, mode: str) -> Verdict | None:
        """The verdict on one picture, with what was found in its prompt; None in the mode off."""
        if mode == "off":
            return None
        scores = self.judge.scores(image) if self.judge else None
        seen = _objections(scores or {}, self.rules.labels)
        found = {name: [*prompt.get(name, []), *seen.get(name, [])] for name in (*prompt, *seen)}
        if seen or self.rules.grave(prompt):
            return Verdict(found, ACTIONS[mode], scores)
        return Verdict(found, "flagged" if found else "none", scores)


def blocked(*verdicts: Verdict) -> ModerationBlocked:
    """Why pictures are not given out."""
    categories: dict[str, list[str]] = {}
    for verdict in verdicts:
        for name, found in verdict.categories.items():
            categories[name] = sorted({*categories.get(name, []), *found})
    sentence = f"The moderation withheld the picture: {', '.join(sorted(categories))}."
    return ModerationBlocked(sentence, {"stage": "image", "categories": categories})


def _objections(scores: Mapping[str, float], labels: Mapping[str, LabelMeaning]) -> Found:
    found: dict[str, list[str]] = {}
    for name, score in scores.items():
        label = labels.get(name)
        if label and score >= label.threshold:
            found.setdefault(label.category, []).append(f"{name} {score:.2f}")
    return found
