"""Reads the culture and region that a user asked for by filter."""

from __future__ import annotations

from dataclasses import dataclass

from workers.gpu_llm.culture.evidence import Finding
from workers.gpu_llm.culture.knowledge import Culture, Knowledge
from workers.gpu_llm.culture.matching import TermIndex
from workers.gpu_llm.culture.normalise import fold, fold_term
from workers.gpu_llm.culture.scoring import rank
from workers.gpu_llm.culture.terms import DEMONYMS, NAMES

# What people call a region whose files bear another name.
REGION_NAMES = {
    "middle east": ("west asia", "north africa"),
    "middle eastern": ("west asia", "north africa"),
    "far east": ("east asia",),
    "latin america": ("south america", "central america", "caribbean"),
    "indian subcontinent": ("south asia",),
    "nordic": ("northern europe",),
    "pacific": ("polynesia", "oceania"),
}
REGION_WORDS = {
    "asian": "asia",
    "african": "africa",
    "european": "europe",
    "american": "america",
    "polynesian": "polynesia",
    "southeastern": "southeast",
    "eastern": "east",
    "western": "west",
    "northern": "north",
    "southern": "south",
}


@dataclass(frozen=True)
class Wanted:
    """What the filters ask for.

    `choices` are the cultures a filter can mean, the likeliest first (empty for a word that only
    the user knows); `equals` of them are equally likely; `within` narrows the text's cultures.
    """

    culture: str | None = None
    region: str | None = None
    choices: tuple[Culture, ...] = ()
    equals: int = 0
    within: frozenset[str] | None = None


def read_filters(
    index: TermIndex, knowledge: Knowledge, culture: str | None, region: str | None
) -> Wanted:
    """Resolve the filters; blank ones ask for nothing."""
    culture, region = _clean(culture), _clean(region)
    within = _cultures_of(knowledge, region) if region else frozenset()
    if culture:
        choices, equals = _choices(index, knowledge, culture, within)
        return Wanted(culture, region, choices, equals)
    if region and not within:
        choices, equals = _choices(index, knowledge, region, within)
        return Wanted(None, region, choices, equals)
    return Wanted(None, region, within=within or None)


def _clean(word: str | None) -> str | None:
    return " ".join(word.split()) or None if word else None


def _cultures_of(knowledge: Knowledge, region: str) -> frozenset[str]:
    """The ids of the cultures whose region holds all the words of the filter."""
    asked = fold_term(region)
    names = [_region_words(name) for name in REGION_NAMES.get(asked, (asked,))]
    return frozenset(
        culture.id
        for culture in knowledge.cultures
        if any(name <= _region_words(fold_term(culture.region)) for name in names)
    )


def _region_words(folded: str) -> set[str]:
    return {REGION_WORDS.get(word, word) for word in folded.split()}


def _choices(
    index: TermIndex, knowledge: Knowledge, word: str, within: frozenset[str]
) -> tuple[tuple[Culture, ...], int]:
    """The cultures a filter's word can mean, and how many of them equally."""
    exact = knowledge.get(word.casefold())
    if exact:
        return (exact,), 1
    findings = [Finding(match, match.term.senses) for match in index.find(fold(word))]
    naming = [finding for finding in findings if _names(finding)]
    ranked = rank(naming or findings)
    inside = [score for score in ranked if score.culture.id in within]
    ranked = inside or ranked
    equals = sum(score.total == ranked[0].total for score in ranked)
    return tuple(score.culture for score in ranked), equals


def _names(finding: Finding) -> bool:
    return any(sense.category in (NAMES, DEMONYMS) for sense in finding.senses)
