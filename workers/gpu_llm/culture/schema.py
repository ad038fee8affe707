"""What a culture's YAML file must hold; every breach is found, not only the first."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

# The lists whose entries are looked for in a wish, most telling first.
TERM_FIELDS = (
    "names",
    "demonyms",
    "festivals",
    "places",
    "eras",
    "dress",
    "dishes",
    "architecture",
    "arts",
    "nature",
)
# The lists that tell a prompt what to show.
SCENE_FIELDS = ("motifs", "palette", "settings", "light")
TEXT_FIELDS = ("id", "name", "region")
REQUIRED_FIELDS = (*TEXT_FIELDS, *TERM_FIELDS, *SCENE_FIELDS, "sensitivities")
OPTIONAL_FIELDS = ("ambiguous",)


@dataclass(frozen=True)
class Problem:
    """A breach of the rules for culture files: the file, the field and a sentence."""

    file: str
    field: str
    text: str

    def __str__(self) -> str:
        return f"{self.file}: {self.field}: {self.text}"


def find_problems(file: str, culture_id: str, data: object) -> Iterator[Problem]:
    """Yield every reason why the data of one file cannot be loaded as that culture."""
    if not isinstance(data, dict):
        yield Problem(file, "(file)", "must hold a mapping of fields")
        return
    known = {*REQUIRED_FIELDS, *OPTIONAL_FIELDS}
    for field in data:
        if field not in known:
            yield Problem(file, str(field), "is not a known field")
    for field in REQUIRED_FIELDS:
        if field not in data:
            yield Problem(file, field, "is missing")
    for field in TEXT_FIELDS:
        if field in data:
            yield from _text_problems(file, field, data[field])
    for field in (*TERM_FIELDS, *SCENE_FIELDS, *OPTIONAL_FIELDS):
        if field in data:
            yield from _list_problems(file, field, data[field])
    if "sensitivities" in data:
        yield from _sensitivity_problems(file, data["sensitivities"])
    if isinstance(data.get("id"), str) and data["id"] != culture_id:
        yield Problem(file, "id", f"must be {culture_id!r}, the file's name")


def _text_problems(file: str, field: str, value: object) -> Iterator[Problem]:
    if not isinstance(value, str):
        # YAML reads bare words such as no, on and 1920 as something else.
        yield Problem(file, field, f"must be text, not {value!r}; quote it")
    elif not value.strip():
        yield Problem(file, field, "is empty")
    elif value != value.strip():
        yield Problem(file, field, "has spaces at an end")


def _list_problems(file: str, field: str, value: object) -> Iterator[Problem]:
    if not isinstance(value, list):
        yield Problem(file, field, "must be a list of texts")
        return
    if not value and field not in OPTIONAL_FIELDS:
        yield Problem(file, field, "is empty")
    for index, entry in enumerate(value):
        yield from _text_problems(file, f"{field}[{index}]", entry)


def _sensitivity_problems(file: str, value: object) -> Iterator[Problem]:
    if not isinstance(value, list) or not value:
        yield Problem(file, "sensitivities", "must be a list with at least one entry")
        return
    for index, entry in enumerate(value):
        field = f"sensitivities[{index}]"
        if not isinstance(entry, dict) or set(entry) != {"about", "advice"}:
            yield Problem(file, field, "must have the fields about and advice, and no other")
            continue
        checked: dict[str, Any] = entry
        for name in ("about", "advice"):
            yield from _text_problems(file, f"{field}.{name}", checked[name])
