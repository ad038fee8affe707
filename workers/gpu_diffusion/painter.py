"""Paints the pictures of one job, a size down where memory is short and the client allows it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from app.contracts.errors import OutOfMemory
from workers.gpu_diffusion.engine import ImageEngine, OnPreview, OnStep, Painted, Recipe
from workers.gpu_diffusion.sizes import smaller_size

Adjustment = dict[str, str]


class Painter:
    """Keeps what was changed in `adjustments`; a change holds for the job's later pictures."""

    def __init__(
        self, engine: ImageEngine, recipe: Recipe, multiple: int, min_side: int, downgrade: bool
    ) -> None:
        self._engine = engine
        self._recipe = recipe
        self._ways = downgrades(recipe, multiple, min_side) if downgrade else iter(())
        self.adjustments: list[Adjustment] = []

    def paint(self, index: int, on_step: OnStep, on_preview: OnPreview | None = None) -> Painted:
        """Paint picture `index`; OutOfMemory, with what was tried, when no way is left."""
        while True:
            try:
                return self._engine.paint(self._recipe, index, on_step, on_preview)
            except OutOfMemory as error:
                way = next(self._ways, None)
                if way is None:
                    tried = {"adjustments": self.adjustments} if self.adjustments else {}
                    raise OutOfMemory(error.message, error.details | tried) from None
            self._recipe, adjustment = way
            self.adjustments.append(adjustment)


def downgrades(recipe: Recipe, multiple: int, min_side: int) -> Iterator[tuple[Recipe, Adjustment]]:
    """Cheaper recipes, the mildest first: decoded in tiles, then at three quarters of each side."""
    tiled = replace(recipe, tiled=True)
    yield tiled, {"what": "decoding", "from": "whole", "to": "tiled"}
    smaller = smaller_size(recipe.width, recipe.height, multiple, min_side)
    if smaller:
        change = {"what": "size", "from": f"{recipe.width}x{recipe.height}"}
        change["to"] = f"{smaller[0]}x{smaller[1]}"
        yield replace(tiled, width=smaller[0], height=smaller[1]), change
