"""Find the part of a picture that says most, for a crop that must leave something out."""

from __future__ import annotations

import numpy as np

from workers.cpu_processing.steps.resample import Picture, resample

_LOOK = 256  # longest side of the copy that is looked at
_BINS = 16


def busiest(image: Picture, width: float, height: float) -> tuple[float, float]:
    """The top left corner of the window (in the picture's pixels) of highest edge entropy.

    Edges are the gradient's magnitude on a small grey copy, put into 16 classes; a window's worth
    is the entropy of its classes, so that a window of varied detail beats sky and beats plain
    texture. Windows slide over both free axes in steps of one pixel of the copy; of equal ones
    the nearest to the centre wins.
    """
    scale = min(1.0, _LOOK / max(image.size))
    size = max(1, round(image.width * scale)), max(1, round(image.height * scale))
    small = np.asarray(resample(image, size).convert("L"), np.float32)
    wide = min(size[0], max(1, round(width * scale)))
    high = min(size[1], max(1, round(height * scale)))
    worth = _entropy(_window_counts(_classes(small), wide, high))
    top, left = _best(worth)
    return (
        min(left / scale, image.width - width),
        min(top / scale, image.height - height),
    )


def _classes(grey: np.ndarray) -> np.ndarray:
    """Each pixel's class of edge strength, 0 to 15."""
    steep_x = np.zeros_like(grey)
    steep_y = np.zeros_like(grey)
    steep_x[:, 1:-1] = grey[:, 2:] - grey[:, :-2]
    steep_y[1:-1] = grey[2:] - grey[:-2]
    strength = np.hypot(steep_x, steep_y)
    classes: np.ndarray = np.minimum(strength / 8, _BINS - 1).astype(np.int64)
    return classes


def _window_counts(classes: np.ndarray, wide: int, high: int) -> np.ndarray:
    """How often each class stands in each window: (classes, window rows, window columns)."""
    one_hot = classes[None] == np.arange(_BINS)[:, None, None]
    sums = np.pad(one_hot.cumsum(1, dtype=np.int32).cumsum(2), ((0, 0), (1, 0), (1, 0)))
    counts: np.ndarray = (
        sums[:, high:, wide:] - sums[:, :-high, wide:] - sums[:, high:, :-wide]
    ) + sums[:, :-high, :-wide]
    return counts


def _entropy(counts: np.ndarray) -> np.ndarray:
    share = counts / counts.sum(0)
    worth: np.ndarray = -(share * np.log2(np.maximum(share, 1e-9))).sum(0)
    return worth


def _best(worth: np.ndarray) -> tuple[int, int]:
    rows, columns = np.nonzero(worth >= worth.max() - 1e-6)
    off_centre = np.hypot(rows - (worth.shape[0] - 1) / 2, columns - (worth.shape[1] - 1) / 2)
    nearest = int(off_centre.argmin())
    return int(rows[nearest]), int(columns[nearest])
