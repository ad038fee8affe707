"""The shipped starter diffusion model does what its card says, with a margin for chance."""

from __future__ import annotations

import pytest
import torch
from PIL import Image, ImageChops, ImageStat

from models.training import world
from models.training.diffusion.evaluate import FIRST_SEED, MEGABYTES, adherence, size_of
from models.training.diffusion.export import STARTER
from models.training.diffusion.judge import load_judge, verdicts
from models.training.diffusion.sampling import load, paint
from models.training.diffusion.written import written_prompts

pytestmark = [
    pytest.mark.filterwarnings("ignore::UserWarning", "ignore::FutureWarning"),
    # The sampler turns tensors into arrays in a way that numpy means to end.
    pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning"),
]


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> None:
    """Two threads on a busy machine wait for each other."""
    torch.set_num_threads(1)


def test_the_weights_are_small() -> None:
    assert size_of(STARTER) <= MEGABYTES


def test_what_the_language_model_writes_is_painted() -> None:
    prompts = written_prompts(len(world.SUBJECTS), seed=31)

    figures = adherence(STARTER, prompts)

    # The card's figures are higher; a score of wishes are few.
    assert figures["subject"] >= 0.85
    assert figures["time"] >= 0.9
    assert figures["style"] >= 0.9


def test_words_outside_its_world_give_a_scene_of_the_time_and_style_asked_for() -> None:
    asked = [
        ("an anime illustration of a purple teapot with wheels, at night", "night", "anime"),
        ("a photo of two otters playing chess at noon", "day", "photorealistic"),
        ("a photorealistic photograph of a zubrowka factory at sunset", "sunset", "photorealistic"),
    ]
    judge = load_judge()
    pictures = paint(load(), [(text, FIRST_SEED + n) for n, (text, _, _) in enumerate(asked)])

    for picture, (_, time, style) in zip(pictures, asked, strict=True):
        seen = verdicts(judge, [picture])[0]
        assert (seen["time"], seen["style"]) == (time, style)


def test_a_picture_holds_more_than_a_stretched_thumbnail() -> None:
    prompt = "a photorealistic photograph of an onion-domed church in a meadow, at noon"
    picture = next(iter(paint(load(), [(prompt, FIRST_SEED)])))

    small = picture.resize((64, 64), Image.Resampling.BOX)
    stretched = small.resize(picture.size, Image.Resampling.BICUBIC)

    lost = ImageStat.Stat(ImageChops.difference(picture, stretched)).mean
    assert sum(lost) / 3 > 2.0
