"""The one door for untrusted bytes."""

from __future__ import annotations

import struct
import subprocess
import sys
import time

import pytest
from PIL import Image

from app.contracts.errors import ImageTooLarge, InternalError, InvalidImage
from tests import pictures
from workers.cpu_processing.decode import FORMATS, Limits, open_image, read_ppm
from workers.cpu_processing.header import read_header

LIMITS = Limits(max_pixels=2_000_000, max_frames=1, max_side=8192)


@pytest.mark.parametrize("form", FORMATS)
def test_every_allowed_format_is_decoded(form):
    data = pictures.file(pictures.corners(), form.upper())

    file = open_image(data, LIMITS, f"image/{form}")

    assert (file.format, file.image.size, file.data) == (form, (60, 40), data)
    assert pictures.near(file.image.convert("RGB").getpixel((5, 5)), pictures.RED)


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("size", [(1, 1), (17, 3), (300, 5)])
def test_the_header_is_read_as_the_decoder_sees_it(form, size):
    data = pictures.file(pictures.photo(*size), form.upper())

    header = read_header(data, form, count_to=2)

    assert (header.width, header.height, header.frames) == (*size, 1)


def test_lossless_and_transparent_webp_headers_are_read():
    clear = Image.new("RGBA", (33, 21), (1, 2, 3, 99))

    for data in (
        pictures.file(clear, "WEBP", lossless=True),
        pictures.file(clear, "WEBP", quality=50),
    ):
        header = read_header(data, "webp", count_to=2)
        assert (header.width, header.height) == (33, 21)


@pytest.mark.parametrize("form", ["BMP", "TIFF", "ICO", "PPM", "JPEG2000", "TGA"])
def test_other_formats_are_refused_by_content(form):
    data = pictures.file(pictures.corners(), form)

    with pytest.raises(InvalidImage, match="not a PNG, JPEG, WebP, AVIF or GIF"):
        open_image(data, LIMITS)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\0" * 40,
        b"<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'/>",
        b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n",
        b"%PDF-1.7",
        b"\x89PNG\r\n\x1a\n",
        b"\xff\xd8\xff",
        b"\xff\xd8\xff\xd9",
        b"RIFF\x04\0\0\0WEBP",
        b"GIF89a",
        b"GIF89a\x05\0\x05\0\0\0\0",
        b"\0\0\0\x18ftypavif",
        b"iVBORw0KGgo=",
    ],
)
def test_what_is_no_picture_is_refused_in_words(data):
    with pytest.raises(InvalidImage) as caught:
        open_image(data, LIMITS)

    assert caught.value.details["reason"].endswith(".")


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("share", [0.2, 0.5, 0.9])
def test_a_truncated_file_is_refused(form, share):
    data = pictures.file(pictures.photo(200, 150), form.upper())

    with pytest.raises(InvalidImage) as caught:
        open_image(data[: int(len(data) * share)], LIMITS)

    assert caught.value.details["format"] == form


@pytest.mark.parametrize("form", FORMATS)
def test_damage_anywhere_costs_an_error_at_most(form):
    whole = pictures.file(pictures.photo(64, 48), form.upper())
    for at in range(0, len(whole), max(1, len(whole) // 150)):
        broken = bytearray(whole)
        broken[at] ^= 0xFF
        try:
            open_image(bytes(broken), LIMITS)
        except (InvalidImage, ImageTooLarge) as error:
            assert error.message


def test_a_broken_checksum_is_refused():
    data = bytearray(pictures.file(pictures.photo(64, 48)))
    data[60] ^= 0x55

    with pytest.raises(InvalidImage):
        open_image(bytes(data), LIMITS)


@pytest.mark.parametrize(
    ("declared", "form"), [("image/png", "JPEG"), ("image/webp", "PNG"), ("text/html", "PNG")]
)
def test_a_declared_type_that_differs_is_refused(declared, form):
    with pytest.raises(InvalidImage, match=declared):
        open_image(pictures.file(pictures.corners(), form), LIMITS, declared)


def test_the_declared_type_may_say_jpg():
    data = pictures.file(pictures.corners(), "JPEG")

    assert open_image(data, LIMITS, "image/jpg").format == "jpeg"


@pytest.mark.parametrize("size", [(20_000, 20_000), (12_000, 12_000), (2**31 - 1, 2**31 - 1)])
def test_a_bomb_is_refused_from_its_header(size):
    began = time.perf_counter()

    with pytest.raises(ImageTooLarge) as caught:
        open_image(pictures.claiming_png(*size), LIMITS)

    details = {"width": size[0], "height": size[1], "limitPixels": 2_000_000}
    assert caught.value.details == details
    assert time.perf_counter() - began < 0.2


def test_a_real_bomb_is_refused_in_every_format():
    wide = Image.new("L", (2000, 1001))
    for form in FORMATS:
        with pytest.raises(ImageTooLarge):
            open_image(pictures.file(wide, form.upper()), LIMITS)


def test_a_long_strip_is_refused():
    with pytest.raises(ImageTooLarge) as caught:
        open_image(pictures.claiming_png(65_535, 1), LIMITS)

    assert caught.value.details["limitSide"] == 8192


PEAK = """
import resource, sys
from pathlib import Path
from app.contracts.errors import RequestError
from workers.cpu_processing.decode import Limits, open_image
peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
data = Path(sys.argv[1]).read_bytes()
before = peak()
try:
    open_image(data, Limits(max_pixels=2_000_000))
except RequestError as error:
    print(error.code, end=" ")
print(peak() - before)
"""


@pytest.mark.parametrize(
    "make",
    [
        lambda: pictures.bomb_png(b"zTXt"),
        lambda: pictures.bomb_png(b"iCCP"),
        lambda: pictures.file(Image.new("L", (9000, 9000)), "PNG"),
        lambda: pictures.file(Image.new("L", (9000, 9000)), "WEBP", lossless=True, method=0),
        lambda: pictures.file(Image.new("P", (9000, 9000)), "GIF"),
    ],
    ids=["zTXt", "iCCP", "PNG", "WebP", "GIF"],
)
def test_a_bomb_takes_no_memory(tmp_path, make):
    path = tmp_path / "bomb"
    path.write_bytes(make())

    run = subprocess.run(
        [sys.executable, "-c", PEAK, str(path)], capture_output=True, text=True, check=True
    )

    *code, kilobytes = run.stdout.split()
    assert code in ([], ["INVALID_IMAGE"], ["IMAGE_TOO_LARGE"])
    assert int(kilobytes) < 20_000


@pytest.mark.parametrize("form", ["PNG", "WEBP", "GIF", "AVIF"])
def test_an_animation_is_refused_with_its_limit(form):
    with pytest.raises(ImageTooLarge, match="animated") as caught:
        open_image(pictures.animated(form), LIMITS)

    assert caught.value.details["limitFrames"] == 1
    assert caught.value.details["frames"] > 1


@pytest.mark.parametrize("form", ["PNG", "WEBP", "GIF", "AVIF"])
def test_an_animation_within_the_limit_gives_its_first_frame(form):
    file = open_image(pictures.animated(form), Limits(max_frames=3))

    assert file.image.size == (32, 24)


def test_counting_the_frames_of_an_endless_gif_stops_at_the_limit():
    whole = pictures.animated("GIF", 2)
    frame = whole[whole.rindex(b"\x21\xf9") : -1]
    began = time.perf_counter()

    with pytest.raises(ImageTooLarge):
        open_image(whole[:-1] + frame * 20_000 + b";", LIMITS)

    assert time.perf_counter() - began < 0.2


def test_a_gif_frame_larger_than_its_canvas_is_measured():
    data = bytearray(pictures.file(Image.new("P", (4, 4)), "GIF"))
    at = data.index(b"\x2c", 13)
    struct.pack_into("<HH", data, at + 5, 60_000, 60_000)

    with pytest.raises((ImageTooLarge, InvalidImage)):
        open_image(bytes(data), LIMITS)


def test_a_phone_picture_with_a_preview_behind_it_is_no_animation():
    file = open_image(pictures.phone_jpeg(), LIMITS)

    assert (file.format, file.image.size) == ("jpeg", (96, 64))


def test_no_limit_of_pillow_is_changed():
    before = Image.MAX_IMAGE_PIXELS

    open_image(pictures.file(pictures.corners()), LIMITS)

    assert before == Image.MAX_IMAGE_PIXELS


def test_a_raw_picture_is_read_back_as_it_was():
    picture = pictures.photo(31, 17)

    assert read_ppm(pictures.ppm(picture)).tobytes() == picture.tobytes()


@pytest.mark.parametrize("data", [b"", b"P6\n", b"P5\n2 2\n255\n1234", b"P6\n2 2\n255\n123"])
def test_a_damaged_raw_picture_is_our_own_mistake(data):
    with pytest.raises(InternalError):
        read_ppm(data)
