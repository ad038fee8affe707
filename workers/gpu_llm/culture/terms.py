"""What a spelling can mean: the terms of all cultures, merged by how they are written."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from workers.gpu_llm.culture.knowledge import Culture, Knowledge
from workers.gpu_llm.culture.normalise import fold_term
from workers.gpu_llm.culture.schema import TERM_FIELDS

NAMES, DEMONYMS, PLACES, NATURE = "names", "demonyms", "places", "nature"
SHORTEST_JOINED = 6
# How those who have no such letter on their keyboard write it.
RESPELLED = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "å": "aa", "ø": "oe"})
POSSESSIVE = re.compile("['\u2019]s\\b")
# A common noun listed as a plural is looked for in the singular too (tamales, latkes).
PLURAL = re.compile("[a-z].{4,}[^sui]s$")
CONSONANT_Y = re.compile("[bcdfghjklmnpqrstvwxz]y$")


@dataclass(frozen=True, eq=False)
class Sense:
    """A term in one culture: the list it stands in, how far down, and whether it holds a name."""

    culture: Culture
    category: str
    position: int
    named: bool


@dataclass(frozen=True, eq=False)
class Term:
    """What a spelling can mean; no senses for a plain phrase, which only hides others.

    An `everyday` word is a term only with its own accents; `plain_words` in the same sentence
    show its everyday meaning; so many `regions` know it.
    """

    text: str
    senses: tuple[Sense, ...] = ()
    ambiguous: bool = False
    everyday: bool = False
    plain_words: frozenset[str] = frozenset()
    regions: int = 0

    @property
    def is_name(self) -> bool:
        """Whether it names a people, a country or a place in some culture."""
        return any(sense.category in (NAMES, DEMONYMS, PLACES) for sense in self.senses)


def build_terms(knowledge: Knowledge) -> dict[str, Term]:
    """Every folded spelling with what it means."""
    senses: dict[str, dict[str, Sense]] = {}
    shown: dict[str, str] = {}
    ambiguous: set[str] = set()
    for culture in knowledge.cultures:
        for text in culture.ambiguous:
            ambiguous |= spellings(text)
        for text, keys, sense in _senses(culture):
            for key in keys:
                shown.setdefault(key, text)
                # TERM_FIELDS stand most telling first: the first list a term stands in counts.
                senses.setdefault(key, {}).setdefault(culture.id, sense)
    everyday = {key for text in knowledge.plain.everyday for key in spellings(text)}
    plain_words = {
        key: frozenset(fold_term(word) for word in words)
        for text, words in knowledge.plain.contexts.items()
        for key in spellings(text)
    }
    terms = {
        key: Term(
            text=shown[key],
            senses=tuple(found.values()),
            ambiguous=key in ambiguous or key in everyday,
            everyday=key in everyday,
            plain_words=plain_words.get(key, frozenset()),
            regions=len({sense.culture.region for sense in found.values()}),
        )
        for key, found in senses.items()
    }
    for phrase in knowledge.plain.phrases:
        terms |= {key: Term(phrase) for key in spellings(phrase)}
    return terms


def spellings(text: str) -> set[str]:
    """Every folded spelling under which a term is looked for."""
    lowered = text.casefold()
    # "Patrick's Day" is also typed "Patricks Day".
    variants = {lowered, lowered.translate(RESPELLED), POSSESSIVE.sub("s", lowered)}
    found = {fold_term(variant) for variant in variants}
    for spelling in tuple(found):
        joined = spelling.replace(" ", "")
        if spelling.count(" ") == 1 and len(joined) >= SHORTEST_JOINED:
            found.add(joined)
        if CONSONANT_Y.search(spelling):
            found.add(spelling[:-1] + "ies")
        if PLURAL.match(text):
            found.add(spelling.removesuffix("s"))
    found.discard("")
    return found


def _senses(culture: Culture) -> Iterator[tuple[str, set[str], Sense]]:
    own = {fold_term(text) for text in (culture.name, *culture.names, *culture.demonyms)}
    yield culture.name, spellings(culture.name), Sense(culture, DEMONYMS, 0, named=True)
    for category in TERM_FIELDS:
        for position, text in enumerate(culture.terms(category)):
            keys = spellings(text)
            # A breed is no culture: the English bulldog, the Siamese fighting fish.
            named = category != NATURE and any(_holds_name(key, own) for key in keys)
            yield text, keys, Sense(culture, category, position, named)


def _holds_name(key: str, names: set[str]) -> bool:
    """Whether the culture is named by a spelling, or inside it as in "Thai silk"."""
    if " " not in key:
        return key in names
    padded = f" {key} "
    return any(f" {name} " in padded for name in names)
