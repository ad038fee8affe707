"""Which of the matched terms are believed: not denied, and meant of a culture."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from workers.gpu_llm.culture.context import SHARED, Context
from workers.gpu_llm.culture.matching import Match
from workers.gpu_llm.culture.negation import negated_offsets, tokenize
from workers.gpu_llm.culture.normalise import Folded
from workers.gpu_llm.culture.terms import DEMONYMS, NAMES, Sense

SUPPORT = "support"


@dataclass(frozen=True)
class Finding:
    """A believed match, the cultures it speaks for, and why an ambiguous word is believed."""

    match: Match
    senses: tuple[Sense, ...]
    reason: str = ""


def gather(folded: Folded, matches: Sequence[Match]) -> list[Finding]:
    """The matches that count, in the order of the text."""
    if not matches:
        return []
    context = Context(folded, tokens := tokenize(folded.text))
    within = {offset for match in matches for offset in range(match.start, match.end)}
    negated = negated_offsets(tokens, within)
    affirmed = [match for match in matches if match.start not in negated]
    denied = [match for match in matches if match.start in negated]
    rejected = _named(denied) - _named(affirmed)
    believed: list[Finding] = []
    pending: list[Finding] = []
    for match in affirmed:
        senses = tuple(one for one in match.term.senses if one.culture.id not in rejected)
        if not senses or context.is_plain(match):
            continue
        reason = context.reason(match) if match.term.ambiguous else ""
        if reason is None:
            pending.append(Finding(match, senses, SUPPORT))
        else:
            believed.append(Finding(match, senses, reason))
    found = believed + _supported(pending, believed)
    return sorted(found, key=lambda finding: finding.match.start)


def _named(matches: Iterable[Match]) -> set[str]:
    """The cultures named outright; one that is named only to be denied speaks by nothing."""
    return {
        one.culture.id
        for match in matches
        for one in match.term.senses
        if one.category in (NAMES, DEMONYMS)
    }


def _supported(pending: Sequence[Finding], believed: Sequence[Finding]) -> list[Finding]:
    """The ambiguous findings beside which something certain speaks for the same culture."""
    certain = {
        one.culture.id for finding in believed if finding.reason != SHARED for one in finding.senses
    }
    narrowed = (
        (finding, tuple(one for one in finding.senses if one.culture.id in certain))
        for finding in pending
    )
    return [Finding(finding.match, senses, SUPPORT) for finding, senses in narrowed if senses]
