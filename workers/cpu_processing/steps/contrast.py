"""Which of black and white is read on a ground, by the contrast ratio of WCAG 2."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PIL import Image

from workers.cpu_processing.steps.colour import Rgba

WHITE: Rgba = (255, 255, 255, 255)
BLACK: Rgba = (0, 0, 0, 255)
ENOUGH = 4.5  # WCAG's AA for text of any size
_SAMPLE = 64  # pixels on the longer side: what is finer than that does not hide a letter
_WORST = 5  # per cent of the ground that may be worse than what is promised


@dataclass(frozen=True)
class Choice:
    """Black or white, and the contrast that it has on nearly all of the ground."""

    color: Rgba
    ratio: float

    @property
    def enough(self) -> bool:
        """Whether it can be read without an outline."""
        return self.ratio >= ENOUGH


def choose(ground: Image.Image) -> Choice:
    """The better of black and white on this ground (RGB or RGBA).

    What is transparent may come to stand on anything, so it counts as both black and white.
    """
    small = ground.copy()
    small.thumbnail((_SAMPLE, _SAMPLE), Image.Resampling.BOX)
    light = np.concatenate([_luminance(_on(small, under)) for under in (0, 255)])
    on_white = float(np.percentile(1.05 / (light + 0.05), _WORST))
    on_black = float(np.percentile((light + 0.05) / 0.05, _WORST))
    return Choice(WHITE, on_white) if on_white >= on_black else Choice(BLACK, on_black)


def opposite(color: Rgba) -> Rgba:
    """Black or white, whichever stands out from a colour."""
    return choose(Image.new("RGB", (1, 1), color[:3])).color


def _on(image: Image.Image, under: int) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    if image.mode != "RGBA":
        return np.asarray(image.convert("RGB"), float)
    ground = Image.new("RGBA", image.size, (under, under, under, 255))
    return np.asarray(Image.alpha_composite(ground, image).convert("RGB"), float)


def _luminance(
    pixels: np.ndarray[tuple[int, ...], np.dtype[np.float64]],
) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    """WCAG's relative luminance, 0 to 1, of every pixel."""
    part = pixels.reshape(-1, 3) / 255
    linear = np.where(part <= 0.04045, part / 12.92, ((part + 0.055) / 1.055) ** 2.4)
    weighted: np.ndarray[tuple[int, ...], np.dtype[np.float64]] = linear @ (0.2126, 0.7152, 0.0722)
    return weighted
