"""Reading and wording "out of memory": which errors say it, how much was asked for."""

from __future__ import annotations

import re

from app.contracts.errors import OutOfMemory

_SAYS = re.compile(
    r"can't allocate memory|out of memory|not enough memory|bad_alloc|cannot allocate memory"
    r"|CUBLAS_STATUS_ALLOC_FAILED|could not create a memory object",
    re.IGNORECASE,
)
_ASKED = re.compile(
    r"(?:tried to allocate|unable to allocate|allocate memory: you tried to allocate)"
    r"\s+([\d.]+)\s*(bytes|[KMGTP]i?B)",
    re.IGNORECASE,
)
_NAMES = ("B", "KB", "MB", "GB", "TB", "PB")
_UNITS = ("bytes", "K", "M", "G", "T", "P")
# A decoder holds about three feature maps of 128 channels at full size while it works.
_DECODER_VALUES_PER_PIXEL = 3 * 128


def says_out_of_memory(message: str) -> bool:
    """Whether an error's text tells that memory ran out, on the host or on a device."""
    return _SAYS.search(message) is not None


def requested_bytes(message: str) -> int | None:
    """The bytes that an error's text says were asked for, None where it does not say."""
    found = _ASKED.search(message)
    if found is None:
        return None
    unit = found[2] if found[2].lower() == "bytes" else found[2][0].upper()
    return int(float(found[1]) * 1024 ** _UNITS.index(unit))


def estimated_bytes(width: int, height: int, bytes_per_value: int) -> int:
    """A coarse guess of what decoding a picture of this size takes, beside the weights."""
    return width * height * _DECODER_VALUES_PER_PIXEL * bytes_per_value


def human(size: int) -> str:
    """Bytes as people say them: 8GB, 1.5GB, 640MB."""
    value = float(max(size, 0))
    unit = 0
    while round(value, 1) >= 1024 and unit < len(_NAMES) - 1:
        value, unit = value / 1024, unit + 1
    digits = 0 if value >= 10 or round(value, 1).is_integer() else 1
    return f"{value:.{digits}f}{_NAMES[unit]}"


def out_of_memory(what: str, requested: int, available: int) -> OutOfMemory:
    """The error that the client reads: `what` had no room, and two sizes in bytes."""
    return OutOfMemory(
        f"The device has no room for this {what}.",
        {"requested": human(requested), "available": human(available)},
    )
