"""What Imajin knows about cultures: frozen values read from a folder of YAML files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

import yaml

from workers.gpu_llm.culture.schema import SCENE_FIELDS, TERM_FIELDS, Problem, find_problems

# Kept in a folder of its own, so that every YAML file beside it is a culture.
PLAIN_WORDS = Path("shared") / "plain_words.yaml"


class KnowledgeError(ValueError):
    """A culture file cannot be used; the message names file and field."""


@dataclass(frozen=True)
class Sensitivity:
    """What to be careful with (one to four words) and how (one sentence)."""

    about: str
    advice: str

    def as_json(self) -> dict[str, str]:
        """The sensitivity as it stands on the wire."""
        return {"about": self.about, "advice": self.advice}


@dataclass(frozen=True)
class Culture:
    """One culture: its terms, what a picture of it may show, and what asks for care."""

    id: str
    name: str
    region: str
    names: tuple[str, ...]
    demonyms: tuple[str, ...]
    places: tuple[str, ...]
    dishes: tuple[str, ...]
    dress: tuple[str, ...]
    architecture: tuple[str, ...]
    festivals: tuple[str, ...]
    arts: tuple[str, ...]
    nature: tuple[str, ...]
    motifs: tuple[str, ...]
    palette: tuple[str, ...]
    settings: tuple[str, ...]
    light: tuple[str, ...]
    eras: tuple[str, ...]
    sensitivities: tuple[Sensitivity, ...]
    ambiguous: tuple[str, ...] = ()

    def terms(self, category: str) -> tuple[str, ...]:
        """The terms of one list, named as in the file (see schema.TERM_FIELDS)."""
        listed: tuple[str, ...] = getattr(self, category)
        return listed


@dataclass(frozen=True)
class PlainWords:
    """Plain English that holds a culture's word and does not speak of that culture.

    `phrases` hide the terms inside them ("panama hat"); `everyday` words are a term only with its
    own accents (Huế, no hue); `contexts` gives, for an ambiguous term, the words that show its
    plain meaning when they stand in the same sentence.
    """

    phrases: tuple[str, ...] = ()
    everyday: tuple[str, ...] = ()
    contexts: Mapping[str, frozenset[str]] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True)
class Knowledge:
    """All cultures in the order of their ids, and the plain English that is not about them."""

    cultures: tuple[Culture, ...]
    plain: PlainWords = PlainWords()

    def get(self, culture_id: str) -> Culture | None:
        """The culture with this id, or None."""
        return next((culture for culture in self.cultures if culture.id == culture_id), None)


def load_knowledge(folder: Path) -> Knowledge:
    """Read every culture file of the folder; KnowledgeError where one breaks the schema."""
    files = sorted(folder.glob("*.yaml"))
    if not files:
        raise KnowledgeError(f"No culture files (*.yaml) in {folder.name}.")
    problems: list[Problem] = []
    cultures: list[Culture] = []
    for file in files:
        data = read_yaml(file)
        found = list(find_problems(file.name, file.stem, data))
        problems.extend(found)
        if not found and isinstance(data, dict):
            cultures.append(_culture(data))
    if problems:
        raise KnowledgeError("\n".join(str(problem) for problem in problems))
    return Knowledge(tuple(cultures), _plain_words(folder / PLAIN_WORDS))


def read_yaml(file: Path) -> object:
    """The file's data; KnowledgeError where it is no YAML or no UTF-8."""
    try:
        # CSafeLoader is safe_load in C: about eight times faster on these files.
        return yaml.load(file.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    except yaml.YAMLError as error:
        where = getattr(error, "problem_mark", None)
        line = f", line {where.line + 1}" if where else ""
        raise KnowledgeError(f"{file.name}{line}: is not valid YAML") from error
    except UnicodeDecodeError as error:
        raise KnowledgeError(f"{file.name}: is not UTF-8") from error


def _culture(data: dict[str, Any]) -> Culture:
    lists = {name: tuple(data[name]) for name in (*TERM_FIELDS, *SCENE_FIELDS)}
    sensitivities = tuple(Sensitivity(**entry) for entry in data["sensitivities"])
    return Culture(
        id=data["id"],
        name=data["name"],
        region=data["region"],
        sensitivities=sensitivities,
        ambiguous=tuple(data.get("ambiguous", ())),
        **lists,
    )


def _plain_words(file: Path) -> PlainWords:
    if not file.exists():
        return PlainWords()
    data = read_yaml(file)
    if not isinstance(data, dict) or set(data) != {"phrases", "everyday", "contexts"}:
        raise KnowledgeError(f"{file.name}: must have the fields phrases, everyday and contexts")
    for field_name in ("phrases", "everyday"):
        if not _texts(data[field_name]):
            raise KnowledgeError(f"{file.name}: {field_name}: must be a list of texts")
    contexts = data["contexts"]
    if not isinstance(contexts, dict):
        raise KnowledgeError(f"{file.name}: contexts: must be a mapping of term to words")
    for term, words in contexts.items():
        if not isinstance(term, str) or not _texts(words):
            raise KnowledgeError(f"{file.name}: contexts.{term}: must be a list of texts")
    frozen = {term: frozenset(words) for term, words in contexts.items()}
    return PlainWords(tuple(data["phrases"]), tuple(data["everyday"]), MappingProxyType(frozen))


def _texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(entry, str) and entry for entry in value)
