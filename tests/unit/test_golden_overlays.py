"""Overlays and marks look as they did when a person looked at them."""

from __future__ import annotations

import pytest
from PIL import Image

from tests.golden_overlays import COLOR_EMOJI, FOLDER, drawn
from workers.cpu_processing.quality import ssim
from workers.cpu_processing.steps.fonts import color_emoji, shaping

NAMES = sorted(path.stem for path in FOLDER.glob("*.png"))


@pytest.fixture(scope="module")
def now() -> dict[str, Image.Image]:
    """The golden pictures drawn by the code as it is."""
    if not shaping():
        pytest.skip("fribidi is not installed here")
    return drawn()


@pytest.mark.parametrize("name", NAMES)
def test_it_looks_as_it_did(name, now):
    if name in COLOR_EMOJI and color_emoji() is None:
        pytest.skip(
            "Noto Color Emoji is not installed here: apt-get install fonts-noto-color-emoji"
        )
    golden = Image.open(FOLDER / f"{name}.png").convert("RGB")

    assert ssim(golden, now[name]) > 0.98


def test_every_golden_picture_is_compared(now):
    assert set(now) == set(NAMES)


def test_another_text_would_be_seen(now):
    golden = Image.open(FOLDER / "stroke.png").convert("RGB")

    assert ssim(golden, now["shadow"]) < 0.9
