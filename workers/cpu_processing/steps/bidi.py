"""The order in which the parts of a line stand, by the Unicode bidirectional algorithm (fribidi).

Pillow's raqm orders the characters of one run in one font; a line of several fonts is ordered here
with the same library.
"""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from functools import lru_cache
from typing import TypeVar

_NAMES = ("libfribidi.so.0", "libfribidi.so", "libfribidi.dylib", "libfribidi.0.dylib")
_BASES = {"ltr": 0x110, "rtl": 0x111, None: 0x40}  # None: by the first letter with a direction
_Part = TypeVar("_Part")


def levels(text: str, direction: str | None = None) -> list[int]:
    """Each character's level in its paragraph: even from left to right, odd from right to left."""
    library = _fribidi()
    if library is None or not text or (text.isascii() and direction != "rtl"):
        return [0] * len(text)
    size = len(text)
    chars = (ctypes.c_uint32 * size)(*map(ord, text))
    types, brackets = (ctypes.c_uint32 * size)(), (ctypes.c_uint32 * size)()
    found = (ctypes.c_int8 * size)()
    base = ctypes.c_uint32(_BASES[direction])
    library.fribidi_get_bidi_types(chars, size, types)
    library.fribidi_get_bracket_types(chars, size, types, brackets)
    known = library.fribidi_get_par_embedding_levels_ex(
        types, brackets, size, ctypes.byref(base), found
    )
    if known == 0:  # no memory, says its documentation
        raise MemoryError
    return list(found)


def visual(parts: Sequence[_Part], part_levels: Sequence[int]) -> list[_Part]:
    """The parts of a line from left to right (rule L2: reverse from the highest level down)."""
    order = list(range(len(parts)))
    for level in range(max(part_levels, default=0), 0, -1):
        start = 0
        while start < len(order):
            end = start
            while end < len(order) and part_levels[order[end]] >= level:
                end += 1
            order[start:end] = reversed(order[start:end])
            start = end + 1
    return [parts[number] for number in order]


@lru_cache(maxsize=1)
def _fribidi() -> ctypes.CDLL | None:
    for name in _NAMES:
        try:
            return ctypes.CDLL(name)
        except OSError:
            continue
    return None
