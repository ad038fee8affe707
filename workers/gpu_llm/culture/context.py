"""Decides whether an ambiguous word speaks of its culture: China the country, not the plate."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Sequence
from functools import cached_property

from workers.gpu_llm.culture.matching import Match
from workers.gpu_llm.culture.negation import PREPOSITIONS, Token
from workers.gpu_llm.culture.normalise import Folded

SENTENCE_END = frozenset(".!?\u3002")
# "in china", "from turkey": a country even in lower case, when no noun follows.
OF_PLACE = frozenset({"in", "from", "across", "visiting", "throughout", "around", "near"})
# Words that may stand behind a place's name; behind a noun's first half they may not.
FOLLOWING = PREPOSITIONS | frozenset(
    {"and", "or", "with", "of", "as", "to", "where", "when", "while", "during", "who", "which"}
    | {"that", "is", "was", "has", "after", "today", "now", ".", ",", ";", ":", "!", "?", ")", ""}
)
# Words that announce a culture rather than a thing.
CUES = frozenset(
    {"traditional", "typical", "authentic", "ancient", "classical", "folk", "rural", "medieval"}
    | {"northern", "southern", "eastern", "western", "central", "imperial", "contemporary"}
)
LONG_WORD = 4
SHARED = "shared"


class Context:
    """What surrounds the words of one text."""

    def __init__(self, folded: Folded, tokens: Sequence[Token]) -> None:
        self._folded = folded
        self._tokens = tokens
        self._starts = [token.start for token in tokens]

    def is_plain(self, match: Match) -> bool:
        """Whether it is an everyday word, or a word of its sentence makes it one (roast turkey)."""
        if match.term.everyday and not self._spelled_natively(match):
            return True
        telling = match.term.plain_words
        if not telling:
            return False
        return not telling.isdisjoint(self._sentences[self._index(match)])

    def reason(self, match: Match) -> str | None:
        """Why the word alone is believed, None where it is not.

        "spelling": it has its own accents (Huế, no hue); for names also "capital", "place", "cue";
        "shared": a thing of several regions, which by itself decides nothing anyway.
        """
        if self._spelled_natively(match):
            return "spelling"
        if not match.term.is_name:
            return SHARED if match.term.regions > 1 else None
        index = self._index(match)
        before = self._tokens[index - 1].text if index else ""
        if self._capital_tells(match, index):
            return "capital"
        if before in OF_PLACE and self._following(match) in FOLLOWING:
            return "place"
        return "cue" if before in CUES else None

    def _spelled_natively(self, match: Match) -> bool:
        """The word stands with the term's own letters, which plain English does not have."""
        start, end = self._folded.span(match.start, match.end)
        written = self._folded.original[start:end]
        if written.isascii():
            return False
        return unicodedata.normalize("NFC", written).casefold() == match.term.text.casefold()

    def _capital_tells(self, match: Match, index: int) -> bool:
        """A capital in mid-sentence, in a text that does not capitalise everything."""
        start, _ = self._folded.span(match.start, match.end)
        if not self._folded.original[start].isupper() or self._shouting:
            return False
        if index == 0 or self._tokens[index - 1].text in SENTENCE_END:
            return False
        previous = self._folded.origin[self._tokens[index - 1].end - 1]
        return "\n" not in self._folded.original[previous:start]

    def _index(self, match: Match) -> int:
        """The place of the match's first token."""
        return bisect_left(self._starts, match.start)

    def _following(self, match: Match) -> str:
        """The word or mark behind the match, "" at the end of the text."""
        index = bisect_left(self._starts, match.end)
        return self._tokens[index].text if index < len(self._tokens) else ""

    @cached_property
    def _sentences(self) -> list[set[str]]:
        """For each token the words of its sentence, plural words also without their s."""
        sentences: list[set[str]] = []
        words: set[str] = set()
        for token in self._tokens:
            if token.text in SENTENCE_END:
                words = set()
            words |= {token.text, token.text.removesuffix("s"), token.text.removesuffix("es")}
            sentences.append(words)
        return sentences

    @cached_property
    def _shouting(self) -> bool:
        """Whether most long words are capitalised, as in a headline."""
        words = re.findall(r"[^\W\d_]+", self._folded.original)
        long = [word for word in words[1:] if len(word) >= LONG_WORD]
        capitals = sum(word[0].isupper() for word in long)
        return len(long) > 3 and capitals * 3 > len(long) * 2
