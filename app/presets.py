"""The presets as the gateway serves them: every variant checked by the schema of /derivatives."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from marshmallow import ValidationError

from app.contracts.schemas.derivatives import Variant
from config.presets import Preset, PresetError, load_presets


class Presets:
    """Presets by name; PresetError at the start where a variant is not one."""

    def __init__(self, presets: dict[str, Preset]) -> None:
        self._presets = presets
        self._variants = {name: _loaded(name, preset) for name, preset in presets.items()}

    @classmethod
    def from_file(cls, path: Path) -> Presets:
        """Read and check presets.yaml."""
        return cls(load_presets(path))

    def names(self) -> list[str]:
        """What a request may ask for."""
        return list(self._presets)

    def variants(self, name: str) -> list[dict[str, Any]]:
        """A preset's variants as a request's own would be loaded; KeyError for an unknown name."""
        return list(self._variants[name])

    def as_json(self) -> dict[str, Any]:
        """All presets as their file has them."""
        return {name: preset.model_dump(mode="json") for name, preset in self._presets.items()}


def _loaded(name: str, preset: Preset) -> list[dict[str, Any]]:
    try:
        loaded: list[dict[str, Any]] = Variant(many=True).load(list(preset.variants))
    except ValidationError as error:
        raise PresetError(f"preset {name}: {error.messages}") from error
    return loaded
