"""Finds every known term of a text in one pass, the longest first."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import ahocorasick

from workers.gpu_llm.culture.boundaries import ends_word, starts_word
from workers.gpu_llm.culture.knowledge import Knowledge
from workers.gpu_llm.culture.normalise import Folded
from workers.gpu_llm.culture.terms import Term, build_terms


@dataclass(frozen=True, eq=False)
class Match:
    """A term at an offset of the folded text."""

    term: Term
    start: int
    end: int


class TermIndex:
    """All terms of the knowledge in an Aho-Corasick automaton."""

    def __init__(self, knowledge: Knowledge) -> None:
        self._automaton = ahocorasick.Automaton()
        for key, term in build_terms(knowledge).items():
            self._automaton.add_word(key, (len(key), term))
        self._automaton.make_automaton()

    def __len__(self) -> int:
        """How many spellings are known."""
        return len(self._automaton)

    def find(self, folded: Folded) -> list[Match]:
        """Whole-word matches from left to right that do not overlap; a longer one wins."""
        found = sorted(self._candidates(folded), key=lambda match: (match.start, -match.end))
        kept: list[Match] = []
        for match in found:
            if not kept or match.start >= kept[-1].end:
                kept.append(match)
        return [match for match in kept if match.term.senses]

    def _candidates(self, folded: Folded) -> Iterator[Match]:
        for last, (length, term) in self._automaton.iter(folded.text):
            start = last + 1 - length
            if not starts_word(folded.text, start):
                continue
            end = ends_word(folded.text, last + 1)
            if end is not None and folded.whole(start, end):
                yield Match(term, start, end)
