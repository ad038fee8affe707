"""One rule of a word list: how its terms are written, read and found in a folded text."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Any

from config.folding import END, LETTER, SPACELESS, START, fold

_KEYS = {"any", "with", "unless"}
_ARABIC = re.compile(r"[\u0600-\u06ff]")
# And, then, with, as, for and the article are written onto an Arabic word.
_ARABIC_PREFIX = "[وف]?(?:[بك]?(?:ال)?|لل?)"

Words = dict[str, list[str]]  # named lists that a rule takes in as $name


class ModerationRulesError(ValueError):
    """A file of moderation rules cannot be used; the message names the file and the place."""


@dataclass(frozen=True)
class Rule:
    """One rule: terms, terms one of which must stand beside them, excusing phrases."""

    any: tuple[str, ...]
    beside: tuple[str, ...] = ()
    unless: tuple[str, ...] = ()

    def terms(self, text: str) -> list[str]:
        """The terms found in a folded text, empty where the rule does not object."""
        if not pattern(self.any).search(text):
            return []
        if self.unless:
            text = pattern(self.unless).sub(" ", text)
        found = pattern(self.any).findall(text)
        if not found or (self.beside and not pattern(self.beside).search(text)):
            return []
        return sorted(set(found))


def read_words(data: Any, where: str) -> Words:
    """The named lists; each may stand by language and may take in earlier ones."""
    if not isinstance(data, dict):
        raise ModerationRulesError(f"{where}: lists by name are wanted")
    words: Words = {}
    for name, terms in data.items():
        words[str(name)] = flat(terms, words, f"{where}: {name}")
    return words


def read_rule(data: Any, words: Words, where: str) -> Rule:
    """A rule as it stands in the file; ModerationRulesError for anything else."""
    if not isinstance(data, dict) or not set(data) <= _KEYS or not data.get("any"):
        raise ModerationRulesError(f"{where}: a rule has any, and may have with and unless")
    terms = {name: tuple(flat(value, words, f"{where}: {name}")) for name, value in data.items()}
    return Rule(terms["any"], terms.get("with", ()), terms.get("unless", ()))


def flat(data: Any, words: Words, where: str) -> list[str]:
    """A list of terms, a name, or a mapping of language to terms, as one list."""
    if isinstance(data, dict):
        return [term for part in data.values() for term in flat(part, words, where)]
    if isinstance(data, str) and data.startswith("$"):
        if data[1:] not in words:
            raise ModerationRulesError(f"{where}: there is no list {data} above")
        return words[data[1:]]
    if not isinstance(data, list) or not all(isinstance(term, str) for term in data):
        raise ModerationRulesError(f"{where}: a list of words is wanted")
    found: list[str] = []
    for term in data:
        found += flat(term, words, where) if term.startswith("$") else [term]
    return found


@cache
def pattern(terms: tuple[str, ...]) -> re.Pattern[str]:
    """One alternation of all terms, longest first, for folded texts; built when first asked for."""
    folded = sorted({fold(term) for term in terms}, key=lambda term: (-len(term), term))
    spaceless = [term for term in folded if SPACELESS.search(term)]
    arabic = [term for term in folded if _ARABIC.search(term)]
    others = [term for term in folded if term not in spaceless and term not in arabic]
    parts = [START + _words(others)] if others else []
    parts += [START + _ARABIC_PREFIX + _words(arabic)] if arabic else []
    return re.compile("|".join(parts + [_body(term) for term in spaceless]))


def _words(terms: list[str]) -> str:
    """Whole words, and beginnings of words where a star stands at the end."""
    whole = "|".join(_body(term) for term in terms if not term.endswith("*"))
    begun = "|".join(_body(term.rstrip("*")) for term in terms if term.endswith("*"))
    kinds = [f"(?:{whole}){END}"] * bool(whole) + [f"(?:{begun}){LETTER}*"] * bool(begun)
    return f"(?:{'|'.join(kinds)})"


def _body(term: str) -> str:
    """A phrase of words; a star at a word's end is any ending, a space also a hyphen or nothing."""
    words = re.split(r"[ -]+", term)
    bodies = (re.escape(w.rstrip("*")) + f"{LETTER}*" * w.endswith("*") for w in words)
    return r"[\s-]*".join(bodies)
