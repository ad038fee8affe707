"""Turns a ranking into the classification a client reads."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from workers.gpu_llm.culture.knowledge import Culture
from workers.gpu_llm.culture.normalise import Folded
from workers.gpu_llm.culture.result import Alternative, Classification, Evidence
from workers.gpu_llm.culture.schema import TERM_FIELDS
from workers.gpu_llm.culture.scoring import RULES, WEIGHTS, Score, confidences

MOST_ALTERNATIVES = 5
# A rival with less than this share of the first one's confidence is not worth a mention.
LEAST_SHARE = 0.05
MOST_TAGS = 16
FILTER_RULE = "filter"


class Ranking:
    """The cultures that speak from one text, the strongest first, ready to be reported."""

    def __init__(self, folded: Folded, scores: Sequence[Score]) -> None:
        self.scores = tuple(scores)
        self._folded = folded
        self._confidences = confidences(scores)

    @property
    def confidence_of_leader(self) -> float:
        """How sure the text alone makes the first culture, between 0 and 1; 0 for no culture."""
        return self._confidences[0] if self._confidences else 0.0

    def won(self, winner: Culture, confidence: float) -> Classification:
        """The text decides."""
        return self._about(winner, confidence, self._alternatives(winner), ())

    def asked(self, winner: Culture, rivals: Sequence[Culture], word: str) -> Classification:
        """A filter decides; what else the text says stays visible as alternatives."""
        confidence = round(1 / (1 + len(rivals)), 3)
        named = tuple(Alternative(rival.name, confidence) for rival in rivals)
        spoken = (
            one
            for one in self._alternatives(winner)
            if one.culture not in {rival.name for rival in rivals}
        )
        alternatives = (*named, *spoken)[:MOST_ALTERNATIVES]
        evidence = Evidence(FILTER_RULE, (0, 0), word, winner.name, WEIGHTS["demonyms"])
        return self._about(winner, confidence, alternatives, (evidence,))

    def unknown(self, word: str, region: str | None) -> Classification:
        """A filter names a culture that no file describes: the user's word stands."""
        evidence = Evidence(FILTER_RULE, (0, 0), word, word, WEIGHTS["demonyms"])
        alternatives = self._alternatives(None)
        return Classification(
            culture=word,
            region=region,
            confidence=1.0,
            tags=_tags(word, region, None, self.scores),
            evidence=(evidence, *self._evidence(None, alternatives)),
            alternatives=alternatives,
        )

    def open(self, region: str | None) -> Classification:
        """Nothing decides; what several cultures share is listed for all of them."""
        alternatives = self._alternatives(None)
        return Classification(
            culture=None,
            region=region,
            confidence=0.0,
            tags=_tags(None, region, None, self.scores),
            evidence=self._evidence(None, alternatives),
            alternatives=alternatives,
        )

    def _about(
        self,
        winner: Culture,
        confidence: float,
        alternatives: tuple[Alternative, ...],
        before: tuple[Evidence, ...],
    ) -> Classification:
        return Classification(
            culture=winner.name,
            region=winner.region,
            confidence=confidence,
            tags=_tags(winner.name, winner.region, winner, self.scores),
            evidence=before + self._evidence(winner, alternatives),
            sensitivities=winner.sensitivities,
            alternatives=alternatives,
            knowledge=winner,
        )

    def _alternatives(self, winner: Culture | None) -> tuple[Alternative, ...]:
        least = LEAST_SHARE * self.confidence_of_leader
        rivals = (
            Alternative(score.culture.name, confidence)
            for score, confidence in zip(self.scores, self._confidences, strict=True)
            if score.culture is not winner and confidence >= least
        )
        return tuple(rivals)[:MOST_ALTERNATIVES]

    def _evidence(
        self, winner: Culture | None, alternatives: Iterable[Alternative]
    ) -> tuple[Evidence, ...]:
        """Evidence for the winner and the listed alternatives, in the order of the text."""
        shown = {one.culture for one in alternatives} | ({winner.name} if winner else set())
        found = [
            one
            for score in self.scores
            if score.culture.name in shown
            for one in _evidence_of(self._folded, score)
        ]
        return tuple(sorted(found, key=lambda one: (one.span, -one.weight)))


def _evidence_of(folded: Folded, score: Score) -> Iterable[Evidence]:
    for finding, sense, weight in score.findings:
        span = folded.span(finding.match.start, finding.match.end)
        rule = RULES[sense.category] + (f".{finding.reason}" if finding.reason else "")
        text = folded.original[slice(*span)]
        yield Evidence(rule, span, text, score.culture.name, weight)


def _tags(
    name: str | None, region: str | None, winner: Culture | None, scores: Sequence[Score]
) -> tuple[str, ...]:
    """Culture, region, kinds of evidence and the terms themselves, to be searched by."""
    telling = [score for score in scores if winner is None or score.culture is winner]
    found = [entry for score in telling for entry in score.findings]
    kinds = {sense.category for _, sense, _ in found}
    tags = [word.casefold() for word in (name, region) if word]
    tags += [RULES[category] for category in TERM_FIELDS if category in kinds]
    tags += [finding.match.term.text.casefold() for finding, _, _ in found]
    return tuple(dict.fromkeys(tags))[:MOST_TAGS]
