"""Culture files are checked when they are read, and every error names file and field."""

from __future__ import annotations

import re
from dataclasses import FrozenInstanceError
from pathlib import Path
from typing import Any

import pytest
import yaml

from workers.gpu_llm.culture.knowledge import (
    Culture,
    Knowledge,
    KnowledgeError,
    Sensitivity,
    load_knowledge,
)
from workers.gpu_llm.culture.lint import find_all, main
from workers.gpu_llm.culture.schema import SCENE_FIELDS, TERM_FIELDS

FOLDER = Path(__file__).resolve().parents[2] / "config" / "culture"


def atlantean(**changes: Any) -> dict[str, Any]:
    """A whole culture that passes every check, with some fields changed; None removes one."""
    data: dict[str, Any] = {
        "id": "atlantean",
        "name": "Atlantean",
        "region": "Ocean",
        "sensitivities": [
            {"about": "the sea god", "advice": "Show the god whole."},
            {"about": "pearls", "advice": "Leave the pearls in their shells."},
        ],
        "motifs": [f"a coral arch of kind {letter}" for letter in "abcdefgh"],
        "settings": [f"a sunken street of kind {letter}" for letter in "abcd"],
        "palette": ["teal", "pearl", "coral", "ink"],
        "light": ["green depths", "pale shafts of sun"],
        "ambiguous": ["dressab"],
    }
    for field in TERM_FIELDS:
        data[field] = [f"{field}{first}{second}" for first in "abc" for second in "bcde"]
    data |= changes
    return {field: value for field, value in data.items() if value is not None}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


def write(folder: Path, data: object, name: str = "atlantean.yaml") -> Path:
    (folder / name).write_text(yaml.safe_dump(data, allow_unicode=True), encoding="utf-8")
    return folder


def test_the_shipped_knowledge_is_large_and_whole():
    knowledge = load_knowledge(FOLDER)

    assert len(knowledge.cultures) >= 40
    assert len({culture.id for culture in knowledge.cultures}) == len(knowledge.cultures)
    assert len({culture.name for culture in knowledge.cultures}) == len(knowledge.cultures)
    assert sum(len(one.terms(field)) for one in knowledge.cultures for field in TERM_FIELDS) > 5000
    assert knowledge.plain.phrases


def test_the_shipped_knowledge_passes_its_linter():
    assert [str(problem) for problem in find_all(FOLDER)] == []


def test_a_file_becomes_a_frozen_culture(folder: Path):
    culture = load_knowledge(write(folder, atlantean())).cultures[0]

    assert isinstance(culture, Culture)
    assert culture.sensitivities[1] == Sensitivity("pearls", "Leave the pearls in their shells.")
    assert culture.terms("dress")[0] == "dressab"
    with pytest.raises(FrozenInstanceError):
        culture.name = "Lemurian"  # type: ignore[misc]  # what the test is about


def test_cultures_are_found_by_id(folder: Path):
    knowledge = load_knowledge(write(folder, atlantean()))

    assert knowledge.get("atlantean") is knowledge.cultures[0]
    assert knowledge.get("lemurian") is None


def test_ambiguous_terms_may_be_left_out(folder: Path):
    assert load_knowledge(write(folder, atlantean(ambiguous=None))).cultures[0].ambiguous == ()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"motifs": None}, "atlantean.yaml: motifs: is missing"),
        ({"colour": "teal"}, "atlantean.yaml: colour: is not a known field"),
        ({"dishes": []}, "atlantean.yaml: dishes: is empty"),
        ({"dishes": "kelp"}, "atlantean.yaml: dishes: must be a list of texts"),
        ({"eras": ["Bronze Age", 1920]}, "atlantean.yaml: eras[1]: must be text, not 1920"),
        ({"names": ["  "]}, "atlantean.yaml: names[0]: is empty"),
        ({"names": [" Atlantis"]}, "atlantean.yaml: names[0]: has spaces"),
        ({"id": "lemurian"}, "atlantean.yaml: id: must be 'atlantean'"),
        ({"name": False}, "atlantean.yaml: name: must be text, not False"),
        ({"sensitivities": []}, "atlantean.yaml: sensitivities: must be a list"),
        ({"sensitivities": [{"about": "x"}]}, "atlantean.yaml: sensitivities[0]: must have"),
        (
            {"sensitivities": [{"about": "x", "advice": 3}]},
            "atlantean.yaml: sensitivities[0].advice: must be text",
        ),
    ],
)
def test_a_wrong_field_is_named(folder: Path, changes: dict[str, Any], message: str):
    with pytest.raises(KnowledgeError, match=re.escape(message)):
        load_knowledge(write(folder, atlantean(**changes)))


def test_all_problems_are_told_at_once(folder: Path):
    write(folder, atlantean(motifs=None, palette=[]))
    write(folder, atlantean(), "lemurian.yaml")

    with pytest.raises(KnowledgeError) as caught:
        load_knowledge(folder)

    assert len(str(caught.value).splitlines()) == 3


def test_a_file_that_is_no_mapping_is_named(folder: Path):
    with pytest.raises(KnowledgeError, match=r"atlantean\.yaml: .*mapping"):
        load_knowledge(write(folder, ["a list"]))


def test_broken_yaml_is_named_with_its_line(folder: Path):
    (folder / "atlantean.yaml").write_text("id: atlantean\nnames: [a, b\n", encoding="utf-8")

    with pytest.raises(KnowledgeError, match=r"atlantean\.yaml, line 3"):
        load_knowledge(folder)


def test_bytes_that_are_no_utf8_are_named(folder: Path):
    (folder / "atlantean.yaml").write_bytes(b"id: \xff")

    with pytest.raises(KnowledgeError, match=r"atlantean\.yaml: is not UTF-8"):
        load_knowledge(folder)


def test_an_empty_folder_is_an_error(folder: Path):
    with pytest.raises(KnowledgeError, match="No culture files"):
        load_knowledge(folder)


@pytest.mark.parametrize(
    ("plain", "message"),
    [
        ({"phrases": []}, "must have the fields"),
        ({"phrases": [1], "everyday": [], "contexts": {}}, "phrases: must be a list"),
        ({"phrases": [], "everyday": [], "contexts": []}, "contexts: must be a mapping"),
        ({"phrases": [], "everyday": [], "contexts": {"a": "b"}}, "contexts.a: must be a list"),
    ],
)
def test_wrong_plain_words_are_named(folder: Path, plain: object, message: str):
    (folder / "shared").mkdir()
    write(folder / "shared", plain, "plain_words.yaml")

    with pytest.raises(KnowledgeError, match=rf"plain_words\.yaml: .*{message}"):
        load_knowledge(write(folder, atlantean()))


def test_the_linter_passes_a_good_file(folder: Path):
    assert find_all(write(folder, atlantean())) == []


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"motifs": None}, "motifs: is missing"),
        ({"light": ["noon"]}, "light: has 1 entries, needs at least 2"),
        ({"dress": ["ab", *"cdefg"]}, "dress[0]: ab is too short"),
        ({"nature": ["鯨", "日本", "abc", "def", "ghi"]}, "nature[0]: 鯨 is too short"),
        ({"names": ["Átlantis", "atlantis", "dressab"]}, "dress[0]: dressab stands in names"),
        ({"names": ["Atlantis", "Atlantis"]}, "names[1]: Atlantis stands in names already"),
        ({"ambiguous": ["whale"]}, "ambiguous[0]: whale is no term"),
        ({"motifs": ["a fin"] * 8}, "motifs: names something twice"),
        ({"settings": ["a reef", "a cove", "a caf\u00e9", "a bay"]}, "settings[2]: is not ASCII"),
        ({"settings": ["a reef", "a cove", "a " + "x" * 45, "a bay"]}, "settings[2]: is longer"),
        ({"settings": ["a reef", "reef", "a cove", "a bay"]}, "settings[1]: needs an article"),
        ({"settings": ["a reef", "a oval bay", "a c", "a b"]}, "settings[1]: has the wrong"),
        ({"settings": ["a reef", "an Old reef", "an reef", "a b"]}, "settings[2]: has the wrong"),
        ({"settings": ["a reef", "A cove", "a c", "a b"]}, "settings[1]: begins with a capital"),
        ({"settings": ["a reef.", "a cove", "a c", "a b"]}, "settings[0]: ends with a mark"),
        (
            {"sensitivities": [{"about": "one two three four five", "advice": "Be kind."}] * 2},
            "sensitivities[0].about: has more than 4 words",
        ),
        (
            {"sensitivities": [{"about": "one", "advice": "Be kind"}] * 2},
            "sensitivities[0].advice: must be one short sentence",
        ),
    ],
)
def test_the_linter_names_file_and_field(folder: Path, changes: dict[str, Any], expected: str):
    problems = [str(one) for one in find_all(write(folder, atlantean(**changes)))]

    assert any(one.startswith(f"atlantean.yaml: {expected}") for one in problems), problems


def test_the_linter_finds_a_plain_phrase_that_is_a_term(folder: Path):
    (folder / "shared").mkdir()
    plain = {"phrases": ["dressab"], "everyday": [], "contexts": {}}
    write(folder / "shared", plain, "plain_words.yaml")

    problems = find_all(write(folder, atlantean()))

    assert [one.field for one in problems] == ["phrases[0]"]


def test_the_linter_ends_with_a_status(folder: Path, capsys: pytest.CaptureFixture[str]):
    assert main([str(folder)]) == 1
    assert main([str(write(folder, atlantean()))]) == 0
    assert main([str(write(folder, atlantean(light=["noon"])))]) == 1

    assert "atlantean.yaml: light:" in capsys.readouterr().out


def test_scene_fields_read_well_in_a_prompt():
    """What the prompts take over is ASCII and short, for every culture that ships."""
    knowledge: Knowledge = load_knowledge(FOLDER)
    for culture in knowledge.cultures:
        for field in SCENE_FIELDS:
            assert all(text.isascii() and len(text) <= 60 for text in getattr(culture, field))
