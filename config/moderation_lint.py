"""Checks the moderation rules beyond what loading needs: `python -m config.moderation_lint`."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import yaml

from config.folding import SPACELESS, fold
from config.moderation import WordRules, load_moderation
from config.rules import ModerationRulesError, Rule, pattern
from config.settings import Settings

# The languages that each category is written in.
LANGUAGES = frozenset(
    ["en", "es", "fr", "de", "pt", "it", "ar", "hi", "zh", "ja", "ru", "tr", "id"]
)
SHORTEST_BEGINNING = 4  # letters before a star


def find_all(settings: Settings) -> list[str]:
    """Every problem of both files, each a line."""
    try:
        rules = load_moderation(settings)
    except ModerationRulesError as error:
        return [str(error)]
    problems = list(_language_problems(settings))
    for where, listed in _rules(rules):
        problems += [f"{where}: {problem}" for problem in _rule_problems(listed)]
    return problems


def _rules(rules: WordRules) -> Iterator[tuple[str, tuple[Rule, ...]]]:
    yield from rules.categories.items()
    yield from ((f"{one.culture}: {one.about}", one.rules) for one in rules.sensitivities)


def _rule_problems(rules: tuple[Rule, ...]) -> Iterator[str]:
    sought = [terms for rule in rules for terms in (rule.any, rule.beside) if terms]
    for term in (term for terms in sought for term in terms):
        beginning = fold(term).rstrip("*")
        if not beginning.strip():
            yield f"{term!r} is empty"
        short = term.endswith("*") and len(beginning) < SHORTEST_BEGINNING
        if short and not SPACELESS.search(term):
            yield f"{term} begins too many words"
    for phrase in {phrase for rule in rules for phrase in rule.unless}:
        plain = fold(phrase.replace("*", ""))
        if not any(pattern(terms).search(plain) for terms in sought):
            yield f"unless: {phrase} excuses nothing"


def _language_problems(settings: Settings) -> Iterator[str]:
    """Categories that lack a language."""
    content = yaml.safe_load(settings.moderation_file.read_text(encoding="utf-8"))
    words = content.get("words", {})
    for category, rules in content.items():
        if category in ("words", "labels"):
            continue
        spoken: set[str] = set()
        for rule in rules:
            listed = rule["any"]
            if isinstance(listed, str):
                listed = words[listed.removeprefix("$")]
            spoken |= set(listed) if isinstance(listed, dict) else {"en"}
        for language in sorted(LANGUAGES - spoken):
            yield f"{category}: has no list for {language}"


def main() -> None:
    """Print each problem; status 1 while there is one."""
    problems = find_all(Settings())
    for problem in problems:
        print(problem)
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()
