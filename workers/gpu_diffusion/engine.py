"""The border of the lane: what paints pictures, what it is asked for, what it gives."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from workers.gpu_diffusion.preview import Preview

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SEEDS = 2**32

OnStep = Callable[[int, int], None]
Look = Callable[[], Preview | None]
OnPreview = Callable[[int, int, Look], None]


class DeviceLost(SystemExit):
    """The accelerator's context is dead: every later call in this process would fail too.

    Only a fresh process can use the device again, hence SystemExit: the child ends, and the
    job is started anew in the child that takes its place.
    """


@dataclass(frozen=True)
class ModelSpec:
    """A pipeline to load: `source` is a folder (relative to `root`) or a hub id."""

    entry: str
    source: str
    root: Path
    revision: str | None = None
    variant: str | None = None
    dtype: str = "float32"
    native: int | None = None


@dataclass(frozen=True)
class Recipe:
    """The resolved inputs of `num_images` pictures, as the model gets them; sizes in pixels."""

    prompt: str
    negative_prompt: str
    width: int
    height: int
    steps: int
    guidance_scale: float
    scheduler: str
    seed: int
    num_images: int = 1
    tiled: bool = False  # decode in tiles: slower, with far less memory

    @classmethod
    def from_payload(cls, data: dict[str, Any], prompt: str | None = None) -> Recipe:
        """Read a payload's recipe, with another prompt if one is given; KeyError for a gap."""
        return cls(
            prompt=data["prompt"] if prompt is None else prompt,
            negative_prompt=data.get("negative_prompt", ""),
            width=data["width"],
            height=data["height"],
            steps=data["steps"],
            guidance_scale=data["guidance_scale"],
            scheduler=data["scheduler"],
            seed=data["seed"],
            num_images=data.get("num_images", 1),
        )

    def seed_of(self, index: int) -> int:
        """The seed of picture `index`: alone with it, the same picture comes out again."""
        return (self.seed + index) % SEEDS


@dataclass(frozen=True)
class Painted:
    """One picture: RGB bytes as an array (height, width, 3), uint8; times in milliseconds.

    `withheld`: the model's own safety checker put a black picture in its place.
    """

    rgb: NDArray[np.uint8]
    denoise_ms: float
    decode_ms: float
    withheld: bool = False


class ImageEngine(Protocol):
    """A model that paints one picture at a time from a recipe."""

    @property
    def name(self) -> str:
        """The id of its catalogue entry."""
        ...

    @property
    def revision(self) -> str:
        """Which weights these are: a hub commit or a fingerprint of the folder."""
        ...

    def load(self) -> None:
        """Get ready to paint; ModelUnavailable or OutOfMemory where that fails."""
        ...

    def paint(
        self, recipe: Recipe, index: int, on_step: OnStep, on_preview: OnPreview | None = None
    ) -> Painted:
        """Paint picture `index`; `on_step(step, steps)` follows each step and may raise to stop.

        `on_preview(step, steps, look)` follows it; `look()` gives a small picture of the state.
        OutOfMemory where the device has no room; the engine can paint on afterwards.
        """
        ...

    def close(self) -> None:
        """Give the memory back."""
        ...
