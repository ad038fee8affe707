"""The project's Python modules, read by ast."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = ("app", "config", "workers", "models", "scripts")
LANES = ("gpu_llm", "gpu_diffusion", "cpu_processing", "webhooks")


@dataclass(frozen=True)
class Module:
    """One module: its path from the root, its text and its tree."""

    path: str
    text: str
    tree: ast.Module

    @property
    def folder(self) -> str:
        """The first part of the path."""
        return self.path.split("/")[0]

    def imports(self) -> set[str]:
        """Every module imported anywhere in it, as a full dotted name of module or member."""
        return set(_imports(self.tree))

    def imports_at_start(self) -> set[str]:
        """What is imported as the module itself is."""
        return {name for node in self.tree.body for name in _imports_of(node)}

    def foreign(self) -> set[str]:
        """The roots of imported packages that are neither ours nor the standard library's."""
        roots = {name.split(".")[0] for name in self.imports()}
        return roots - set(sys.stdlib_module_names) - set(FOLDERS) - {"__future__"}


def modules(*folders: str) -> list[Module]:
    """The modules of these folders, of all of the project's own without any."""
    found = []
    for folder in folders or FOLDERS:
        for file in sorted((ROOT / folder).rglob("*.py")):
            if ".cache" in file.parts:
                continue
            text = file.read_text(encoding="utf-8")
            path = file.relative_to(ROOT).as_posix()
            found.append(Module(path, text, ast.parse(text, path)))
    assert found
    return found


def _imports(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        yield from _imports_of(node)


def _imports_of(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        assert node.level == 0, f"a relative import in line {node.lineno}"
        yield from (f"{node.module}.{alias.name}" for alias in node.names)
