"""What the starter model paints, judged by its pixels: time of day, style, colour."""

from __future__ import annotations

from typing import Any

import pytest
from PIL import Image, ImageChops, ImageStat

from tests.harness.images import as_picture
from tests.harness.stack import Stack

SCENE: dict[str, Any] = {"width": 256, "height": 256, "seed": 1001, "numImages": 3}
PROMPTS = {
    "day": "a torii gate by a lake by day, clear",
    "night": "a torii gate by a lake at night, clear",
    "sail day": "a sailboat on the sea by day, clear",
    "sail night": "a sailboat on the sea at night, clear",
}


@pytest.fixture(scope="module")
def painted(service: Stack) -> dict[str, list[Image.Image]]:
    """Three pictures for each prompt, and of the first one also in the other style."""
    jobs = {
        name: service.api.submit("/generate", SCENE | {"prompt": prompt})
        for name, prompt in PROMPTS.items()
    }
    anime = SCENE | {"prompt": PROMPTS["day"], "model": "anime"}
    jobs["anime"] = service.api.submit("/generate", anime)
    return {
        name: [
            as_picture(image["imageData"]).convert("RGB")
            for image in service.api.result(job_id, 150)["images"]
        ]
        for name, job_id in jobs.items()
    }


def brightness(picture: Image.Image) -> float:
    """The mean of the grey picture, 0 to 255."""
    return ImageStat.Stat(picture.convert("L")).mean[0]


def redness(picture: Image.Image) -> float:
    """The share of pixels that are plainly red."""
    pixels = picture.get_flattened_data()
    red = sum(r > 110 and r > 1.7 * g and r > 1.7 * b for r, g, b in pixels)
    return red / len(pixels)


@pytest.mark.parametrize(("day", "night"), [("day", "night"), ("sail day", "sail night")])
def test_night_is_darker_than_day(
    painted: dict[str, list[Image.Image]], day: str, night: str
) -> None:
    for light, dark in zip(painted[day], painted[night], strict=True):
        assert brightness(dark) < 0.75 * brightness(light)


def test_a_torii_is_red_and_a_sailboat_is_not(painted: dict[str, list[Image.Image]]) -> None:
    torii = [redness(picture) for picture in painted["day"]]
    boats = [redness(picture) for picture in painted["sail day"]]

    assert sum(torii) / 3 > 0.01
    assert sum(torii) > 2 * sum(boats)


def test_anime_differs_from_photorealistic(painted: dict[str, list[Image.Image]]) -> None:
    for photo, anime in zip(painted["day"], painted["anime"], strict=True):
        means = ImageStat.Stat(ImageChops.difference(photo, anime)).mean
        assert sum(means) / 3 > 10


def test_subjects_differ(painted: dict[str, list[Image.Image]]) -> None:
    for torii, boat in zip(painted["day"], painted["sail day"], strict=True):
        means = ImageStat.Stat(ImageChops.difference(torii, boat)).mean
        assert sum(means) / 3 > 10
