"""The invisible mark: it survives, it is not seen, and it is not found where it is not."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from app.contracts.errors import InvalidRequest
from app.contracts.schemas.images import Watermark
from app.marks import check_offered
from config.settings import Settings, SettingsError
from tests import pictures
from workers.cpu_processing.quality import ssim
from workers.cpu_processing.steps.invisible import FOUND, hide, score
from workers.cpu_processing.steps.watermark import Mark, watermark

KEY, OTHER = b"a secret of this test", b"another secret"


def as_file(image: Image.Image, form: str, quality: int) -> Image.Image:
    out = io.BytesIO()
    image.save(out, form, quality=quality)
    return pictures.opened(out.getvalue()).convert("RGB")


def scaled(image: Image.Image, factor: float) -> Image.Image:
    size = round(image.width * factor), round(image.height * factor)
    return image.resize(size, Image.Resampling.LANCZOS)


@pytest.fixture(scope="module")
def marked() -> list[Image.Image]:
    """Wide, high, grey, coloured: as different as pictures get, each with the mark."""
    return [
        hide(pictures.photo(512, 512, 1), KEY),
        hide(pictures.photo(640, 360, 2), KEY),
        hide(pictures.photo(300, 420, 3).convert("L"), KEY),
        hide(scaled(pictures.corners(60, 40), 10), KEY),
        hide(Image.new("RGB", (320, 320), (90, 140, 200)), KEY),
        hide(pictures.photo(400, 400, 4).convert("RGBA"), KEY),
    ]


def test_the_mark_is_found_after_webp_and_half_the_size(marked: list[Image.Image]) -> None:
    for image in marked:
        webp = as_file(image, "WEBP", 80)
        half = scaled(webp, 0.5)

        assert score(image, KEY) >= FOUND
        assert score(webp, KEY) >= FOUND
        assert score(half, KEY) >= FOUND
        assert score(as_file(half, "WEBP", 80), KEY) >= FOUND
        assert score(as_file(scaled(image.convert("RGB"), 0.6), "JPEG", 70), KEY) >= FOUND


def test_another_key_finds_nothing(marked: list[Image.Image]) -> None:
    assert all(abs(score(image, OTHER)) < FOUND for image in marked)


def test_nothing_is_found_in_hundreds_of_pictures_without_a_mark() -> None:
    random = np.random.default_rng(1)
    small = random.integers(0, 256, (300, 24, 24, 3), dtype=np.uint8)
    scores = [score(scaled(Image.fromarray(one), 12), KEY) for one in small]

    assert max(np.abs(scores)) < FOUND
    assert 0.7 < np.std(scores) < 1.3


def test_the_mark_is_not_seen() -> None:
    for seed in range(3):
        plain = pictures.photo(512, 384, seed)

        assert ssim(plain, hide(plain, KEY)) > 0.97


def test_shape_and_alpha_stay(marked: list[Image.Image]) -> None:
    assert [image.mode for image in marked] == ["RGB", "RGB", "L", "RGB", "RGB", "RGBA"]
    assert marked[1].size == (640, 360)
    clear = pictures.photo(300, 300).convert("RGBA")
    clear.putalpha(128)
    assert hide(clear, KEY).getchannel("A").getextrema() == (128, 128)


def test_a_picture_that_cannot_hold_it_is_refused() -> None:
    with pytest.raises(InvalidRequest, match="256 pixels"):
        hide(pictures.photo(255, 600), KEY)
    with pytest.raises(InvalidRequest, match="cannot hold"):
        hide(Image.new("RGBA", (300, 300)), KEY)


def test_seen_and_unseen_mark_go_together_or_alone() -> None:
    plain = pictures.photo(320, 320)
    both = Mark.from_payload(Watermark().load({"text": "©", "invisible": True}), None, KEY)
    alone = Mark.from_payload(Watermark().load({"invisible": True}), None, KEY)

    assert score(watermark(plain, both), KEY) >= FOUND
    assert score(watermark(plain, alone), KEY) >= FOUND
    assert ssim(plain, watermark(plain, alone)) > ssim(plain, watermark(plain, both))


def test_without_a_key_it_is_not_offered() -> None:
    wanted = Watermark().load({"invisible": True})

    with pytest.raises(InvalidRequest, match="IMAJIN_MARK_KEY"):
        Mark.from_payload(wanted, None, None)
    with pytest.raises(InvalidRequest) as caught:
        check_offered({"variants": [{}, {"watermark": wanted}]}, Settings())
    assert list(caught.value.details) == ["variants.1.watermark.invisible"]
    check_offered({"watermark": wanted}, Settings(mark_key="0123456789abcdef"))


def test_a_short_key_is_refused() -> None:
    with pytest.raises(SettingsError, match="IMAJIN_MARK_KEY"):
        Settings.from_env({"IMAJIN_MARK_KEY": "short"})
