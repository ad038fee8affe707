"""Writes the pages of docs/ that are tables of the code: python -m scripts.generate_docs."""

from __future__ import annotations

import re
import types
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import SecretStr
from pydantic.fields import FieldInfo

from app.contracts.errors import ImajinError, all_errors
from config.settings import ROOT, Settings, variable

DOCS = ROOT / "docs"
NOTE = "<!-- Written by `python -m scripts.generate_docs`; change the code, not this page. -->"
MACHINE = {"cpu_workers": "the number of cores"}  # defaults that each machine has its own of


def errors_page() -> str:
    """docs/errors.md: every code a client can meet."""
    rows = [_error_row(kind) for kind in all_errors()]
    return _page(
        "Error codes",
        'Every error, from every route, is `{"error": sentence, "code": CODE, "details": {…}}`. '
        "Codes are stable; sentences are for people and may change.",
        ("code", "status", "when", "details", "worth trying again"),
        rows,
    )


def settings_page() -> str:
    """docs/settings.md: every environment variable."""
    rows = [_setting_row(name, field) for name, field in Settings.model_fields.items()]
    return _page(
        "Settings",
        "Settings are environment variables. An unknown `IMAJIN_` name or a bad value stops the "
        "start and is named. The paths of the defaults start at the repository's root.",
        ("variable", "type", "default", "meaning"),
        rows,
    )


PAGES: dict[str, Callable[[], str]] = {"errors.md": errors_page, "settings.md": settings_page}


def _page(title: str, lead: str, head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    table = [head, tuple("---" for _ in head), *rows]
    lines = ["| " + " | ".join(_cell(cell) for cell in row) + " |" for row in table]
    return "\n".join([f"# {title}", "", NOTE, "", lead, "", *lines, ""])


def _cell(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip().replace("|", r"\|")


def _error_row(kind: type[ImajinError]) -> tuple[str, ...]:
    details = f"`{kind.details_doc}`" if kind.details_doc else ""
    again = "yes" if kind.retryable else "no"
    return f"`{kind.code}`", str(kind.status), kind.__doc__ or "", details, again


def _setting_row(name: str, field: FieldInfo) -> tuple[str, ...]:
    default = MACHINE.get(name) or _default(field.default)
    return f"`{variable(name)}`", _type(field.annotation), default, field.description or ""


def _default(value: Any) -> str:
    if value is None:
        return "unset"
    if isinstance(value, Path):
        value = value.relative_to(ROOT) if value.is_relative_to(ROOT) else value
    if isinstance(value, tuple):
        value = ",".join(str(part) for part in value)
    return f"`{value}`"


def _type(kind: Any) -> str:
    """A type in a word or two, without the None of what may be left unset."""
    if get_origin(kind) is Literal:
        return ", ".join(f"`{choice}`" for choice in get_args(kind))
    if get_origin(kind) in (types.UnionType, Union):
        return " or ".join(_type(part) for part in get_args(kind) if part is not type(None))
    if get_origin(kind) is Annotated:
        return _type(get_args(kind)[0])
    if get_origin(kind) is tuple:
        return f"list of {_type(get_args(kind)[0])}s"
    names = {
        int: "integer",
        float: "number",
        bool: "1 or 0",
        str: "text",
        Path: "path",
        SecretStr: "text",
    }
    return names.get(kind, str(kind))


def main() -> None:
    """Write every page."""
    DOCS.mkdir(exist_ok=True)
    for name, page in PAGES.items():
        (DOCS / name).write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
