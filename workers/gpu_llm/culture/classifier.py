"""Names the culture of a wish by rules, with the evidence for it."""

from __future__ import annotations

from workers.gpu_llm.culture.evidence import gather
from workers.gpu_llm.culture.filters import Wanted, read_filters
from workers.gpu_llm.culture.knowledge import Culture, Knowledge
from workers.gpu_llm.culture.matching import TermIndex
from workers.gpu_llm.culture.normalise import fold
from workers.gpu_llm.culture.report import Ranking
from workers.gpu_llm.culture.result import Classification
from workers.gpu_llm.culture.scoring import decides, rank


class Classifier:
    """Rules over the knowledge; built once, it keeps nothing between calls."""

    def __init__(self, knowledge: Knowledge) -> None:
        self._knowledge = knowledge
        self._index = TermIndex(knowledge)

    def classify(
        self, text: str, culture: str | None = None, region: str | None = None
    ) -> Classification:
        """The culture of a text; the filters `culture` and `region` outrank what it says."""
        folded = fold(text)
        findings = gather(folded, self._index.find(folded))
        ranking = Ranking(folded, rank(findings))
        wanted = read_filters(self._index, self._knowledge, culture, region)
        if wanted.choices:
            return _chosen(ranking, wanted)
        if wanted.culture:
            return ranking.unknown(wanted.culture, wanted.region)
        if wanted.within is not None:
            inside = [score for score in ranking.scores if score.culture.id in wanted.within]
            ranking = Ranking(folded, inside)
        if decides(ranking.scores):
            return ranking.won(ranking.scores[0].culture, ranking.confidence_of_leader)
        return ranking.open(wanted.region)


def _chosen(ranking: Ranking, wanted: Wanted) -> Classification:
    """The filter's culture; where it means several equally, the text chooses among them."""
    equals = wanted.choices[: wanted.equals]
    spoken = [score.culture for score in ranking.scores if score.culture in equals]
    winner: Culture = (spoken or list(equals))[0]
    rivals = () if spoken else tuple(one for one in equals if one is not winner)
    word = wanted.culture or wanted.region or ""
    return ranking.asked(winner, rivals, word)
