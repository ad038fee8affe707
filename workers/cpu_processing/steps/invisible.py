"""An invisible mark: a key's pattern in the middle frequencies of the luma, found at any size.

The picture is looked at as 256x256 whatever its own size is, so that resizing changes nothing. A
key gives each frequency a sign; the mark shifts each coefficient a little to its sign's side. For
a key that is not in it a picture's score is a sum of random signs, and by Hoeffding's bound it
reaches x by chance in less than one of exp(x * x / 2) pictures, whatever they show.
"""

from __future__ import annotations

import hashlib
import io
from functools import lru_cache
from typing import NoReturn

import numpy as np
from PIL import Image

from app.contracts.errors import InvalidRequest
from workers.cpu_processing.steps.colour import flatten

FOUND = 5.0  # the score from which a mark is there
SMALLEST = 256  # pixels of the shorter side; half of that still holds the frequencies
_ENOUGH = 6.5  # the score that the mark must reach in a WebP of quality 80 at half the size
_STRENGTHS = (0.1, 0.14, 0.2, 0.28, 0.4, 0.56, 0.8, 1.1, 1.6, 2.2, 3.2)
_SIDE, _LOW, _HIGH = 256, 16, 72
_FLOOR = 4.0  # a coefficient's least expected size: in flat pictures there is only rounding
_CLIP = 3.0
_BICUBIC = Image.Resampling.BICUBIC
_WHITE = (255, 255, 255, 255)


def hide(image: Image.Image, key: bytes) -> Image.Image:
    """The L, RGB or RGBA picture with the key's mark, as weak as it may be to survive.

    Raises InvalidRequest where the picture is too small or cannot hold it.
    """
    if min(image.size) < SMALLEST:
        raise _refused(f"An invisible mark needs {SMALLEST} pixels on each side.")
    pattern = Image.fromarray(_pattern(_luma(image), key)).resize(image.size, _BICUBIC)
    shape = np.asarray(pattern)
    low, high = 0, len(_STRENGTHS)
    best: Image.Image | None = None
    while low < high:
        middle = (low + high) // 2
        marked = _added(image, shape * _STRENGTHS[middle])
        if score(_worn(marked), key) >= _ENOUGH:
            best, high = marked, middle
        else:
            low = middle + 1
    if best is None:
        raise _refused("The picture cannot hold an invisible mark.")
    return best


def score(image: Image.Image, key: bytes) -> float:
    """How clearly the key's mark is there; from FOUND on it is."""
    expected, coefficients = _coefficients(_luma(image))
    seen = np.clip(coefficients / expected, -_CLIP, _CLIP)[_band()]
    signs = _signs(key)[_band()]
    return float((seen * signs).sum() / np.sqrt((seen * seen).sum() + 1e-9))


def _pattern(luma: np.ndarray, key: bytes) -> np.ndarray:
    """The mark at strength 1 on the 256x256 grid, faint where the picture is smooth."""
    expected, _ = _coefficients(luma)
    amplitude = np.median(expected[_band()])
    waves = _waves()
    spectrum = np.where(_band(), amplitude * _signs(key), 0).astype(np.float32)
    even = _product(_product(waves.T, spectrum), waves)
    pattern: np.ndarray = (even * _activity(luma)).astype(np.float32)
    return pattern


def _coefficients(luma: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """What size coefficients have around each one, and the coefficients themselves."""
    coefficients = _product(_product(_waves(), luma), _waves().T)
    rings = _rings()
    expected = np.full_like(coefficients, _FLOOR)
    for ring in np.unique(rings[_band()]):
        at = _band() & (rings == ring)
        expected[at] = max(_FLOOR, float(np.median(np.abs(coefficients[at]))) / 0.6745)
    return expected, coefficients


def _product(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """A matrix product without BLAS, whose threads take 80 ms where other processes are busy."""
    product: np.ndarray = np.einsum("ij,jk->ik", one, other)
    return product


def _activity(luma: np.ndarray) -> np.ndarray:
    """How much the picture itself varies around each pixel, against the whole; 0.06 to 3."""
    spread = np.sqrt(np.maximum(_blur(luma * luma) - _blur(luma) ** 2, 0))
    activity: np.ndarray = np.clip((spread + 1) / (spread.mean() + 1), 0.06, 3.0)
    return activity


def _blur(values: np.ndarray, taps: int = 5) -> np.ndarray:
    padded = np.pad(values.astype(np.float64), taps // 2, mode="reflect")
    sums = np.pad(padded.cumsum(0).cumsum(1), ((1, 0), (1, 0)))
    whole: np.ndarray = (
        sums[taps:, taps:] - sums[:-taps, taps:] - sums[taps:, :-taps] + sums[:-taps, :-taps]
    )
    return whole / taps**2


def _luma(image: Image.Image) -> np.ndarray:
    grey = flatten(image, _WHITE).convert("L")
    small = grey.resize((_SIDE, _SIDE), Image.Resampling.LANCZOS, reducing_gap=3.0)
    return np.asarray(small, np.float32)


def _added(image: Image.Image, mark: np.ndarray) -> Image.Image:
    """The picture with the mark added to its grey or to each of its colours."""
    pixels = np.asarray(image, np.float32).copy()
    if image.mode == "L":
        pixels += mark
    else:
        pixels[..., :3] += mark[..., None]
    return Image.fromarray(np.clip(pixels + 0.5, 0, 255).astype(np.uint8), image.mode)


def _worn(image: Image.Image) -> Image.Image:
    """What the mark must survive: half the size, as WebP of quality 80."""
    half = (
        flatten(image, _WHITE)
        .convert("RGB")
        .resize((max(1, image.width // 2), max(1, image.height // 2)), Image.Resampling.LANCZOS)
    )
    out = io.BytesIO()
    half.save(out, "WEBP", quality=80, method=2)
    with Image.open(out) as again:
        return again.convert("RGB")


@lru_cache(maxsize=1)
def _waves() -> np.ndarray:
    """The first rows of the orthonormal DCT-II of 256 values."""
    row, at = np.arange(_HIGH)[:, None], np.arange(_SIDE)[None]
    waves = np.sqrt(2 / _SIDE) * np.cos(np.pi * (2 * at + 1) * row / (2 * _SIDE))
    waves[0] /= np.sqrt(2)
    as_float: np.ndarray = waves.astype(np.float32)
    return as_float


@lru_cache(maxsize=1)
def _radii() -> np.ndarray:
    across = np.arange(_HIGH, dtype=np.float32)
    radii: np.ndarray = np.hypot(across[:, None], across[None])
    return radii


def _rings() -> np.ndarray:
    rings: np.ndarray = (_radii() // 4).astype(int)
    return rings


def _band() -> np.ndarray:
    band: np.ndarray = (_radii() >= _LOW) & (_radii() < _HIGH)
    return band


@lru_cache(maxsize=8)
def _signs(key: bytes) -> np.ndarray:
    """+1 or -1 for each frequency, by the bits of SHAKE-256 over the key."""
    count = _HIGH * _HIGH
    bits = np.unpackbits(np.frombuffer(hashlib.shake_256(key).digest(count // 8 + 1), np.uint8))
    signs: np.ndarray = bits[:count].reshape(_HIGH, _HIGH).astype(np.float32) * 2 - 1
    return signs


def no_key() -> NoReturn:
    """Refuse an invisible mark where the service has no key for one."""
    raise _refused("This service offers no invisible mark: IMAJIN_MARK_KEY is not set.")


def _refused(sentence: str) -> InvalidRequest:
    return InvalidRequest(sentence, {"watermark.invisible": [sentence]})
