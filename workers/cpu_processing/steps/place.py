"""Where a smaller rectangle stands in a larger one: the centre and the eight compass points."""

from __future__ import annotations


def place(
    outer: tuple[int, int], inner: tuple[int, int], position: str, margin: int = 0
) -> tuple[int, int]:
    """The top left corner of `inner` (width, height) in `outer`, `margin` pixels off the edges."""
    free_x, free_y = outer[0] - inner[0], outer[1] - inner[1]
    left = margin if "west" in position else free_x - margin if "east" in position else free_x // 2
    top = (
        margin
        if position.startswith("north")
        else free_y - margin
        if position.startswith("south")
        else free_y // 2
    )
    return left, top
