"""How this process's memory allocator treats the large, short-lived buffers of pictures."""

from __future__ import annotations

import ctypes
import sys

# mallopt(3), glibc
_TRIM_THRESHOLD, _TOP_PAD, _MMAP_THRESHOLD, _ARENA_MAX = -1, -2, -3, -8
_KEPT = 256 << 20  # bytes of freed heap that stay with the process
_LARGEST = 32 << 20  # the highest threshold that glibc takes


def keep_pages() -> None:
    """Keep freed pages for the next picture instead of giving each buffer back to the kernel.

    Fetching them anew costs a fifth of the time of a derivative. Elsewhere than on glibc nothing
    happens.
    """
    if sys.platform != "linux":
        return
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is None:
        return
    mallopt(_ARENA_MAX, 1)
    mallopt(_MMAP_THRESHOLD, _LARGEST)
    mallopt(_TRIM_THRESHOLD, _KEPT)
    mallopt(_TOP_PAD, _LARGEST)
