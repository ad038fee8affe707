"""What the classifier answers, as values and as it stands on the wire."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from workers.gpu_llm.culture.knowledge import Culture, Sensitivity


@dataclass(frozen=True)
class Evidence:
    """One reason for one culture.

    `span` counts code points of the original text, end excluded, and `text` is exactly that
    slice; evidence from a filter does not stand in the text, so its span is (0, 0).
    """

    rule: str
    span: tuple[int, int]
    text: str
    culture: str
    weight: float

    def as_json(self) -> dict[str, Any]:
        """The evidence as it stands on the wire."""
        return {
            "rule": self.rule,
            "span": list(self.span),
            "text": self.text,
            "culture": self.culture,
            "weight": round(self.weight, 3),
        }


@dataclass(frozen=True)
class Alternative:
    """Another culture that speaks from the text, with a confidence between 0 and 1."""

    culture: str
    confidence: float

    def as_json(self) -> dict[str, Any]:
        """The alternative as it stands on the wire."""
        return {"culture": self.culture, "confidence": self.confidence}


@dataclass(frozen=True)
class Classification:
    """The culture of a wish and how it is known; `culture` is None when nothing decides.

    `knowledge` is the winning culture's entry, None too for a culture that only the user knows.
    """

    culture: str | None
    region: str | None
    confidence: float
    tags: tuple[str, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    sensitivities: tuple[Sensitivity, ...] = ()
    alternatives: tuple[Alternative, ...] = ()
    knowledge: Culture | None = None

    def as_json(self) -> dict[str, Any]:
        """The classification as it stands on the wire."""
        return {
            "culture": self.culture,
            "region": self.region,
            "confidence": self.confidence,
            "tags": list(self.tags),
            "evidence": [one.as_json() for one in self.evidence],
            "sensitivities": [one.as_json() for one in self.sensitivities],
            "alternatives": [one.as_json() for one in self.alternatives],
        }
