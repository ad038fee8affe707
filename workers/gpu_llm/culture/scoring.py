"""Weighs what was found: how strongly each culture speaks, and who leads."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from workers.gpu_llm.culture.evidence import SUPPORT, Finding
from workers.gpu_llm.culture.knowledge import Culture
from workers.gpu_llm.culture.terms import DEMONYMS, NAMES, Sense

WEIGHTS = {
    DEMONYMS: 3.0,
    # A little less: "a Japanese garden in France" is Japanese.
    NAMES: 2.8,
    "festivals": 2.4,
    "eras": 2.0,
    "places": 1.8,
    "dress": 1.6,
    "dishes": 1.5,
    "architecture": 1.5,
    "arts": 1.5,
    # Plants and animals live across borders.
    "nature": 0.6,
}
RULES = {
    DEMONYMS: "demonym",
    NAMES: "name",
    "festivals": "festival",
    "eras": "era",
    "places": "place",
    "dress": "dress",
    "dishes": "dish",
    "architecture": "architecture",
    "arts": "art",
    "nature": "nature",
}
# A score of this much is strong to 1 - 1/e.
STRENGTH_SCALE = 1.3
# How clearly the leader stands out counts more than in proportion.
MARGIN_POWER = 2
# Below it (one plant, say) no culture is claimed.
CLAIM_SCORE = 0.7
SUPPORTED_SHARE = 0.5


@dataclass
class Score:
    """What speaks for one culture."""

    culture: Culture
    total: float = 0.0
    first: int = 0
    centrality: int = 0
    named: bool = False
    findings: list[tuple[Finding, Sense, float]] = field(default_factory=list)
    terms: set[str] = field(default_factory=set)

    def add(self, finding: Finding, sense: Sense, weight: float) -> None:
        """Count one finding; a term said twice weighs and stands once."""
        if finding.match.term.text in self.terms:
            return
        if not self.findings:
            self.first = finding.match.start
        self.findings.append((finding, sense, weight))
        self.terms.add(finding.match.term.text)
        self.total += weight
        self.centrality += sense.position
        self.named = self.named or sense.named

    @property
    def strength(self) -> float:
        """How much speaks for the culture, rivals aside, between 0 and 1."""
        return 1 - math.exp(-self.total / STRENGTH_SCALE)


def weight_of(finding: Finding, sense: Sense) -> float:
    """What a finding adds to a culture: its list's weight, shared among the regions that know it.

    Cultures of one region do not halve it: a sari is South Asian for certain, and only the
    margin between the neighbours is small.
    """
    weight = WEIGHTS[sense.category]
    if sense.named and sense.category != NAMES:
        weight = WEIGHTS[DEMONYMS]
    share = SUPPORTED_SHARE if finding.reason == SUPPORT else 1.0
    return weight * share / finding.match.term.regions


def rank(findings: Iterable[Finding]) -> list[Score]:
    """All cultures that anything speaks for, the strongest first.

    Equal scores: who is mentioned first, then whose files name the terms earlier.
    """
    scores: dict[str, Score] = {}
    for finding in findings:
        for sense in finding.senses:
            score = scores.setdefault(sense.culture.id, Score(sense.culture))
            score.add(finding, sense, weight_of(finding, sense))
    return sorted(
        scores.values(),
        key=lambda score: (-round(score.total, 6), score.first, score.centrality),
    )


def undecided(ranked: Sequence[Score]) -> bool:
    """Whether a culture of another region has exactly the leader's evidence, and none is named.

    Baklava is then nobody's; a sari, shared by neighbours only, goes to the most central one.
    """
    leader = ranked[0]
    return not leader.named and any(
        rival.terms == leader.terms and rival.culture.region != leader.culture.region
        for rival in ranked[1:]
    )


def decides(ranked: Sequence[Score]) -> bool:
    """Whether the leader has enough behind it, and no equal elsewhere, to be claimed."""
    return bool(ranked) and ranked[0].total >= CLAIM_SCORE and not undecided(ranked)


def confidences(ranked: Sequence[Score]) -> list[float]:
    """For each score its strength times its share of all scores; together at most 1."""
    powers = [score.total**MARGIN_POWER for score in ranked]
    whole = sum(powers)
    return [
        round(score.strength * power / whole, 3)
        for score, power in zip(ranked, powers, strict=True)
    ]
