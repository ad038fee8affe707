"""The derivative presets that this deployment offers, read from presets.yaml."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError


class PresetError(ValueError):
    """presets.yaml cannot be used; the message names the file and the field."""


class Preset(BaseModel):
    """A named list of variants, each written as a client would write it in a request."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    description: str = Field(min_length=1)
    variants: tuple[dict[str, Any], ...] = Field(min_length=1, max_length=32)


def load_presets(path: Path) -> dict[str, Preset]:
    """Read the presets by name; PresetError names what is wrong and where.

    The variants themselves are checked by the gateway's schema, the one source of validation.
    """
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError) as error:
        raise PresetError(f"{path}: {error}") from error
    if not isinstance(content, dict):
        raise PresetError(f"{path}: presets by name are wanted")
    presets: dict[str, Preset] = {}
    for name, value in content.items():
        try:
            presets[str(name)] = Preset.model_validate(value)
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join((str(name), *(str(part) for part in first["loc"])))
            raise PresetError(f"{path}: {where}: {first['msg']}") from error
    return presets
