"""Word rules that object to a text, matched without any model: moderation.yaml and its sister."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from config.folding import views
from config.rules import ModerationRulesError, Rule, Words, read_rule, read_words
from config.sensitivities import Sensitivity, load_sensitivities
from config.settings import Settings

CULTURAL = "cultural_sensitivity"


@dataclass(frozen=True)
class Label:
    """What a label of the image classifier means, and the score from which it counts."""

    category: str
    threshold: float


@dataclass(frozen=True)
class WordRules:
    """All rules by category, what touches a culture's sensitivities, and the classifier's labels.

    A touched sensitivity is told and does nothing else, unless `culture_acts`.
    """

    categories: dict[str, tuple[Rule, ...]]
    labels: Mapping[str, Label] = field(default_factory=dict)
    sensitivities: tuple[Sensitivity, ...] = ()
    culture_acts: bool = False

    def objections(self, *texts: str) -> dict[str, list[str]]:
        """What is objected to, by category: terms, or a sensitivity's reason; empty for nothing.

        Each text is looked at by itself.
        """
        found: dict[str, set[str]] = {}
        for text in (view for one in texts for view in views(one)):
            for category, rules in self.categories.items():
                for rule in rules:
                    if terms := rule.terms(text):
                        found.setdefault(category, set()).update(terms)
            for one in self.sensitivities:
                if one.touched_by(text):
                    found.setdefault(CULTURAL, set()).add(one.reason)
        return {category: sorted(terms) for category, terms in found.items()}

    def grave(self, found: Mapping[str, list[str]]) -> dict[str, list[str]]:
        """The part of what was found that has consequences beyond a flag."""
        return {
            category: terms
            for category, terms in found.items()
            if category != CULTURAL or self.culture_acts
        }


def load_moderation(settings: Settings) -> WordRules:
    """All rules of a deployment; ModerationRulesError names file and place of what is wrong."""
    rules = load_rules(settings.moderation_file)
    return WordRules(
        rules.categories,
        rules.labels,
        load_sensitivities(settings.moderation_cultures_file, settings.culture_dir),
        settings.moderation_culture_acts,
    )


def load_rules(path: Path) -> WordRules:
    """The categories and labels of one file; ModerationRulesError names what is wrong and where."""
    try:
        content = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ModerationRulesError(f"{path}: {error}") from error
    if not isinstance(content, dict):
        raise ModerationRulesError(f"{path}: rules by category are wanted")
    words = read_words(content.pop("words", {}), f"{path}: words")
    labels = _labels(content.pop("labels", {}), f"{path}: labels")
    categories: dict[str, tuple[Rule, ...]] = {}
    for category, rules in content.items():
        where = f"{path}: {category}"
        categories[str(category)] = _rules(rules, words, where)
    return WordRules(categories, labels)


def _rules(data: Any, words: Words, where: str) -> tuple[Rule, ...]:
    if not isinstance(data, list) or not data:
        raise ModerationRulesError(f"{where}: a list of rules is wanted")
    return tuple(read_rule(rule, words, where) for rule in data)


def _labels(data: Any, where: str) -> dict[str, Label]:
    if not isinstance(data, dict):
        raise ModerationRulesError(f"{where}: a mapping of label to category and threshold")
    found = {}
    for name, one in data.items():
        if not isinstance(one, dict) or set(one) != {"category", "threshold"}:
            raise ModerationRulesError(f"{where}: {name}: category and threshold are wanted")
        threshold = one["threshold"]
        if not isinstance(threshold, int | float) or not 0 < threshold <= 1:
            raise ModerationRulesError(f"{where}: {name}: a threshold above 0, at most 1")
        found[str(name).lower()] = Label(str(one["category"]), float(threshold))
    return found
