"""Word rules that object to a text: read from moderation.yaml, matched without any model."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

_KEYS = {"any", "with", "unless"}


class ModerationRulesError(ValueError):
    """moderation.yaml cannot be used; the message names the file and the category."""


@dataclass(frozen=True)
class Rule:
    """One rule: terms, terms that must stand beside them (None: nothing), excusing phrases."""

    any: re.Pattern[str]
    beside: re.Pattern[str] | None = None
    unless: re.Pattern[str] | None = None

    def terms(self, text: str) -> list[str]:
        """The terms found in a folded text, empty where the rule does not object."""
        if self.unless:
            text = self.unless.sub(" ", text)
        found = self.any.findall(text)
        if not found or (self.beside and not self.beside.search(text)):
            return []
        return sorted(set(found))


@dataclass(frozen=True)
class WordRules:
    """All rules by category."""

    categories: dict[str, tuple[Rule, ...]]

    def objections(self, *texts: str) -> dict[str, list[str]]:
        """The terms objected to, by category; empty for texts that nothing speaks against.

        Each text is looked at by itself.
        """
        found: dict[str, set[str]] = {}
        for text in map(fold, texts):
            for category, rules in self.categories.items():
                for rule in rules:
                    if terms := rule.terms(text):
                        found.setdefault(category, set()).update(terms)
        return {category: sorted(terms) for category, terms in found.items()}


def fold(text: str) -> str:
    """Lower case, compatible forms unified, accents and invisible characters gone."""
    parts = unicodedata.normalize("NFKD", text).casefold()
    kept = (c for c in parts if unicodedata.category(c) not in ("Mn", "Cf"))
    return " ".join(unicodedata.normalize("NFKC", "".join(kept)).split())


def load_rules(path: Path) -> WordRules:
    """Read the rules; ModerationRulesError names what is wrong and where."""
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError) as error:
        raise ModerationRulesError(f"{path}: {error}") from error
    if not isinstance(content, dict):
        raise ModerationRulesError(f"{path}: rules by category are wanted")
    categories: dict[str, tuple[Rule, ...]] = {}
    for category, rules in content.items():
        if not isinstance(rules, list) or not rules:
            raise ModerationRulesError(f"{path}: {category}: a list of rules is wanted")
        categories[str(category)] = tuple(_rule(rule, f"{path}: {category}") for rule in rules)
    return WordRules(categories)


def _rule(data: Any, where: str) -> Rule:
    if not isinstance(data, dict) or not set(data) <= _KEYS or not data.get("any"):
        raise ModerationRulesError(f"{where}: a rule has any, and may have with and unless")
    for name, terms in data.items():
        if not isinstance(terms, list) or not all(isinstance(term, str) for term in terms):
            raise ModerationRulesError(f"{where}: {name}: a list of words is wanted")
    with_terms, unless = data.get("with"), data.get("unless")
    return Rule(
        _pattern(data["any"]),
        _pattern(with_terms) if with_terms else None,
        _pattern(unless) if unless else None,
    )


def _pattern(terms: list[str]) -> re.Pattern[str]:
    """One alternation of all terms, longest first."""
    folded = sorted({fold(term) for term in terms}, key=lambda term: (-len(term), term))
    return re.compile("|".join(_term(term) for term in folded))


def _term(term: str) -> str:
    body = re.escape(term.rstrip("*")).replace(r"\ ", r"[\s_-]+")
    if any(_spaceless(char) for char in term):
        return body
    return rf"\b{body}\w*" if term.endswith("*") else rf"\b{body}\b"


@lru_cache(maxsize=4096)
def _spaceless(char: str) -> bool:
    """Whether a character belongs to a script written without spaces between words."""
    return unicodedata.name(char, "").startswith(("CJK", "HIRAGANA", "KATAKANA", "HANGUL", "THAI"))
