"""The recipe, its seeds, its style's words, its sizes, and how it shrinks."""

import dataclasses

import numpy as np
import pytest

from app.contracts.errors import OutOfMemory
from workers.gpu_diffusion.engine import OnPreview, OnStep, Painted, Recipe
from workers.gpu_diffusion.painter import Painter, downgrades
from workers.gpu_diffusion.sizes import covering_box, native_size, smaller_size
from workers.gpu_diffusion.style import with_style

PAYLOAD = {
    "prompt": "a red torii",
    "negative_prompt": "fog",
    "model": "anime",
    "entry": "starter",
    "style": "anime",
    "width": 512,
    "height": 384,
    "steps": 20,
    "guidance_scale": 4.0,
    "scheduler": "dpm++",
    "seed": 2**32 - 1,
    "num_images": 3,
}
STYLES = {
    "photorealistic": "a photorealistic photograph of",
    "anime": "an anime illustration of",
}


def test_a_recipe_is_read_from_the_payload_with_the_prompt_of_the_engine():
    recipe = Recipe.from_payload(PAYLOAD, "an anime illustration of a red torii")

    assert recipe.prompt == "an anime illustration of a red torii"
    assert (recipe.width, recipe.height, recipe.num_images) == (512, 384, 3)
    assert (recipe.negative_prompt, recipe.scheduler, recipe.tiled) == ("fog", "dpm++", False)


def test_a_recipe_cannot_be_changed():
    with pytest.raises(dataclasses.FrozenInstanceError):
        Recipe.from_payload(PAYLOAD).seed = 1


def test_each_picture_has_the_next_seed_and_the_last_seed_is_followed_by_zero():
    recipe = Recipe.from_payload(PAYLOAD)

    assert [recipe.seed_of(index) for index in range(3)] == [2**32 - 1, 0, 1]


@pytest.mark.parametrize(
    ("prompt", "style", "expected"),
    [
        ("a red torii", "anime", "an anime illustration of a red torii"),
        ("a red torii", "photorealistic", "a photorealistic photograph of a red torii"),
        ("An Anime Illustration of a torii", "anime", "An Anime Illustration of a torii"),
        ("a torii, manga page", "anime", "a torii, manga page"),
        ("a torii, cel-shaded", "anime", "a torii, cel-shaded"),
        ("PHOTO of a torii", "photorealistic", "PHOTO of a torii"),
        ("a photo-realistic torii", "photorealistic", "a photo-realistic torii"),
        # A word inside another says nothing of the style.
        ("a photon beam", "photorealistic", "a photorealistic photograph of a photon beam"),
        ("a red torii", None, "a red torii"),
        ("a red torii", "watercolour", "a red torii"),
    ],
)
def test_the_words_of_a_style_come_first_unless_the_prompt_says_them(prompt, style, expected):
    assert with_style(prompt, style, STYLES) == expected


@pytest.mark.parametrize("size", [(512, 512), (1024, 768), (384, 1024), (64, 64)])
def test_the_native_size_has_the_shape_asked_for_and_the_area_of_the_model(size):
    width, height = native_size(*size, native=128, grid=16)

    assert width % 16 == height % 16 == 0
    assert width * height == pytest.approx(128 * 128, rel=0.2)
    assert width / height == pytest.approx(size[0] / size[1], rel=0.2)


def test_the_covering_box_keeps_the_shape_and_the_centre():
    left, top, right, bottom = covering_box((160, 128), (512, 512))

    assert (left, top, right, bottom) == (16, 0, 144, 128)


@pytest.mark.parametrize(
    ("size", "expected"),
    [((1024, 768), (768, 576)), ((512, 512), (384, 384)), ((320, 320), None)],
)
def test_three_quarters_of_a_size_stay_on_the_grid_and_above_the_least_side(size, expected):
    assert smaller_size(*size, multiple=64, min_side=256) == expected


def test_a_downgrade_tiles_first_and_shrinks_next():
    recipe = Recipe.from_payload(PAYLOAD)

    ways = list(downgrades(recipe, multiple=32, min_side=256))

    assert [(way.tiled, way.width, way.height) for way, _ in ways] == [
        (True, 512, 384),
        (True, 384, 288),
    ]
    assert [note for _, note in ways] == [
        {"what": "decoding", "from": "whole", "to": "tiled"},
        {"what": "size", "from": "512x384", "to": "384x288"},
    ]


class SmallDevice:
    """An engine with room for so many pixels."""

    name = revision = "small"

    def __init__(self, pixels: int) -> None:
        self._pixels = pixels
        self.asked: list[Recipe] = []

    def load(self) -> None:
        """Nothing to load."""

    def paint(
        self, recipe: Recipe, index: int, on_step: OnStep, on_preview: OnPreview | None = None
    ) -> Painted:
        self.asked.append(recipe)
        if recipe.width * recipe.height > self._pixels:
            raise OutOfMemory("No room.", {"requested": "8GB", "available": "4GB"})
        return Painted(np.zeros((recipe.height, recipe.width, 3), np.uint8), 1.0, 1.0)

    def close(self) -> None:
        """Nothing to close."""


def painter(device: SmallDevice, downgrade: bool) -> Painter:
    return Painter(device, Recipe.from_payload(PAYLOAD), 32, 256, downgrade)


def test_a_smaller_picture_comes_out_where_the_client_allows_it_and_the_next_starts_there():
    device = SmallDevice(pixels=400 * 300)
    brush = painter(device, downgrade=True)

    shapes = [brush.paint(index, lambda step, steps: None).rgb.shape for index in (0, 1)]

    assert shapes == [(288, 384, 3)] * 2
    assert len(device.asked) == 4
    assert [change["what"] for change in brush.adjustments] == ["decoding", "size"]


def test_without_leave_a_picture_is_not_made_smaller():
    device = SmallDevice(pixels=400 * 300)
    brush = painter(device, downgrade=False)

    with pytest.raises(OutOfMemory) as caught:
        brush.paint(0, lambda step, steps: None)

    assert caught.value.details == {"requested": "8GB", "available": "4GB"}
    assert len(device.asked) == 1 and brush.adjustments == []


def test_where_nothing_helps_the_error_tells_what_was_tried():
    brush = painter(SmallDevice(pixels=0), downgrade=True)

    with pytest.raises(OutOfMemory) as caught:
        brush.paint(0, lambda step, steps: None)

    assert caught.value.details["adjustments"] == brush.adjustments
    assert len(brush.adjustments) == 2
