"""Animations: read whole, fitted frame by frame, written so that they move as before."""

from __future__ import annotations

import subprocess
import sys

import pytest
from PIL import Image

from app.contracts.errors import ImageTooLarge, InvalidImage, InvalidRequest
from app.contracts.schemas.derivatives import Variant
from scripts.make_certificate import make
from tests import pictures
from workers.cpu_processing.credentials import Credentials
from workers.cpu_processing.decode import Limits, open_image
from workers.cpu_processing.manifests import created
from workers.cpu_processing.metadata import inventory
from workers.cpu_processing.pipeline import Derived, derive

LIMITS = Limits(max_frames=20)
TIMES = (50, 120, 200)


def made_of(
    data: bytes,
    *specs: dict,
    limits: Limits = LIMITS,
    signing: Credentials | None = None,
    **payload,
) -> Derived:
    """Derive variants of an animation."""
    variants = Variant(many=True).load([{"name": f"v{n}", **one} for n, one in enumerate(specs)])
    full = {"variants": variants, **payload}
    return derive(data, full, limits, lambda *_: None, lambda _: b"", signing)


def shown(data: bytes, **spec) -> list[tuple[Image.Image, int]]:
    """The frames of one variant."""
    return pictures.frames_of(made_of(data, spec).variants[0].file.data)


@pytest.mark.parametrize("source", ["GIF", "WEBP"])
@pytest.mark.parametrize("wanted", ["original", "webp"])
@pytest.mark.parametrize("clear", [False, True])
def test_every_frame_is_fitted_and_moves_at_its_time(source, wanted, clear):
    made = made_of(
        pictures.moving(source, TIMES, clear=clear), {"width": 50, "format": wanted, "quality": 95}
    )

    file = made.variants[0].file
    assert file.format == (source.lower() if wanted == "original" else wanted)
    frames = pictures.frames_of(file.data)
    assert [time for _, time in frames] == list(TIMES)
    for number, (frame, _) in enumerate(frames):
        assert frame.size == (50, 20)
        assert pictures.near(frame.getpixel((number * 10 + 5, 10))[:3], pictures.RED, 30)
        for other in {0, 1, 2} - {number}:
            left = frame.getpixel((other * 10 + 5, 10))
            assert left[3] == 0 if clear else pictures.near(left[:3], pictures.GREEN, 30)
    assert inventory(open_image(file.data, LIMITS)) == []
    assert made.source["frames"] == made.variants[0].frames == 3
    assert made.adjustments == []


@pytest.mark.parametrize("source", ["GIF", "WEBP"])
@pytest.mark.parametrize("wanted", ["original", "webp"])
@pytest.mark.parametrize("plays", [0, 1, 5])
def test_it_plays_as_often_as_before(source, wanted, plays):
    file = made_of(pictures.moving(source, plays=plays), {"format": wanted}).variants[0].file

    loop = pictures.opened(file.data).info.get("loop")
    if file.format == "webp":
        assert loop == plays
    else:
        assert loop == {0: 0, 1: None, 5: 4}[plays]


@pytest.mark.parametrize("wanted", ["png", "jpeg", "avif"])
def test_a_still_format_takes_the_first_frame_and_says_so(wanted):
    made = made_of(pictures.moving("GIF"), {"format": wanted}, {"format": "webp"})

    first = pictures.opened(made.variants[0].file.data).convert("RGB")
    assert pictures.near(first.getpixel((10, 20)), pictures.RED, 30)
    assert getattr(first, "n_frames", 1) == 1
    assert made.adjustments == [{"what": "frames", "from": "3", "to": "1", "variant": "v0"}]


def test_an_animated_png_gives_an_animated_webp():
    frames = shown(pictures.moving("PNG"), format="webp", quality=95)

    assert [time for _, time in frames] == list(TIMES)


def test_times_between_the_hundredths_of_a_gif_do_not_drift():
    data = pictures.moving("WEBP", (33,) * 5)
    as_gif = pictures.moving("GIF", (30,) * 5)

    assert sum(time for _, time in shown(data, format="webp")) == 165
    assert sum(time for _, time in shown(as_gif)) == 150


def test_a_frame_without_a_time_is_shown_as_browsers_show_it():
    assert [time for _, time in shown(pictures.moving("GIF", (0, 0, 0)))] == [100, 100, 100]


def test_equal_frames_may_become_one_that_is_shown_for_longer():
    still = Image.new("RGB", (32, 24), "teal")
    data = pictures.file(
        still, "GIF", save_all=True, append_images=[still.copy(), pictures.photo(32, 24)],
        duration=[40, 60, 80],
    )  # fmt: skip

    assert sum(time for _, time in shown(data, quality={"ssim": 0.8})) == 180


def test_smart_gravity_holds_one_place_for_all_frames():
    spec = {"width": 40, "height": 40, "fit": "cover", "gravity": "smart"}

    frames = shown(pictures.moving("WEBP"), **spec, format="webp", quality=95)

    red = [
        [x for x in range(40) if pictures.near(frame.getpixel((x, 20))[:3], pictures.RED, 40)]
        for frame, _ in frames
    ]
    starts = [columns[0] for columns in red if columns]
    assert frames[0][0].size == (40, 40)
    assert len(starts) == 1 or starts[1] - starts[0] >= 18


def test_overlays_crops_and_backgrounds_reach_every_frame():
    spec = {
        "crop": {"x": 0, "y": 0, "width": 80, "height": 40},
        "background": "#0000ff",
        "watermark": {"text": "M", "opacity": 1.0, "scale": 0.2, "position": "northwest"},
        "textOverlay": {"text": "HH", "size": 0.3, "color": "#ffffff"},
        "format": "webp",
        "quality": 95,
    }
    frames = shown(pictures.moving("GIF", clear=True), **spec)

    assert len(frames) == 3
    for number, (frame, _) in enumerate(frames):
        assert frame.size == (80, 40)
        assert pictures.near(frame.getpixel((number * 20 + 17, 22))[:3], pictures.RED, 60)
        assert pictures.near(frame.getpixel((78, 2)), (0, 0, 255, 255), 30)
        below = [frame.getpixel((x, y))[:3] for x in range(20, 60) for y in range(24, 40)]
        assert any(min(pixel) > 180 for pixel in below)


@pytest.mark.parametrize("form", ["gif", "webp"])
def test_targets_hold_for_the_whole_animation(form):
    data = pictures.animated("WEBP" if form == "webp" else "GIF")
    whole = len(made_of(data, {}).variants[0].file.data)

    like = made_of(data, {"quality": {"ssim": 0.9}}).variants[0].file
    small = made_of(data, {"quality": {"maxBytes": whole}}).variants[0].file

    assert like.ssim >= 0.9 and (like.quality is None) == (form == "gif")
    assert len(small.data) <= whole and small.ssim > 0.5
    with pytest.raises(InvalidRequest) as caught:
        made_of(data, {"quality": {"maxBytes": 256}})
    assert caught.value.details["reachedBytes"] > 256


def test_an_ssim_that_the_colours_of_a_gif_cannot_reach_says_what_they_reach():
    with pytest.raises(InvalidRequest, match="the best is") as caught:
        made_of(pictures.animated("WEBP"), {"quality": {"ssim": 0.999}, "format": "webp"})

    assert caught.value.details["reachedSsim"] < 0.999


def test_metadata_goes_and_copyright_stays_if_asked():
    data = pictures.file(
        pictures.photo(32, 24), "WEBP", save_all=True, append_images=[pictures.photo(32, 24, 2)],
        exif=pictures.telling_exif(), duration=50,
    )  # fmt: skip

    bare = made_of(data, {})
    kept = made_of(data, {}, sanitize={"keep": ["copyright"]})

    assert "exif.GPSInfo" in bare.removed
    assert inventory(open_image(bare.variants[0].file.data, LIMITS)) == []
    assert "exif.Copyright" in inventory(open_image(kept.variants[0].file.data, LIMITS))


@pytest.mark.parametrize("form", ["GIF", "WEBP"])
def test_content_credentials_go_on_in_what_moves(form, tmp_path):
    signing = Credentials.from_files(*make(tmp_path).values())
    signed = signing.sign(pictures.moving(form), form.lower(), created({"entry": "trial"}))

    made = made_of(signed, {"width": 50}, signing=signing, sanitize={"keep": ["provenance"]})

    data = made.variants[0].file.data
    assert len(pictures.frames_of(data)) == 3
    assert signing.read(open_image(data, LIMITS))["validation_state"] == "Trusted"


def test_frames_count_together_against_the_pixels():
    with pytest.raises(ImageTooLarge, match="3 frames of 100x40"):
        made_of(pictures.moving("GIF"), {}, limits=Limits(max_pixels=11_999, max_frames=3))
    spec = {"width": 200, "height": 80, "fit": "fill", "enlarge": True}
    with pytest.raises(ImageTooLarge, match="200x80"):
        made_of(pictures.moving("GIF"), spec, limits=Limits(max_pixels=12_001, max_frames=3))


PEAK = """
import resource, sys
from pathlib import Path
from app.contracts.schemas.derivatives import Variant
from workers.cpu_processing.decode import Limits
from workers.cpu_processing.pipeline import derive
peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
specs = [{"name": f"v{n}", "width": 640 >> n % 4, "format": "webp"} for n in range(6)]
make = lambda path: derive(
    Path(path).read_bytes(), {"variants": Variant(many=True).load(specs)}, Limits(max_frames=20),
    lambda *_: None, lambda _: b"",
)
make(sys.argv[1])
before = peak()
make(sys.argv[2])
print(peak() - before)
"""


def test_any_number_of_variants_takes_at_most_four_times_the_decoded_frames(tmp_path):
    frames = [Image.new("RGB", (640, 480), (20 * n, 255 - 20 * n, 0)) for n in range(8)]
    for frame in frames:
        frame.paste(pictures.photo(64, 48), (20, 20))
    large, small = tmp_path / "large", tmp_path / "small"
    small.write_bytes(pictures.moving("WEBP"))
    large.write_bytes(
        pictures.file(frames[0], "WEBP", save_all=True, append_images=frames[1:], method=0)
    )

    run = subprocess.run(
        [sys.executable, "-c", PEAK, str(small), str(large)],
        capture_output=True, text=True, check=True,
    )  # fmt: skip

    assert int(run.stdout) <= 4 * 8 * 640 * 480 * 4


@pytest.mark.parametrize("form", ["GIF", "WEBP", "PNG"])
def test_damage_in_a_later_frame_costs_an_error_at_most(form):
    whole = pictures.animated(form)
    for at in range(len(whole) // 2, len(whole), max(1, len(whole) // 60)):
        broken = bytearray(whole)
        broken[at] ^= 0xFF
        try:
            made_of(bytes(broken), {"format": "webp"})
        except (InvalidImage, ImageTooLarge) as error:
            assert error.message


def test_a_later_frame_larger_than_the_canvas_is_refused():
    data = bytearray(pictures.animated("GIF"))
    at = data.rindex(b"\x2c\0\0\0\0\x20\0\x18\0")
    data[at + 5 : at + 9] = b"\x00\x08\x00\x08"

    with pytest.raises((InvalidImage, ImageTooLarge)):
        made_of(bytes(data), {})
