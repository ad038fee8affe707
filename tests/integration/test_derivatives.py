"""Pictures sent in over HTTP: what the one door refuses, and what comes out of the variants."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tests.harness.client import Api, assert_error, assert_shape
from tests.harness.images import as_bytes, as_picture, as_text, quick_request, slow_request
from tests.harness.stack import Stack
from tests.pictures import (
    animated,
    bomb_png,
    claiming_png,
    corners,
    file,
    frames_of,
    moving,
    near,
    opened,
    photo,
    telling_jpeg,
    turned,
)
from workers.cpu_processing.steps.fonts import shaping

PNG = file(corners())
WHOLE = file(photo(320, 240), "JPEG", quality=90)
VARIANTS = [{"name": "a", "width": 20}]
SVG = b"<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'></svg>"

NO_PICTURES: dict[str, Callable[[], str]] = {
    "random bytes": lambda: as_text(bytes(range(256))),
    "text": lambda: as_text(b"hello"),
    "SVG": lambda: as_text(SVG),
    "PDF": lambda: as_text(b"%PDF-1.7\n"),
    "TIFF": lambda: as_text(file(corners(), "TIFF")),
    "BMP": lambda: as_text(file(corners(), "BMP")),
    "truncated JPEG": lambda: as_text(WHOLE[: len(WHOLE) // 2]),
    "truncated PNG": lambda: as_text(PNG[:-30]),
    "PNG with a wrong checksum": lambda: as_text(PNG[:40] + bytes([PNG[40] ^ 1]) + PNG[41:]),
    "PNG said to be JPEG": lambda: "data:image/jpeg;base64," + as_text(PNG),
    "JPEG said to be WebP": lambda: "data:image/webp;base64," + as_text(WHOLE),
    "text bomb": lambda: as_text(bomb_png(b"zTXt")),
}

TOO_LARGE: dict[str, Callable[[], bytes]] = {
    "12000x12000": lambda: claiming_png(12_000, 12_000),
    "2 billion squared": lambda: claiming_png(2**31 - 1, 2**31 - 1),
    "a long strip": lambda: claiming_png(65_000, 1),
    "a long animation": lambda: animated("GIF", 101),
}


@pytest.mark.parametrize("make", NO_PICTURES.values(), ids=NO_PICTURES.keys())
def test_what_is_no_whole_picture_is_refused(api: Api, make: Callable[[], str]) -> None:
    answer = api.post("/derivatives", {"imageData": make(), "variants": VARIANTS})

    assert assert_error(answer, 422, "INVALID_IMAGE")["reason"]


@pytest.mark.parametrize("make", TOO_LARGE.values(), ids=TOO_LARGE.keys())
def test_what_is_too_large_is_refused_by_its_header(api: Api, make: Callable[[], bytes]) -> None:
    answer = api.post("/sanitize", {"imageData": as_text(make())})

    details = assert_error(answer, 422, "IMAGE_TOO_LARGE")
    assert {"width", "height", "limitPixels"} <= set(details)


def test_a_refused_picture_costs_no_time_and_no_attempt(api: Api) -> None:
    body = {"imageData": as_text(claiming_png(12_000, 12_000)), "variants": VARIANTS}
    job = api.ended(api.submit("/derivatives", body))

    assert (job["status"], job["attempts"]) == ("failed", 1)
    assert job["error"]["code"] == "IMAGE_TOO_LARGE"
    assert_shape(job["error"])


def test_a_poll_of_a_failed_job_holds_the_error_that_its_result_answers_with(api: Api) -> None:
    job_id = api.submit("/derivatives", {"imageData": as_text(SVG), "variants": VARIANTS})
    job = api.ended(job_id)

    answer = api.get(f"/jobs/{job_id}/result")

    assert assert_error(answer, 422, "INVALID_IMAGE") == job["error"]["details"]
    assert answer.json() == job["error"]
    assert_error(api.get(f"/jobs/{job_id}/images/0"), 422, "INVALID_IMAGE")


def test_a_text_no_font_has_is_unsupported(api: Api) -> None:
    variants = [{"name": "a", "textOverlay": {"text": "A \U00013000 B"}}]
    answer = api.post("/derivatives", {"imageData": as_text(PNG), "variants": variants})

    assert assert_error(answer, 422, "UNSUPPORTED_TEXT") == {"missing": ["U+13000"]}


@pytest.mark.skipif(not shaping(), reason="fribidi is not installed here")
def test_text_in_many_scripts_and_a_turned_mark_are_drawn(api: Api) -> None:
    text = {"text": "שלום 日本 ខ្មែរ abc", "size": 0.2, "shadow": {"blur": 0.1}}
    variants = [
        {"name": "plain", "format": "png"},
        {"name": "text", "format": "png", "textOverlay": text},
        {
            "name": "mark",
            "format": "png",
            "watermark": {"text": "© 日本", "tile": True, "rotation": 30},
        },
    ]
    answer = api.run("/derivatives", {"imageData": as_text(PNG), "variants": variants})

    assert len({variant["imageData"] for variant in answer["variants"]}) == 3


def test_a_watermark_image_goes_through_the_same_door(api: Api) -> None:
    variants = [{"name": "a", "watermark": {"image": as_text(claiming_png(12_000, 12_000))}}]
    answer = api.post("/derivatives", {"imageData": as_text(PNG), "variants": variants})

    assert_error(answer, 422, "IMAGE_TOO_LARGE")


@pytest.mark.parametrize("kind", ["webp", "jpeg", "png", "avif"])
def test_every_format_comes_out_as_what_it_says(api: Api, kind: str) -> None:
    body = {
        "imageData": "data:image/jpeg;base64," + as_text(WHOLE),
        "variants": [{"name": "v", "width": 160, "format": kind}],
    }
    (variant,) = api.run("/derivatives", body)["variants"]

    picture = as_picture(variant["imageData"])
    assert (picture.format or "").lower() == variant["format"] == kind
    assert picture.size == (variant["width"], variant["height"]) == (160, 120)
    assert variant["bytes"] == len(as_bytes(variant["imageData"]))


def test_the_fits_differ_as_they_should(api: Api) -> None:
    fits = ("cover", "contain", "fill", "inside", "outside")
    variants = [
        {"name": fit, "width": 100, "height": 100, "fit": fit, "format": "png"} for fit in fits
    ]
    answer = api.run("/derivatives", {"imageData": as_text(WHOLE), "variants": variants})

    sizes = {one["name"]: (one["width"], one["height"]) for one in answer["variants"]}
    assert sizes == {
        "cover": (100, 100),
        "contain": (100, 100),
        "fill": (100, 100),
        "inside": (100, 75),
        "outside": (133, 100),
    }


def test_metadata_is_named_and_gone(api: Api) -> None:
    original = telling_jpeg()
    assert opened(original).getexif()
    answer = api.run("/sanitize", {"imageData": as_text(original)})

    (variant,) = answer["variants"]
    data = as_bytes(variant["imageData"])
    picture = as_picture(variant["imageData"])
    assert answer["removed"]
    assert not picture.getexif()
    assert not {"exif", "xmp", "comment", "photoshop"} & set(picture.info)
    assert b"Exif" not in data and b"http://ns.adobe.com" not in data
    assert variant["format"] == "jpeg"


@pytest.mark.parametrize("orientation", [3, 6, 8])
def test_orientation_is_applied_before_it_is_stripped(api: Api, orientation: int) -> None:
    (variant,) = api.run("/sanitize", {"imageData": as_text(turned(orientation))})["variants"]

    picture = as_picture(variant["imageData"]).convert("RGB")
    upright = corners()
    assert picture.size == upright.size
    for place in ((5, 5), (55, 5), (5, 35), (55, 35)):
        assert near(picture.getpixel(place), upright.getpixel(place), 40)


def test_the_short_routes_make_one_variant(api: Api) -> None:
    source = {"imageData": as_text(WHOLE)}
    crop = {"x": 10, "y": 20, "width": 100, "height": 50}
    made = {
        "/transform": api.post("/transform", source | {"crop": crop, "width": 50}).json(),
        "/convert": api.post("/convert", source | {"format": "webp"}).json(),
        "/optimize": api.post("/optimize", source | {"quality": {"maxBytes": 6000}}).json(),
    }

    sizes = {path: (one["variants"][0]["width"], one["variants"][0]["height"])
             for path, one in made.items()}  # fmt: skip
    assert sizes == {"/transform": (50, 25), "/convert": (320, 240), "/optimize": (320, 240)}
    assert made["/convert"]["variants"][0]["format"] == "webp"
    assert made["/optimize"]["variants"][0]["bytes"] <= 6000 < len(WHOLE)


def test_a_preset_is_its_list_of_variants(api: Api) -> None:
    preset = api.get("/presets").json()["presets"]["thumbnail"]
    answer = api.run("/derivatives", {"imageData": as_text(WHOLE), "preset": "thumbnail"})

    names = [variant["name"] for variant in preset["variants"]]
    assert [variant["name"] for variant in answer["variants"]] == names
    assert [variant["width"] for variant in answer["variants"]] == [320, 160, 64]


def test_a_preset_of_one_shape_is_ready_for_a_page(api: Api) -> None:
    answer = api.run("/derivatives", {"imageData": as_text(WHOLE), "preset": "web"})

    listed = [entry.split() for entry in answer["srcset"][0]["srcset"].split(", ")]
    assert [one["type"] for one in answer["srcset"]] == ["image/webp"]
    assert [width for _, width in listed] == ["320w"]  # the source has no more
    assert listed[0][0] in answer["picture"] and answer["picture"].startswith("<picture>")
    assert opened(api.get(listed[0][0]).content).size == (320, 240)


def test_an_animation_moves_on_where_the_format_can(api: Api) -> None:
    variants = [
        {"name": "a"},
        {"name": "b", "format": "webp", "width": 50},
        {"name": "c", "format": "jpeg"},
    ]
    answer = api.run("/derivatives", {"imageData": as_text(moving("GIF")), "variants": variants})

    shown = {one["name"]: frames_of(as_bytes(one["imageData"])) for one in answer["variants"]}
    assert [time for _, time in shown["a"]] == [time for _, time in shown["b"]] == [50, 120, 200]
    assert (len(shown["c"]), answer["source"]["frames"]) == (1, 3)
    assert [one["format"] for one in answer["variants"]] == ["gif", "webp", "jpeg"]
    assert answer["adjustments"] == [{"what": "frames", "from": "3", "to": "1", "variant": "c"}]
    assert api.get(answer["variants"][0]["url"]).headers["Content-Type"] == "image/gif"


def test_a_picture_is_enlarged_only_where_that_is_asked_for(api: Api) -> None:
    wanted = {"imageData": as_text(WHOLE), "width": 640, "height": 640, "fit": "cover"}

    details = assert_error(api.post("/transform", wanted), 422, "INVALID_REQUEST")
    grown = api.post("/transform", wanted | {"enlarge": True}).json()["variants"][0]

    assert list(details) == ["enlarge"]
    assert (grown["width"], grown["height"]) == (640, 640)


def test_a_picture_of_an_earlier_job_is_a_source(api: Api) -> None:
    first = api.submit("/derivatives", {"imageData": as_text(WHOLE),
                                        "variants": [{"name": "a", "format": "png"}]})  # fmt: skip
    api.ended(first)
    body = {"sourceJob": {"jobId": first}, "variants": [{"name": "b", "width": 40}]}

    answer = api.post("/derivatives", body)

    assert answer.json()["source"] == {
        "format": "png",
        "width": 320,
        "height": 240,
        "bytes": api.result(first)["variants"][0]["bytes"],
    }
    assert answer.json()["variants"][0]["width"] == 40
    missing = {"sourceJob": {"jobId": first, "index": 1}, "variants": VARIANTS}
    details = assert_error(api.post("/derivatives", missing), 422, "INVALID_REQUEST")
    assert list(details) == ["sourceJob.index"]


@pytest.fixture(scope="module")
def made(service: Stack) -> dict[str, Any]:
    """A finished job: its id and its result."""
    job_id = service.api.submit("/derivatives", quick_request())
    return {"id": job_id} | service.api.result(job_id)


def test_a_result_is_given_as_bytes_where_an_image_is_accepted(
    api: Api, made: dict[str, Any]
) -> None:
    answer = api.get(f"/jobs/{made['id']}/result", Accept="image/*")

    assert answer.headers["Content-Type"] == "image/png"
    assert answer.content == as_bytes(made["variants"][0]["imageData"])
    assert (
        "image/png"
        in api.post("/derivatives", quick_request(), Accept="image/png").headers["Content-Type"]
    )


@pytest.mark.parametrize("accept", ["*/*", "application/json", "image/*;q=0.5, application/json"])
def test_a_result_is_json_otherwise(api: Api, made: dict[str, Any], accept: str) -> None:
    answer = api.get(f"/jobs/{made['id']}/result", Accept=accept)

    assert answer.headers["Content-Type"] == "application/json"


def test_a_picture_of_another_type_is_not_acceptable(api: Api, made: dict[str, Any]) -> None:
    answer = api.get(f"/jobs/{made['id']}/images/0", Accept="image/avif")

    assert_error(answer, 406, "NOT_ACCEPTABLE")


def test_a_picture_is_cached_under_its_hash(api: Api, made: dict[str, Any]) -> None:
    first = api.get(made["variants"][0]["url"])

    tag = first.headers["ETag"]
    assert "immutable" in first.headers["Cache-Control"]
    assert "private" in first.headers["Cache-Control"]
    assert first.headers["X-Content-Type-Options"] == "nosniff"
    again = api.get(made["variants"][0]["url"], If_None_Match=tag)
    assert (again.status_code, again.content, again.headers["ETag"]) == (304, b"", tag)
    assert api.get(made["variants"][0]["url"], If_None_Match='"other"').status_code == 200


def test_there_are_as_many_pictures_as_there_are(api: Api, made: dict[str, Any]) -> None:
    assert api.get(f"/jobs/{made['id']}/images/1").status_code == 404
    assert api.get(f"/jobs/{made['id']}/images/-1").status_code == 404


def test_server_timing_names_the_stages(api: Api) -> None:
    header = api.post("/derivatives", quick_request()).headers["Server-Timing"]

    stages = dict(part.split(";dur=") for part in header.split(", "))
    assert {"queue", "decode", "variants"} <= set(stages)
    assert all(0 <= float(milliseconds) < 60_000 for milliseconds in stages.values())


def test_a_wait_that_runs_out_loses_no_work(api: Api) -> None:
    answer = api.post("/derivatives", slow_request(8), Prefer="wait=1")

    assert answer.status_code == 202
    assert len(api.result(answer.json()["jobId"])["variants"]) == 8


def test_a_result_whose_pictures_are_gone_has_expired(service: Stack, api: Api) -> None:
    body = {"imageData": as_text(file(photo(50, 40, seed=99))), "variants": VARIANTS}
    job_id = api.submit("/derivatives", body)
    answer = api.result(job_id)
    tag = api.get(answer["variants"][0]["url"]).headers["ETag"].strip('"')
    (blob,) = service.blobs.rglob(tag)
    blob.unlink()

    assert_error(api.get(f"/jobs/{job_id}/result"), 410, "RESULT_EXPIRED")
    assert_error(api.get(f"/jobs/{job_id}/images/0"), 410, "RESULT_EXPIRED")
    again = {"sourceJob": {"jobId": job_id}, "variants": VARIANTS}
    assert_error(api.post("/derivatives", again), 410, "RESULT_EXPIRED")


def test_a_finished_job_is_not_cancelled(api: Api, made: dict[str, Any]) -> None:
    answer: httpx.Response = api.http.delete(f"/jobs/{made['id']}")

    assert (answer.status_code, answer.json()["status"]) == (200, "succeeded")
