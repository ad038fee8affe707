"""The catalogue of models that this deployment offers, read from models.yaml."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError


class CatalogError(ValueError):
    """models.yaml cannot be used; the message names the file and the field."""


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", protected_namespaces=())


class ImageDefaults(_Frozen):
    """What a request that leaves these out gets: pixels, steps, guidance scale, sampler."""

    width: int = Field(512, ge=64, le=4096)
    height: int = Field(512, ge=64, le=4096)
    steps: int = Field(20, ge=1, le=150)
    guidance_scale: float = Field(4.0, ge=0, le=30)
    scheduler: str = "dpm++"


class ImageModel(_Frozen):
    """A diffusion pipeline: a local folder or a hub id, loaded from safetensors only."""

    source: str
    revision: str | None = None
    variant: str | None = None
    dtype: Literal["float32", "float16", "bfloat16"] = "float32"
    licence: str
    world: str = ""
    styles: tuple[Literal["photorealistic", "anime"], ...]
    style_prompts: dict[str, str] = {}
    defaults: ImageDefaults = ImageDefaults()
    multiple: int = Field(8, ge=1, le=128)
    native: int | None = Field(None, ge=32, le=4096)
    min_side: int = Field(64, ge=16)
    max_pixels: int = Field(2048 * 2048, ge=4096)


class TextModel(_Frozen):
    """A language model in one GGUF file (for a split one, its first part).

    With `sha256` no other content is loaded: llama.cpp parses the file, and its parser had holes.
    """

    source: str
    sha256: str | None = Field(None, pattern="[0-9a-f]{64}")
    licence: str
    template: Literal["brief", "reasoning"] = "reasoning"
    context: int = Field(8192, ge=256)
    gpu_layers: int = Field(-1, ge=-1)
    tensor_split: tuple[float, ...] | None = None
    threads: int | None = Field(None, ge=1)
    think_tokens: int = Field(1500, ge=0)
    temperature: float = Field(0.6, ge=0, le=2)
    top_p: float = Field(0.95, gt=0, le=1)


class Catalog(_Frozen):
    """All models by id, and the aliases that clients use."""

    image_models: dict[str, ImageModel]
    text_models: dict[str, TextModel]
    aliases: dict[str, str]
    text_model: str

    def image(self, name: str) -> tuple[str, ImageModel]:
        """The entry's id and the entry of an alias or id; KeyError for an unknown name."""
        entry_id = self.aliases.get(name, name)
        return entry_id, self.image_models[entry_id]

    def image_names(self) -> list[str]:
        """Every name a request may use, aliases first."""
        return [*self.aliases, *self.image_models]


def load_catalog(path: Path) -> Catalog:
    """Read and check models.yaml; CatalogError names what is wrong and where."""
    try:
        catalog = Catalog.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except (OSError, yaml.YAMLError) as error:
        raise CatalogError(f"{path}: {error}") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise CatalogError(f"{path}: {where}: {first['msg']}") from error
    _check_references(path, catalog)
    return catalog


def _check_references(path: Path, catalog: Catalog) -> None:
    for alias, target in catalog.aliases.items():
        if target not in catalog.image_models:
            raise CatalogError(f"{path}: aliases.{alias}: no image model is called {target!r}")
    if catalog.text_model not in catalog.text_models:
        raise CatalogError(f"{path}: text_model: no text model is called {catalog.text_model!r}")
