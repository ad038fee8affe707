"""/generate on the starter model: sizes, seeds, formats, progress, cancelling, what is drawn on."""

from __future__ import annotations

import time
from typing import Any

import pytest
from PIL import ImageChops, ImageStat

from tests.harness.client import Api
from tests.harness.images import as_bytes, as_picture, as_text
from tests.harness.stack import Stack
from tests.pictures import corners, file, opened

# The smallest size of the starter and few steps: these tests are not about beauty.
QUICK: dict[str, Any] = {
    "prompt": "a red torii gate by a lake",
    "width": 256,
    "height": 256,
    "steps": 6,
    "seed": 11,
}
LONG = QUICK | {"steps": 150, "numImages": 8}


@pytest.fixture(scope="module")
def plain(service: Stack) -> dict[str, Any]:
    """The picture without anything on it."""
    return service.api.run("/generate", QUICK)


def difference(one: str, other: str) -> float:
    """The mean difference of two pictures, 0 to 255."""
    pictures = [as_picture(text).convert("RGB") for text in (one, other)]
    means = ImageStat.Stat(ImageChops.difference(*pictures)).mean
    return sum(means) / 3


def test_the_answer_has_the_shape_of_the_contract(api: Api, plain: dict[str, Any]) -> None:
    picture = as_picture(plain["imageData"])

    assert picture.format == "PNG" and picture.size == (256, 256)
    assert (plain["format"], plain["width"], plain["height"], plain["seed"]) == (
        "png",
        256,
        256,
        11,
    )
    (only,) = plain["images"]
    assert only["imageData"] == plain["imageData"]
    assert api.get(only["url"]).content == as_bytes(plain["imageData"])
    assert plain["adjustments"] == []
    assert {"load", "denoise", "decode", "queue"} <= set(plain["timings"])
    for name in ("prompt", "model", "width", "height", "steps", "guidanceScale", "scheduler",
                 "seed", "numImages"):  # fmt: skip
        assert name in plain["recipe"], name


def test_a_recipe_makes_the_same_picture_again(api: Api, plain: dict[str, Any]) -> None:
    assert api.run("/generate", QUICK)["imageData"] == plain["imageData"]
    other = api.run("/generate", QUICK | {"seed": 12})
    assert difference(other["imageData"], plain["imageData"]) > 3


def test_a_seed_nobody_chose_is_told_and_can_be_used_again(api: Api) -> None:
    body = {name: value for name, value in QUICK.items() if name != "seed"}
    first = api.run("/generate", body)
    again = api.run("/generate", body | {"seed": first["seed"]})

    assert again["imageData"] == first["imageData"]
    assert first["recipe"]["seed"] == first["seed"]


def test_n_pictures_have_n_seeds_and_each_can_be_made_alone(
    api: Api, plain: dict[str, Any]
) -> None:
    made = api.run("/generate", QUICK | {"numImages": 3})["images"]

    assert len({image["seed"] for image in made}) == 3
    assert len({image["imageData"] for image in made}) == 3
    assert made[0]["imageData"] == plain["imageData"]
    alone = api.run("/generate", QUICK | {"seed": made[2]["seed"]})
    assert difference(alone["imageData"], made[2]["imageData"]) < 1


@pytest.mark.parametrize(("kind", "width", "height"), [("webp", 320, 256), ("png", 256, 384)])
def test_format_and_size_are_as_asked(api: Api, kind: str, width: int, height: int) -> None:
    body = QUICK | {"format": kind, "width": width, "height": height}
    answer = api.post("/generate", body).json()

    picture = as_picture(answer["imageData"])
    assert (picture.format or "").lower() == answer["format"] == kind
    assert picture.size == (answer["width"], answer["height"]) == (width, height)


def test_a_quality_makes_webp_smaller(api: Api) -> None:
    sizes = [
        len(as_bytes(api.run("/generate", QUICK | {"format": "webp", "quality": q})["imageData"]))
        for q in (20, 95)
    ]

    assert sizes[0] < sizes[1]


def test_the_wait_can_end_in_the_pictures_own_bytes(api: Api, plain: dict[str, Any]) -> None:
    answer = api.post("/generate", QUICK, Accept="image/png")

    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "image/png"
    assert answer.content == as_bytes(plain["imageData"])


def test_the_answers_timing_names_every_stage(api: Api) -> None:
    header = api.post("/generate", QUICK).headers["Server-Timing"]

    stages = dict(part.split(";dur=") for part in header.split(", "))
    assert {"queue", "load", "denoise", "decode"} <= set(stages)
    assert float(stages["denoise"]) > 0


def test_a_text_overlay_is_drawn_where_it_was_asked(api: Api, plain: dict[str, Any]) -> None:
    overlay = {"text": "TORII", "position": "north", "size": 0.2, "color": "#00ff00"}
    answer = api.run("/generate", QUICK | {"textOverlay": overlay})

    before, after = (as_picture(one["imageData"]).convert("RGB") for one in (plain, answer))
    box = ImageChops.difference(before, after).getbbox()
    assert box is not None and box[3] < 128
    green = sum(pixel == (0, 255, 0) for pixel in after.get_flattened_data())
    assert green > 300


@pytest.mark.parametrize(
    "watermark",
    [
        {"text": "imajin", "opacity": 0.9, "scale": 0.5},
        {"image": as_text(file(corners())), "opacity": 1.0, "scale": 0.3},
    ],
    ids=["text", "image"],
)
def test_a_watermark_stands_in_its_corner(
    api: Api, plain: dict[str, Any], watermark: dict[str, Any]
) -> None:
    answer = api.run("/generate", QUICK | {"watermark": watermark | {"position": "southeast"}})

    before, after = (as_picture(one["imageData"]).convert("RGB") for one in (plain, answer))
    box = ImageChops.difference(before, after).getbbox()
    assert box is not None and box[0] > 100 and box[1] > 100


def test_a_picture_carries_no_prompt_of_its_client(plain: dict[str, Any]) -> None:
    data = as_bytes(plain["imageData"])

    assert b"torii" not in data
    assert not opened(data).getexif()


def test_moderation_flags_and_paints_all_the_same(api: Api) -> None:
    body = QUICK | {"prompt": "a nude statue by a lake", "moderation": {"mode": "flag"}}
    flagged = api.run("/generate", body)["images"][0]["moderation"]

    assert "sexual" in str(flagged)


def test_progress_rises_and_names_the_steps(api: Api) -> None:
    job_id = api.submit("/generate", QUICK | {"steps": 100})
    seen: list[dict[str, Any]] = []
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        job = api.job(job_id)
        if job["status"] == "succeeded":
            break
        if job.get("progress"):
            seen.append(job["progress"])
        time.sleep(0.02)

    denoising = [one for one in seen if one["stage"] == "denoise"]
    assert len({one["step"] for one in denoising}) >= 3
    assert {one["steps"] for one in denoising} == {100}
    percents = [one["percent"] for one in seen]
    assert percents == sorted(percents) and percents[0] >= 0 and percents[-1] <= 99
    assert "progress" not in api.job(job_id)


def test_a_running_picture_is_cancelled_within_a_step(service: Stack, api: Api) -> None:
    child = service.programs["gpu_diffusion"].pool()[0].pid
    job_id = api.submit("/generate", LONG)
    api.processing(job_id)
    time.sleep(0.3)

    answer = api.http.delete(f"/jobs/{job_id}")
    asked = time.monotonic()

    assert answer.status_code == 202
    assert api.ended(job_id)["status"] == "cancelled"
    assert time.monotonic() - asked < 3
    assert api.get(f"/jobs/{job_id}/result").status_code == 410
    assert api.run("/generate", QUICK)["imageData"]
    assert [one.pid for one in service.programs["gpu_diffusion"].pool()] == [child]


def test_a_queued_picture_that_is_cancelled_is_never_begun(service: Stack, api: Api) -> None:
    first = api.submit("/generate", LONG)
    api.processing(first)
    second = api.submit("/generate", QUICK)
    assert api.http.delete(f"/jobs/{second}").json()["status"] == "cancelled"
    api.http.delete(f"/jobs/{first}")
    api.ended(first)
    api.run("/generate", QUICK)

    log = service.programs["gpu_diffusion"].text()
    assert not [line for line in log.splitlines() if second in line and "step.started" in line]
    assert api.job(second)["attempts"] == 0


@pytest.mark.parametrize("scheduler", ["ddim", "euler", "euler-a", "dpm++-karras", "unipc", "heun"])
def test_samplers_differ_and_all_of_them_paint(
    api: Api, plain: dict[str, Any], scheduler: str
) -> None:
    answer = api.run("/generate", QUICK | {"scheduler": scheduler})

    assert answer["recipe"]["scheduler"] == scheduler
    assert difference(answer["imageData"], plain["imageData"]) > 0.5
    spread = ImageStat.Stat(as_picture(answer["imageData"]).convert("L")).stddev[0]
    assert spread > 5


def test_a_sampler_of_another_family_is_refused(api: Api) -> None:
    job = api.ended(api.submit("/generate", QUICK | {"scheduler": "flow-euler"}))

    assert job["error"]["code"] == "INVALID_REQUEST"
    assert "scheduler" in job["error"]["details"]
