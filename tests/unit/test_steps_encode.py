"""Encoding at a quality, towards a similarity, and towards a size."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, JpegImagePlugin

from app.contracts.errors import InvalidRequest
from tests import pictures
from workers.cpu_processing.quality import MAX_ENCODES, search, ssim
from workers.cpu_processing.steps import encode as encoding
from workers.cpu_processing.steps.encode import DEFAULT_QUALITY, encode

PHOTO = pictures.photo(256, 192)
LOSSY = ["jpeg", "webp", "avif"]


@pytest.mark.parametrize("form", ["png", *LOSSY])
@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA"])
def test_each_format_takes_each_mode(form, mode):
    done = encode(PHOTO.convert(mode), form)

    again = pictures.opened(done.data)
    assert (again.format.lower(), again.size) == (form, PHOTO.size)
    assert ssim(PHOTO.convert(mode), again) > 0.93
    assert done.quality == DEFAULT_QUALITY.get(form)


def test_png_loses_nothing():
    assert pictures.opened(encode(PHOTO, "png").data).tobytes() == PHOTO.tobytes()


@pytest.mark.parametrize("form", ["png", "webp", "avif"])
def test_alpha_is_kept_where_the_format_has_it(form):
    half = Image.new("RGBA", (32, 32), (200, 40, 40, 100))

    again = pictures.opened(encode(half, form).data)

    assert pictures.near(again.convert("RGBA").getpixel((9, 9)), (200, 40, 40, 100), 6)


def test_jpeg_lays_alpha_on_the_background():
    clear = Image.new("RGBA", (32, 32), (0, 0, 0, 0))

    on_white = pictures.opened(encode(clear, "jpeg").data)
    on_green = pictures.opened(encode(clear, "jpeg", background=(0, 128, 0, 255)).data)

    assert pictures.near(on_white.getpixel((9, 9)), (255, 255, 255), 3)
    assert pictures.near(on_green.getpixel((9, 9)), (0, 128, 0), 4)


def test_jpeg_is_progressive_with_half_the_colour():
    again = Image.open(pictures.io.BytesIO(encode(PHOTO, "jpeg").data))

    assert again.info["progressive"]
    assert JpegImagePlugin.get_sampling(again) == 2  # 4:2:0


@pytest.mark.parametrize("form", LOSSY)
def test_a_higher_quality_is_larger_and_nearer(form):
    low, high = encode(PHOTO, form, 30), encode(PHOTO, form, 90)

    assert len(low.data) < len(high.data)
    assert ssim(PHOTO, pictures.opened(low.data)) < ssim(PHOTO, pictures.opened(high.data))
    assert (low.quality, high.quality) == (30, 90)


@pytest.mark.parametrize("form", LOSSY)
def test_the_lowest_quality_that_reaches_a_similarity_is_found(form, monkeypatch):
    tries = counted(monkeypatch)

    done = encode(PHOTO, form, {"ssim": 0.95})

    assert done.ssim >= 0.95
    assert ssim(PHOTO, pictures.opened(done.data)) == pytest.approx(done.ssim, abs=1e-4)
    assert len(tries) <= MAX_ENCODES
    if done.quality > 1:
        below = pictures.opened(encode(PHOTO, form, done.quality - 1).data)
        assert ssim(PHOTO, below) < 0.9501


@pytest.mark.parametrize("form", LOSSY)
def test_the_highest_quality_within_a_size_is_found(form, monkeypatch):
    limit = len(encode(PHOTO, form, 55).data)
    tries = counted(monkeypatch)

    done = encode(PHOTO, form, {"max_bytes": limit})

    assert len(done.data) <= limit
    assert done.quality >= 50  # sizes of neighbouring qualities are not strictly in order
    assert done.ssim == pytest.approx(ssim(PHOTO, pictures.opened(done.data)), abs=1e-4)
    assert len(tries) <= MAX_ENCODES


@pytest.mark.parametrize("form", ["png", *LOSSY])
def test_an_impossible_size_says_what_was_reached(form):
    with pytest.raises(InvalidRequest) as caught:
        encode(PHOTO, form, {"max_bytes": 256})

    assert caught.value.details["reachedBytes"] > 256
    assert str(caught.value.details["reachedBytes"]) in caught.value.message


def test_an_impossible_similarity_says_what_was_reached():
    faint = np.random.default_rng(1).normal(128, 4, (64, 64, 3))
    noise = Image.fromarray(faint.astype(np.uint8))

    with pytest.raises(InvalidRequest) as caught:
        encode(noise, "webp", {"ssim": 0.999})

    assert caught.value.details["reachedSsim"] < 0.999


def test_png_meets_any_similarity():
    assert encode(PHOTO, "png", {"ssim": 0.999}).ssim == 1.0


def test_webp_says_that_a_side_is_too_long():
    with pytest.raises(InvalidRequest, match="16383"):
        encode(Image.new("L", (16384, 1)), "webp")


@pytest.mark.parametrize("edge", [1, 2, 37, 50, 99, 100])
def test_the_search_decides_every_edge_in_seven_tries(edge):
    tries: list[int] = []

    def attempt(quality: int) -> int:
        tries.append(quality)
        return quality

    assert search(attempt, lambda q: q >= edge, rising=True) == (edge, edge)
    assert len(tries) <= MAX_ENCODES
    tries.clear()
    assert search(attempt, lambda q: q <= edge, rising=False) == (edge, edge)
    assert len(tries) <= MAX_ENCODES


def test_the_search_ends_at_the_extreme_where_nothing_is_enough():
    assert search(lambda q: q, lambda q: False, rising=True) == 100
    assert search(lambda q: q, lambda q: False, rising=False) == 1


def test_similarity_is_one_for_equal_and_falls_with_noise():
    rng = np.random.default_rng(2)
    pixels = np.asarray(PHOTO, np.float32)
    noisy = [
        Image.fromarray(np.clip(pixels + rng.normal(0, s, pixels.shape), 0, 255).astype(np.uint8))
        for s in (2, 8, 25)
    ]

    values = [ssim(PHOTO, PHOTO), *(ssim(PHOTO, other) for other in noisy)]

    assert values[0] == pytest.approx(1.0)
    assert values == sorted(values, reverse=True)
    assert values[-1] < 0.6


def test_similarity_agrees_with_the_formula_written_out():
    one, other = pictures.photo(24, 20, 1).convert("L"), pictures.photo(24, 20, 2).convert("L")

    assert ssim(one, other) == pytest.approx(plain_ssim(one, other), abs=1e-4)


def test_similarity_of_strips_equals_the_whole():
    tall = pictures.photo(40, 150, 1).convert("L")
    other = pictures.opened(encode(tall, "jpeg", 20).data)

    assert ssim(tall, other) == pytest.approx(plain_ssim(tall, other), abs=1e-4)


def test_pictures_smaller_than_the_window_are_compared_too():
    assert ssim(Image.new("L", (3, 2), 9), Image.new("L", (3, 2), 9)) == pytest.approx(1.0)
    assert ssim(Image.new("L", (3, 2), 0), Image.new("L", (3, 2), 255)) < 0.1


def plain_ssim(one: Image.Image, other: Image.Image) -> float:
    """Wang 2004, window by window, in double precision."""
    a, b = np.asarray(one, float), np.asarray(other, float)
    x = np.arange(11) - 5
    line = np.exp(-(x**2) / 4.5)
    w = np.outer(line, line) / np.outer(line, line).sum()
    values = []
    for top in range(a.shape[0] - 10):
        for left in range(a.shape[1] - 10):
            p, q = a[top : top + 11, left : left + 11], b[top : top + 11, left : left + 11]
            mp, mq = (w * p).sum(), (w * q).sum()
            vp, vq = (w * (p - mp) ** 2).sum(), (w * (q - mq) ** 2).sum()
            both = (w * (p - mp) * (q - mq)).sum()
            c1, c2 = 2.55**2, 7.65**2
            up = (2 * mp * mq + c1) * (2 * both + c2)
            values.append(up / ((mp**2 + mq**2 + c1) * (vp + vq + c2)))
    return float(np.mean(values))


def counted(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Count the encodings while they go on as ever."""
    tries: list[int] = []
    write = encoding.write

    def counting(image, form, quality, kept):
        tries.append(quality)
        return write(image, form, quality, kept)

    monkeypatch.setattr(encoding, "write", counting)
    return tries
