"""Sizes in pixels: what a model paints best, what is left of a size, and how both meet."""

from __future__ import annotations

import math

Box = tuple[float, float, float, float]


def native_size(width: int, height: int, native: int, grid: int) -> tuple[int, int]:
    """The size of the same shape with about native² pixels, both sides multiples of `grid`."""
    scale = native / math.sqrt(width * height)
    return _to_grid(width * scale, grid), _to_grid(height * scale, grid)


def covering_box(have: tuple[int, int], want: tuple[int, int]) -> Box:
    """The largest centred box (left, top, right, bottom) in `have` with the shape of `want`."""
    scale = min(have[0] / want[0], have[1] / want[1])
    left = (have[0] - want[0] * scale) / 2
    top = (have[1] - want[1] * scale) / 2
    return left, top, have[0] - left, have[1] - top


def smaller_size(width: int, height: int, multiple: int, min_side: int) -> tuple[int, int] | None:
    """Three quarters of each side, rounded down to the multiple; None where that is too small."""
    sides = (width * 3 // 4 // multiple * multiple, height * 3 // 4 // multiple * multiple)
    return sides if min(sides) >= max(min_side, multiple) else None


def _to_grid(side: float, grid: int) -> int:
    return max(grid, round(side / grid) * grid)
