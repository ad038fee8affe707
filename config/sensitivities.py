"""What touches a culture's sensitivities: rules beside the culture files, with their advice."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from config.rules import ModerationRulesError, Rule, read_rule, read_words


@dataclass(frozen=True)
class Sensitivity:
    """A sensitivity of a culture file, the words that touch it, and the reason that is told."""

    culture: str
    about: str
    reason: str
    rules: tuple[Rule, ...]

    def touched_by(self, text: str) -> bool:
        """Whether a folded text touches it."""
        return any(rule.terms(text) for rule in self.rules)


def load_sensitivities(path: Path, culture_dir: Path) -> tuple[Sensitivity, ...]:
    """All of a file's; ModerationRulesError for one that no culture file has."""
    content = _read(path)
    if not isinstance(content, dict) or not isinstance(content.get("cultures"), dict):
        raise ModerationRulesError(f"{path}: sensitivities by culture are wanted")
    words = read_words(content.get("words", {}), f"{path}: words")
    found: list[Sensitivity] = []
    for culture, touched in content["cultures"].items():
        if not isinstance(touched, dict):
            raise ModerationRulesError(f"{path}: {culture}: rules by sensitivity are wanted")
        known = _reasons(culture_dir / f"{culture}.yaml")
        for about, rules in touched.items():
            where = f"{path}: {culture}: {about}"
            if about not in known:
                raise ModerationRulesError(f"{where}: the culture's file has no such sensitivity")
            if not isinstance(rules, list) or not rules:
                raise ModerationRulesError(f"{where}: a list of rules is wanted")
            read = tuple(read_rule(rule, words, where) for rule in rules)
            found.append(Sensitivity(culture, about, known[about], read))
    return tuple(found)


def _reasons(path: Path) -> dict[str, str]:
    """What to be careful with in a culture, and the sentence that says how."""
    content = _read(path)
    try:
        return {
            one["about"]: f"{content['name']}, {one['about']}: {one['advice']}"
            for one in content["sensitivities"]
        }
    except (KeyError, TypeError) as error:
        raise ModerationRulesError(f"{path}: has no name or no sensitivities") from error


def _read(path: Path) -> Any:
    try:
        return yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ModerationRulesError(f"{path}: {error}") from error
