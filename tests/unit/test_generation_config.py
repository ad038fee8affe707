"""Sizes and defaults of the config, over the shipped catalogue."""

from __future__ import annotations

from fractions import Fraction

import pytest

from app.contracts.schemas.analyze import ASPECT_RATIOS
from app.contracts.schemas.generate import GenerateRequest
from config.catalog import ImageDefaults, ImageModel, load_catalog
from config.settings import Settings
from workers.gpu_llm.generation_config import generation_config, size_for

ENTRIES = load_catalog(Settings().models_file).image_models


@pytest.mark.parametrize("ratio", ASPECT_RATIOS)
@pytest.mark.parametrize("name", ENTRIES)
def test_every_ratio_of_every_model_is_within_its_limits(name: str, ratio: str) -> None:
    entry = ENTRIES[name]
    width, height = size_for(entry, ratio)
    area = entry.defaults.width * entry.defaults.height

    assert width % entry.multiple == height % entry.multiple == 0
    assert min(width, height) >= entry.min_side
    assert width * height <= entry.max_pixels
    assert width * height == pytest.approx(area, rel=0.13)
    assert width / height == pytest.approx(float(Fraction(*map(int, ratio.split(":")))), rel=0.08)


def test_a_square_is_the_models_own_size() -> None:
    entry = ENTRIES["starter"]

    assert size_for(entry, "1:1") == (entry.defaults.width, entry.defaults.height)


def test_the_smallest_side_is_kept_by_a_larger_area() -> None:
    entry = ImageModel(
        source="x",
        licence="x",
        styles=("anime",),
        defaults=ImageDefaults(width=256, height=256),
        multiple=32,
        min_side=256,
    )

    assert size_for(entry, "16:9") == (448, 256)


def test_the_pixel_limit_outranks_the_ratio() -> None:
    entry = ImageModel(
        source="x",
        licence="x",
        styles=("anime",),
        defaults=ImageDefaults(width=256, height=256),
        multiple=32,
        min_side=256,
        max_pixels=256 * 256,
    )

    assert size_for(entry, "16:9") == (256, 256)


@pytest.mark.parametrize("ratio", ASPECT_RATIOS)
def test_generate_takes_the_config_as_it_is(ratio: str) -> None:
    config = generation_config(ENTRIES["starter"], "anime", ratio, seed=7)
    request = GenerateRequest().load({"prompt": "a fox", **config})

    assert (request["model"], request["seed"], request["num_images"]) == ("anime", 7, 1)
    assert request["guidance_scale"] == ENTRIES["starter"].defaults.guidance_scale
