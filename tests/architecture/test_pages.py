"""The pages on reliability and security name the tests that show it, and each of them is there."""

from __future__ import annotations

import ast
import re

import pytest

from tests.architecture.modules import ROOT

PAGE = ROOT / "docs" / "reliability.md"
FAULTS = ROOT / "tests" / "faults"
ROWS = [f"F{number:02d}" for number in range(1, 35)]
_NAMED = re.compile(r"`(tests/[\w/]+\.py)(?:::(\w+))?`")


def found_in(path: str) -> dict[str, str]:
    """The test functions of a file with their docstrings."""
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    return {
        node.name: ast.get_docstring(node) or ""
        for node in tree.body
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    }


def table() -> dict[str, str]:
    """The page's line of each row."""
    lines = PAGE.read_text(encoding="utf-8").splitlines()
    return {line[2:5]: line for line in lines if re.match(r"\| F\d\d ", line)}


@pytest.mark.parametrize("row", ROWS)
def test_every_fault_has_its_line_and_a_test_or_a_reason(row: str) -> None:
    line = table()[row]

    assert _NAMED.search(line) or "cannot run here" in line


@pytest.mark.parametrize("page", ["reliability.md", "security.md"])
def test_every_test_that_the_page_names_is_there(page: str) -> None:
    named = _NAMED.findall((PAGE.parent / page).read_text(encoding="utf-8"))

    assert named
    for path, name in named:
        assert (ROOT / path).exists(), path
        assert not name or name in found_in(path), f"{path}::{name}"


def test_every_test_of_a_fault_begins_with_its_row_and_stands_in_it() -> None:
    lines = table()
    for file in sorted(FAULTS.glob("test_*.py")):
        path = file.relative_to(ROOT).as_posix()
        for name, docstring in found_in(path).items():
            rows = re.match(r"(F\d\d)(?:, (F\d\d))*:", docstring)
            assert rows, f"{path}::{name} begins with no row"
            for row in re.findall(r"F\d\d", rows.group()):
                assert f"`{path}::{name}`" in lines[row], f"{row} lacks {path}::{name}"
