"""Turning pictures upright, and bringing every pixel format to sRGB."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from app.contracts.errors import InvalidRequest
from tests import pictures
from workers.cpu_processing.steps.colour import flatten, keeps_profile, rgba, to_srgb
from workers.cpu_processing.steps.orient import orient


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("form", ["PNG", "WEBP"])
def test_every_orientation_comes_out_upright(orientation, form):
    stored = pictures.opened(pictures.turned(orientation, form))

    upright = orient(stored, stored.getexif())

    wanted = pictures.corners()
    assert upright.size == wanted.size
    for at in ((5, 5), (54, 5), (5, 34), (54, 34)):
        assert pictures.near(upright.convert("RGB").getpixel(at), wanted.getpixel(at), 20)


@pytest.mark.parametrize("value", [0, 9, 77, "x"])
def test_a_senseless_orientation_counts_as_upright(value):
    exif = Image.Exif()
    exif[0x0112] = value

    assert orient(pictures.corners(), exif).tobytes() == pictures.corners().tobytes()


def test_sixteen_bit_grey_is_scaled_not_clipped():
    ramp = np.linspace(0, 65535, 256).astype(np.uint16).reshape(16, 16)
    stored = pictures.opened(pictures.file(Image.fromarray(ramp)))
    assert stored.mode == "I;16"

    grey = to_srgb(stored, None)

    assert grey.mode == "L"
    assert np.array_equal(np.asarray(grey), (ramp >> 8).astype(np.uint8))


def test_cmyk_becomes_rgb_of_the_same_look():
    stored = pictures.opened(
        pictures.file(pictures.corners().convert("CMYK"), "JPEG", quality=95, subsampling=0)
    )
    assert stored.mode == "CMYK"

    image = to_srgb(stored, None)

    assert image.mode == "RGB"
    assert pictures.near(image.getpixel((5, 5)), pictures.RED)


@pytest.mark.parametrize("mode", ["LA", "P", "1", "L", "RGBA"])
def test_each_stored_mode_keeps_its_look(mode):
    image = to_srgb(pictures.corners().convert(mode), None)

    shown = pictures.corners().convert(mode).convert("RGBA")
    assert image.mode in ("L", "RGB", "RGBA")
    assert image.convert("RGBA").getpixel((5, 5)) == shown.getpixel((5, 5))
    assert image.info == {}


def test_a_clear_palette_colour_becomes_alpha():
    palette = pictures.corners().quantize(8)
    clear = palette.getpixel((5, 5))
    stored = pictures.opened(pictures.file(palette, transparency=clear))

    image = to_srgb(stored, None)

    assert image.mode == "RGBA"
    assert image.getpixel((5, 5))[3] == 0
    assert image.getpixel((54, 5))[3] == 255


def test_a_profile_is_applied():
    image = to_srgb(Image.new("RGB", (8, 8), (255, 0, 0)), pictures.swapped_profile())

    assert pictures.near(image.getpixel((4, 4)), (0, 0, 255))


def test_a_profile_is_applied_beside_alpha():
    image = to_srgb(Image.new("RGBA", (8, 8), (255, 0, 0, 77)), pictures.swapped_profile())

    assert pictures.near(image.getpixel((4, 4)), (0, 0, 255, 77))


def test_a_kept_profile_leaves_the_numbers_alone():
    source = Image.new("RGB", (8, 8), (255, 0, 0))

    assert to_srgb(source, pictures.swapped_profile(), keep_icc=True).getpixel((4, 4)) == (
        255,
        0,
        0,
    )


@pytest.mark.parametrize("icc", [b"", b"nonsense", pictures.swapped_profile()[:200]])
def test_a_broken_profile_is_ignored(icc):
    assert to_srgb(pictures.corners(), icc).tobytes() == pictures.corners().tobytes()


def test_an_rgb_profile_on_grey_pixels_is_ignored():
    grey = Image.new("L", (8, 8), 90)

    assert to_srgb(grey, pictures.swapped_profile()).getpixel((4, 4)) == 90


def test_only_rgb_pixels_can_keep_their_profile():
    assert keeps_profile(Image.new("RGB", (1, 1)))
    assert keeps_profile(pictures.corners().quantize(4))
    assert not keeps_profile(Image.new("CMYK", (1, 1)))
    assert not keeps_profile(Image.new("L", (1, 1)))


def test_flattening_lays_the_picture_on_the_background():
    half = Image.new("RGBA", (4, 4), (0, 0, 0, 128))

    assert pictures.near(flatten(half, (255, 255, 255, 255)).getpixel((1, 1)), (127, 127, 127), 2)
    assert flatten(pictures.corners(), (0, 0, 0, 255)).tobytes() == pictures.corners().tobytes()


@pytest.mark.parametrize(
    ("color", "value"),
    [
        ("#f00", (255, 0, 0, 255)),
        ("#0f08", (0, 255, 0, 136)),
        ("#0000ff", (0, 0, 255, 255)),
        ("#11223344", (17, 34, 51, 68)),
        ("white", (255, 255, 255, 255)),
        ("transparent", (0, 0, 0, 0)),
    ],
)
def test_colours_are_read(color, value):
    assert rgba(color) == value


def test_an_unknown_colour_is_refused():
    with pytest.raises(InvalidRequest, match="blurple"):
        rgba("blurple")
