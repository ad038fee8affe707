import base64
import io
from typing import Any

import numpy as np
import pytest
from PIL import Image

from workers.gpu_diffusion.pixels_engine import MOST_BYTES, small_jpeg
from workers.gpu_diffusion.preview import EVERY, MOST_SHARE, Preview, Previews


def noise(height: int, width: int) -> np.ndarray:
    """A picture that nothing compresses."""
    return np.random.default_rng(0).integers(0, 256, (height, width, 3), dtype=np.uint8)


@pytest.mark.parametrize("size", [(16, 16), (128, 128), (512, 512), (3, 200), (1, 1), (64, 48)])
def test_a_preview_is_a_small_jpeg_whatever_is_painted(size: tuple[int, int]) -> None:
    preview = small_jpeg(noise(*size))

    assert preview is not None
    assert len(preview.data) <= MOST_BYTES
    picture = Image.open(io.BytesIO(preview.data))
    assert picture.format == "JPEG"
    assert picture.size == (preview.width, preview.height)
    assert max(picture.size) == 128


class Clock:
    """A clock that a test turns."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_previews_keep_their_distance_and_leave_out_the_last_step() -> None:
    sent: list[dict[str, Any]] = []
    looks: list[int] = []
    clock = Clock()
    previews = Previews(sent.append, image=2, clock=clock)

    def look() -> Preview | None:
        looks.append(1)
        return small_jpeg(noise(16, 16))

    previews.offer(1, 8, look)
    assert (sent, looks) == ([], [])

    clock.now = EVERY
    previews.offer(2, 8, look)
    previews.offer(3, 8, look)
    clock.now = 2 * EVERY
    previews.offer(8, 8, look)

    (only,) = sent
    assert (only["image"], only["step"], only["steps"]) == (2, 2, 8)
    assert (only["mediaType"], only["width"], only["height"]) == ("image/jpeg", 128, 128)
    assert Image.open(io.BytesIO(base64.b64decode(only["imageData"]))).size == (128, 128)
    assert len(looks) == 1


def test_dear_previews_come_seldom() -> None:
    sent: list[dict[str, Any]] = []
    clock = Clock()
    previews = Previews(sent.append, image=0, clock=clock)

    def slow_look() -> Preview | None:
        clock.now += 0.1
        return small_jpeg(noise(8, 8))

    for tenth in range(200):
        clock.now = max(clock.now, tenth / 10)
        previews.offer(1, 8, slow_look)

    assert 0.1 * len(sent) <= (MOST_SHARE + 0.005) * clock.now


def test_what_cannot_be_shown_is_not_sent() -> None:
    sent: list[dict[str, Any]] = []
    clock = Clock()
    previews = Previews(sent.append, image=0, clock=clock)
    clock.now = EVERY

    previews.offer(1, 8, lambda: None)

    assert sent == []
