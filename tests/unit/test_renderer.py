"""The renderer of the starter diffusion model's training set, and the captions beside it."""

import dataclasses

import numpy as np
import pytest

from models.training import world
from models.training.diffusion.captions import ATTRIBUTES, caption_of, labels_of
from models.training.diffusion.renderer import PAINTERS, render
from models.training.diffusion.scene import GRID, SIZES, Scene, random_scene, stand

CASTLE = Scene(
    subject="castle",
    time="day",
    place="meadow",
    season="summer",
    weather="clear",
    style="photorealistic",
    size=(512, 512),
    layout=0,
    variant=0,
    mirrored=False,
    seed=0,
)


def pixels(scene: Scene) -> np.ndarray:
    return np.asarray(render(scene)).astype(float)


def test_the_same_scene_gives_the_same_pixels():
    assert np.array_equal(pixels(CASTLE), pixels(CASTLE))


def test_every_subject_has_a_painter_and_no_painter_lacks_a_subject():
    assert set(PAINTERS) == set(world.SUBJECT_KEYS)


def test_ten_cultures_have_a_landmark():
    assert len({subject.culture for subject in world.SUBJECTS if subject.culture}) >= 10


@pytest.mark.parametrize("key", world.SUBJECT_KEYS)
def test_a_subject_fills_a_good_part_of_the_picture(key):
    bare = pixels(dataclasses.replace(CASTLE, subject=None))
    painted = pixels(dataclasses.replace(CASTLE, subject=key))

    changed = (np.abs(painted - bare).max(axis=2) > 8).mean()
    assert 0.03 < changed < 0.6


@pytest.mark.parametrize("size", SIZES)
def test_a_picture_has_the_size_asked_for(size):
    assert render(dataclasses.replace(CASTLE, size=size)).size == size


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("key", world.SUBJECT_KEYS)
def test_a_subject_stands_on_the_grid_and_under_the_upper_edge(key, size):
    (x, base), unit = stand(dataclasses.replace(CASTLE, subject=key, size=size, layout=2))

    assert base % GRID == 0
    assert 0 < x < size[0]
    assert base - unit > 0


@pytest.mark.parametrize("style", world.STYLES)
def test_night_is_much_darker_than_day(style):
    day = pixels(dataclasses.replace(CASTLE, style=style)).mean()
    night = pixels(dataclasses.replace(CASTLE, style=style, time="night")).mean()

    assert night < 0.6 * day


def test_a_torii_is_red():
    scene = dataclasses.replace(CASTLE, subject="torii")
    (x, base), unit = stand(scene)
    beam = pixels(scene)[round(base - 0.6 * unit), x + round(0.2 * unit)]

    assert beam[0] > 2 * beam[1]
    assert beam[0] > 2 * beam[2]


def test_only_anime_has_dark_outlines():
    dark = {
        style: (pixels(dataclasses.replace(CASTLE, style=style)).max(axis=2) < 50).mean()
        for style in world.STYLES
    }

    assert dark["anime"] > 1.25 * dark["photorealistic"]


def test_a_mirrored_scene_is_the_mirror_of_itself():
    mirrored = pixels(dataclasses.replace(CASTLE, mirrored=True, layout=2))

    assert np.array_equal(mirrored[:, ::-1], pixels(dataclasses.replace(CASTLE, layout=2)))


def test_a_caption_never_says_what_the_scene_is_not():
    rng = np.random.default_rng(3)
    for _ in range(300):
        scene = random_scene(rng)
        _, said = caption_of(scene, rng)
        for name, value in said.items():
            assert value in (getattr(scene, name), "none"), (name, value)


def test_a_landscape_is_never_captioned_with_a_subject():
    rng = np.random.default_rng(4)
    for _ in range(200):
        _, said = caption_of(random_scene(rng, bare=1.0), rng)
        assert said["subject"] == "none"


def test_labels_count_what_is_left_out_as_unsaid():
    labels = labels_of({"subject": "torii", "time": "night"})

    named = {name: ATTRIBUTES[name][label] for name, label in zip(ATTRIBUTES, labels, strict=True)}
    assert named["subject"] == "torii"
    assert named["time"] == "night"
    assert {named[name] for name in ("place", "season", "weather", "style")} == {"unsaid"}
