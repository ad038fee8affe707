"""How near an encoded picture is to the original, and the search for the quality that suffices."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import numpy as np
from PIL import Image

MAX_ENCODES = 7  # enough to decide among 100 qualities: 2**7 > 101
_TAPS = 11
_SIGMA = 1.5
_C1, _C2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
_STRIP = 64  # rows at a time, so that the sums stay in the processor's cache
T = TypeVar("T")


def _window() -> np.ndarray:
    x = np.arange(_TAPS) - _TAPS // 2
    weights = np.exp(-(x**2) / (2 * _SIGMA**2))
    scaled: np.ndarray = (weights / weights.sum()).astype(np.float32)
    return scaled


def ssim(one: Image.Image, other: Image.Image) -> float:
    """Structural similarity of two pictures of one size: 1.0 is equal.

    Wang et al. 2004: mean over the luma of an 11x11 Gaussian window (sigma 1.5), no downscaling;
    transparency is laid on white first, and what is smaller than the window is mirrored outwards.
    """
    a, b = _luma(one), _luma(other)
    rows = a.shape[0] - _TAPS + 1
    weights = _window()
    total = 0.0
    for top in range(0, rows, _STRIP):
        bottom = min(top + _STRIP, rows) + _TAPS - 1
        total += _strip_sum(a[top:bottom], b[top:bottom], weights)
    return total / float(rows * (a.shape[1] - _TAPS + 1))


def _strip_sum(a: np.ndarray, b: np.ndarray, weights: np.ndarray) -> float:
    mean_a, mean_b = _blur(a, weights), _blur(b, weights)
    square_a, square_b, product = mean_a * mean_a, mean_b * mean_b, mean_a * mean_b
    variance = _blur(a * a + b * b, weights) - square_a - square_b
    covariance = _blur(a * b, weights) - product
    upper = (2 * product + _C1) * (2 * covariance + _C2)
    lower = (square_a + square_b + _C1) * (variance + _C2)
    return float((upper / lower).sum(dtype=np.float64))


def _blur(values: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """The separable window over rows and columns, valid part only."""
    high, wide = values.shape[0] - _TAPS + 1, values.shape[1] - _TAPS + 1
    half = weights[0] * values[:high]
    for tap in range(1, _TAPS):
        half += weights[tap] * values[tap : tap + high]
    whole: np.ndarray = weights[0] * half[:, :wide]
    for tap in range(1, _TAPS):
        whole += weights[tap] * half[:, tap : tap + wide]
    return whole


def _luma(image: Image.Image) -> np.ndarray:
    if image.mode == "RGBA":
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
    grey = np.asarray(image.convert("L"), np.float32)
    lacking = [max(0, _TAPS - side) for side in grey.shape]
    return np.pad(grey, [(n // 2, n - n // 2) for n in lacking], mode="symmetric")


def search(
    encode: Callable[[int], T], enough: Callable[[T], bool], rising: bool
) -> tuple[int, T] | T:
    """The best of qualities 1 to 100 in at most 7 encodes, with what it gave.

    `rising`: the lowest quality that is enough (similarity grows with quality); else the highest
    (size must stay small). Where none is, the last attempt alone, made at the extreme quality.
    """
    low, high = 1, 100
    best: tuple[int, T] | None = None
    attempt: T
    while low <= high:
        middle = (low + high) // 2
        attempt = encode(middle)
        fits = enough(attempt)
        if fits:
            best = middle, attempt
        if fits == rising:
            high = middle - 1
        else:
            low = middle + 1
    return best or attempt
