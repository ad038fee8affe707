"""The image classifier: a tiny real one, and folders that cannot be used."""

from __future__ import annotations

import json

import pytest
from PIL import Image

from app.contracts.errors import ModelUnavailable
from tests.tiny_classifier import write_tiny_classifier
from workers.cpu_processing.classifier import Classifier, UnusableClassifier, try_classifier


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return write_tiny_classifier(tmp_path_factory.mktemp("classifier"))


def test_it_judges_pictures(folder):
    judge = Classifier(folder)

    red = judge.scores(Image.new("RGB", (64, 48), (230, 20, 20)))
    blue = judge.scores(Image.new("RGB", (64, 48), (20, 20, 230)))
    grey = judge.scores(Image.new("RGB", (64, 48), (128, 128, 128)))

    assert red["nsfw"] > 0.9
    assert blue["nsfw"] < 0.1 and grey["nsfw"] < 0.1
    assert sum(red.values()) == pytest.approx(1.0, abs=0.01)


def test_a_good_folder_passes_its_trial(folder):
    try_classifier(folder, {"nsfw"})


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda folder: (folder / "config.json").unlink(), "config.json"),
        (lambda folder: (folder / "model.safetensors").unlink(), "safetensors"),
        (lambda folder: (folder / "model.safetensors").write_bytes(b"\0" * 40), "Error"),
        (lambda folder: (folder / "preprocessor_config.json").unlink(), "Error"),
        (lambda folder: relabel(folder, "auto_map", {"AutoConfig": "a.B"}, "model_type"), "Error"),
    ],
    ids=["no config", "no weights", "damaged weights", "no processor", "code of its own"],
)
def test_a_folder_of_no_use_says_why(tmp_path, spoil, words):
    folder = write_tiny_classifier(tmp_path / "bad")
    spoil(folder)

    with pytest.raises(UnusableClassifier, match=words):
        Classifier(folder).warm()
    with pytest.raises(ModelUnavailable) as caught:
        Classifier(folder).scores(Image.new("RGB", (8, 8)))
    assert "IMAJIN_MODERATION_MODEL" in caught.value.details["hint"]


def relabel(folder, name, value, without):
    file = folder / "config.json"
    config = json.loads(file.read_text("utf-8")) | {name: value}
    config.pop(without)
    file.write_text(json.dumps(config), "utf-8")


def test_the_trial_names_labels_that_nobody_knows(folder):
    with pytest.raises(UnusableClassifier, match="normal, nsfw"):
        try_classifier(folder, {"violence"})


def test_the_trial_names_a_missing_folder(tmp_path):
    with pytest.raises(UnusableClassifier, match="no such folder"):
        try_classifier(tmp_path / "nowhere", {"nsfw"})
