"""Derivatives from bytes to files, and both tasks of the lane on a real blob store."""

from __future__ import annotations

import threading

import pytest
from PIL import Image, ImageChops, ImageStat

from app.blobs.folder import FolderBlobs
from app.contracts.blobs import BlobRef
from app.contracts.errors import (
    ImageTooLarge,
    InvalidImage,
    InvalidRequest,
    JobCancelled,
    ModerationBlocked,
    UnsupportedText,
)
from app.contracts.schemas.derivatives import Variant
from config.moderation import load_moderation
from config.settings import Settings
from tests import pictures
from workers.cpu_processing.credentials import Credentials
from workers.cpu_processing.decode import Limits, open_image
from workers.cpu_processing.metadata import inventory
from workers.cpu_processing.moderation import Moderator
from workers.cpu_processing.pipeline import derive
from workers.cpu_processing.tasks import run_derive, run_finish
from workers.work import Work

LIMITS = Limits()
MODERATOR = Moderator(load_moderation(Settings()))


def one(data, spec=None, limits=LIMITS, **payload):
    """Derive a single variant and give it back with its picture."""
    variants = [Variant().load({"name": "v", **(spec or {})})]
    made = derive(data, {"variants": variants, **payload}, limits, ignore, nothing)
    return made, pictures.opened(made.variants[0].file.data)


def ignore(stage: str, step: int, steps: int) -> None:
    """A report that nobody reads."""


def nothing(ref):
    raise AssertionError("no blob is needed here")


class Heard(list):
    """A report that remembers, and cancels at a stage if told to."""

    def __init__(self, cancel_at: str = ""):
        self.cancel_at = cancel_at

    def __call__(self, stage: str, step: int, steps: int) -> None:
        self.append((stage, step, steps))
        if stage == self.cancel_at:
            raise JobCancelled("The job was cancelled.")


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP", "AVIF"])
def test_a_turned_source_gives_an_upright_clean_variant(orientation, form):
    data = pictures.turned(orientation, form)
    made, image = one(data, {"width": 30, "format": "jpeg", "quality": 95})

    assert image.size == (30, 20)
    assert made.source == {
        "format": form.lower(), "width": 60, "height": 40, "bytes": len(data),
    }  # fmt: skip
    assert pictures.near(image.getpixel((4, 4)), pictures.RED, 25)
    assert pictures.near(image.getpixel((25, 15)), pictures.YELLOW, 25)
    # Pillow's AVIF has no EXIF for a picture that is upright.
    assert "exif.Orientation" in made.removed or (form, orientation) == ("AVIF", 1)
    assert inventory(open_image(made.variants[0].file.data, LIMITS)) == []


@pytest.mark.parametrize(
    ("source", "wanted", "form"),
    [
        ("PNG", "original", "png"),
        ("JPEG", "original", "jpeg"),
        ("WEBP", "original", "webp"),
        ("AVIF", "original", "avif"),
        ("GIF", "original", "png"),
        ("PNG", "webp", "webp"),
        ("GIF", "jpeg", "jpeg"),
        ("JPEG", "avif", "avif"),
    ],
)
def test_formats_are_converted_or_kept(source, wanted, form):
    made, image = one(pictures.file(pictures.corners(), source), {"format": wanted})

    assert made.variants[0].file.format == image.format.lower() == form
    assert pictures.near(image.convert("RGB").getpixel((5, 5)), pictures.RED, 25)


@pytest.mark.parametrize(
    ("stored", "mode", "shown"),
    [
        ((0x8000,), "L", 128),
        ((0x8000, 0x4000, 0xFFFF), "RGB", (128, 64, 255)),
        ((0x8000, 0x4000), "RGBA", (128, 128, 128, 64)),
        ((0x8000, 0x4000, 0xFFFF, 0x4000), "RGBA", (128, 64, 255, 64)),
    ],
)
def test_sixteen_bits_a_channel_come_out_as_eight(stored, mode, shown):
    _, image = one(pictures.deep_png(*stored), {"format": "png"})

    assert (image.mode, image.getpixel((3, 3))) == (mode, shown)


@pytest.mark.parametrize("form", ["jpeg", "webp", "avif", "png"])
def test_a_picture_for_print_comes_out_in_srgb(form):
    data = pictures.file(pictures.corners().convert("CMYK"), "JPEG", quality=95, subsampling=0)

    _, image = one(data, {"format": form})

    assert image.mode == "RGB"
    assert pictures.near(image.getpixel((5, 5)), pictures.RED, 25)


def test_a_size_that_the_source_does_not_have_must_be_asked_for():
    data = pictures.file(pictures.corners())
    spec = {"width": 120, "height": 120, "fit": "cover"}

    with pytest.raises(InvalidRequest, match="would be enlarged"):
        one(data, spec)
    assert one(data, {**spec, "enlarge": True})[1].size == (120, 120)


def test_crop_is_measured_on_the_upright_picture():
    box = {"x": 30, "y": 0, "width": 30, "height": 20}

    _, image = one(pictures.turned(6), {"crop": box, "format": "png"})

    assert image.size == (30, 20)
    assert image.getcolors() == [(600, pictures.GREEN)]


def test_a_crop_outside_is_refused():
    with pytest.raises(InvalidRequest):
        one(pictures.turned(6), {"crop": {"x": 0, "y": 0, "width": 61, "height": 40}})


def test_colours_reach_srgb_unless_the_profile_is_kept():
    red = Image.new("RGB", (16, 16), (255, 0, 0))
    data = pictures.file(red, "PNG", icc_profile=pictures.swapped_profile())

    converted, as_blue = one(data)
    kept, as_red = one(data, sanitize={"keep": ["icc"]})

    assert pictures.near(as_blue.getpixel((8, 8)), (0, 0, 255))
    assert as_red.getpixel((8, 8)) == (255, 0, 0)
    assert as_red.info["icc_profile"] == pictures.swapped_profile()
    assert (converted.removed, kept.removed) == (["icc"], [])


def test_a_background_fills_what_is_clear():
    clear = pictures.file(Image.new("RGBA", (16, 16), (0, 0, 0, 0)))

    assert one(clear, {"format": "png"})[1].getpixel((8, 8))[3] == 0
    assert one(clear, {"format": "png", "background": "#0000ff"})[1].getpixel((8, 8)) == (0, 0, 255)
    assert pictures.near(one(clear, {"format": "jpeg"})[1].getpixel((8, 8)), (255, 255, 255), 2)


def test_overlay_and_watermark_are_drawn_on_a_grey_source_in_colour():
    spec = {
        "format": "png",
        "textOverlay": {"text": "HHHH", "size": 0.4, "color": "#ff0000", "position": "center"},
        "watermark": {"text": "mark"},
    }

    _, image = one(pictures.file(Image.new("L", (200, 100), 128)), spec)

    assert (255, 0, 0) in {color for _, color in image.getcolors(1 << 20)}
    assert image.getpixel((2, 2)) == (128, 128, 128)


def test_variants_share_one_decode_and_report_their_progress():
    heard = Heard()
    variants = Variant(many=True).load([{"name": f"w{w}", "width": w} for w in (100, 50, 25)])

    data = pictures.file(pictures.photo(200, 100), "JPEG")
    made = derive(data, {"variants": variants}, LIMITS, heard, nothing)

    assert [(v.name, v.width, v.height) for v in made.variants] == [
        ("w100", 100, 50), ("w50", 50, 25), ("w25", 25, 12),
    ]  # fmt: skip
    assert heard == [
        ("decode", 0, 1), ("decode", 1, 1),
        ("variants", 0, 3), ("variants", 1, 3), ("variants", 2, 3), ("variants", 3, 3),
    ]  # fmt: skip
    assert set(made.timings) == {"decode", "variants"}


def test_targets_of_quality_are_reported():
    data = pictures.file(pictures.photo(256, 192))

    like = one(data, {"format": "webp", "quality": {"ssim": 0.95}})[0].variants[0].file
    small = one(data, {"format": "jpeg", "quality": {"maxBytes": 6000}})[0].variants[0].file

    assert like.ssim >= 0.95 and 1 <= like.quality <= 100
    assert len(small.data) <= 6000 and small.ssim > 0.5


def test_hostile_bytes_are_refused():
    with pytest.raises(InvalidImage):
        one(b"nothing of the kind")
    with pytest.raises(ImageTooLarge):
        one(pictures.claiming_png(9000, 9000))
    with pytest.raises(InvalidImage):
        one(pictures.turned(1), declared_type="image/jpeg")


def test_a_variant_larger_than_the_limit_is_refused():
    with pytest.raises(ImageTooLarge):
        one(pictures.turned(1), {"width": 8000, "height": 8000, "fit": "fill", "enlarge": True})


# --- the tasks, on a real folder of blobs


@pytest.fixture
def blobs(tmp_path):
    return FolderBlobs(tmp_path, ttl_seconds=60)


def put(blobs, data, media_type="image/png"):
    return blobs.put(data, media_type).as_json()


def picture_of(blobs, ref):
    return pictures.opened(blobs.get(BlobRef.from_json(ref)))


def test_derive_stores_each_variant_and_says_what_it_is(blobs):
    logo = put(blobs, pictures.file(Image.new("RGBA", (40, 20), (255, 0, 255, 255))))
    variants = Variant(many=True).load(
        [{"name": "small", "width": 100, "format": "webp"}, {"name": "marked", "format": "png"}]
    )
    variants[1]["watermark"] = {"image": logo, "opacity": 1.0, "scale": 0.5, "position": "center"}
    source = put(blobs, pictures.telling_png())
    payload = {"source": source, "declared_type": "image/png", "variants": variants}

    result = run_derive(Work("j", payload, blobs, ignore), LIMITS, Credentials()).result

    assert result["source"]["format"] == "png"
    assert "exif.GPSInfo" in result["removed"]
    small, marked = result["variants"]
    assert {k: small[k] for k in ("name", "format", "width", "height", "quality")} == {
        "name": "small", "format": "webp", "width": 64, "height": 48, "quality": 80,
    }  # fmt: skip
    assert small["blob"]["mediaType"] == "image/webp"
    assert small["bytes"] == small["blob"]["size"]
    assert marked["quality"] is None
    assert pictures.near(picture_of(blobs, marked["blob"]).getpixel((32, 24)), (255, 0, 255))


def test_a_hostile_watermark_is_stopped_at_the_same_door(blobs):
    spec = Variant().load({"name": "v"})
    spec["watermark"] = {"image": put(blobs, pictures.claiming_png(20_000, 20_000))}
    payload = {"source": put(blobs, pictures.turned(1)), "variants": [spec]}

    with pytest.raises(ImageTooLarge):
        run_derive(Work("j", payload, blobs, ignore), LIMITS, Credentials())


def test_a_watermark_is_read_where_its_decode_has_a_time_limit():
    readers = []

    def fetch(ref):
        readers.append(threading.current_thread())
        return pictures.file(pictures.corners())

    mark = {"image": {}}
    specs = Variant(many=True).load([{"name": "a", "width": 20}, {"name": "b", "width": 30}])
    variants = [spec | {"watermark": mark} for spec in specs]
    derive(pictures.file(pictures.photo()), {"variants": variants}, LIMITS, ignore, fetch)

    assert readers == [threading.main_thread()] * 2


def generated(blobs, count=2, prompt="a torii at dawn", **options):
    raw = [pictures.photo(128, 96, seed) for seed in range(count)]
    images = [
        {"blob": put(blobs, pictures.ppm(image), "image/x-portable-pixmap"),
         "width": 128, "height": 96, "seed": 7 + n}
        for n, image in enumerate(raw)
    ]  # fmt: skip
    payload = {
        "images": images,
        "recipe": {"prompt": prompt, "negative_prompt": "", "guidance_scale": 4.0, "seed": 7},
        "options": options,
        "adjustments": [],
        "timings": {"denoise": 12.5},
    }
    return raw, payload


def finished(blobs, payload, report=ignore, moderator=MODERATOR):
    return run_finish(Work("j", payload, blobs, report), LIMITS, moderator, Credentials()).result


def test_finish_encodes_every_picture_without_loss(blobs):
    raw, payload = generated(blobs)

    result = finished(blobs, payload)

    assert [image["seed"] for image in result["images"]] == [7, 8]
    for image, before in zip(result["images"], raw, strict=True):
        assert picture_of(blobs, image["blob"]).tobytes() == before.tobytes()
        assert (image["format"], image["width"], image["height"]) == ("png", 128, 96)
        assert image["moderation"] == {"flagged": False, "action": "none", "categories": {}}
    assert result["recipe"]["guidanceScale"] == 4.0
    assert {"denoise", "moderate", "encode"} <= set(result["timings"])


def test_finish_draws_overlay_and_watermark_and_encodes_webp(blobs):
    raw, payload = generated(
        blobs, 1, format="webp", quality=90,
        text_overlay={"text": "HELLO", "size": 0.3, "background": "#00ff00"},
        watermark={"text": "mark", "position": "northwest"}, moderation={"mode": "off"},
    )  # fmt: skip
    heard = Heard()

    result = finished(blobs, payload, heard)

    image = picture_of(blobs, result["images"][0]["blob"]).convert("RGB")
    assert result["images"][0]["format"] == "webp"
    assert "moderation" not in result
    assert sum(g > 200 and r < 90 and b < 90 for r, g, b in pixels(image)) > 300
    assert [stage for stage, _, _ in heard] == ["moderate", "overlay", "watermark", "encode"]
    assert raw[0].size == image.size


def pixels(image):
    data = image.tobytes()
    return zip(data[::3], data[1::3], data[2::3], strict=True)


def test_finish_blocks_or_flags_by_the_prompt(blobs):
    _, flagged = generated(blobs, 1, "a nude statue")
    _, blocked = generated(blobs, 1, "a nude statue", moderation={"mode": "block"})

    assert finished(blobs, flagged)["images"][0]["moderation"]["categories"] == {"sexual": ["nude"]}
    with pytest.raises(ModerationBlocked):
        finished(blobs, blocked)


class Suspicious:
    """Objects to the pictures with these numbers, in the order it sees them."""

    def __init__(self, *numbers):
        self._numbers, self._seen = numbers, -1

    def scores(self, image):
        self._seen += 1
        return {"nsfw": 0.9 if self._seen in self._numbers else 0.1}


def suspecting(*numbers):
    return Moderator(MODERATOR.rules, Suspicious(*numbers))


def test_a_blocked_picture_does_not_lose_the_others(blobs):
    raw, payload = generated(blobs, 3, moderation={"mode": "block"})

    first, second, third = finished(blobs, payload, moderator=suspecting(0))["images"]

    assert "blob" not in first and first["seed"] == 7
    assert first["moderation"]["action"] == "blocked"
    assert first["error"]["code"] == "MODERATION_BLOCKED"
    assert first["error"]["details"] == {"stage": "image", "categories": {"sexual": ["nsfw 0.90"]}}
    for image, before in zip((second, third), raw[1:], strict=True):
        assert image["moderation"]["action"] == "none"
        assert picture_of(blobs, image["blob"]).tobytes() == before.tobytes()


def test_where_all_pictures_are_blocked_the_job_fails(blobs):
    _, payload = generated(blobs, 2, moderation={"mode": "block"})

    with pytest.raises(ModerationBlocked) as caught:
        finished(blobs, payload, moderator=suspecting(0, 1))

    assert caught.value.details == {"stage": "image", "categories": {"sexual": ["nsfw 0.90"]}}


def test_a_blurred_picture_shows_nothing_not_even_what_was_drawn_on_it(blobs):
    drawn = {"text": "SECRET", "size": 0.4, "position": "center"}
    raw, payload = generated(blobs, 2, moderation={"mode": "blur"}, text_overlay=drawn)

    blurred, clear = finished(blobs, payload, moderator=suspecting(0))["images"]

    assert blurred["moderation"]["action"] == "blurred"
    assert clear["moderation"]["action"] == "none"
    image = picture_of(blobs, blurred["blob"]).convert("RGB")
    assert image.size == raw[0].size
    cells = image.resize((8, 6), Image.Resampling.BOX).resize(image.size, Image.Resampling.BICUBIC)
    rest = ImageStat.Stat(ImageChops.difference(image, cells)).mean
    assert max(rest) < 4  # nothing finer than the cells is left
    sharp = picture_of(blobs, clear["blob"]).convert("RGB")
    assert max(ImageStat.Stat(ImageChops.difference(image, sharp)).mean) > 8


def test_finish_says_which_characters_cannot_be_drawn(blobs):
    _, payload = generated(blobs, 1, text_overlay={"text": "\ufdd0"})

    with pytest.raises(UnsupportedText):
        finished(blobs, payload)


@pytest.mark.parametrize("stage", ["moderate", "encode"])
def test_a_cancelled_job_stops_at_its_next_report(blobs, stage):
    _, payload = generated(blobs)

    with pytest.raises(JobCancelled):
        finished(blobs, payload, Heard(cancel_at=stage))
