"""The image classifier of a deployment: tried when the worker starts, loaded in each child."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Collection
from pathlib import Path

from PIL import Image

from app.contracts.errors import ModelUnavailable
from workers.cpu_processing.moderation import ImageJudge

_PATIENCE = 300.0  # seconds; torch alone takes ten on a busy machine


class UnusableClassifier(ValueError):
    """The folder cannot be used; the message says why."""


def try_classifier(folder: Path, known: Collection[str]) -> None:
    """UnusableClassifier unless the folder loads, judges a picture, and has a known label.

    In a process of its own, so that the worker's parent never loads torch.
    """
    if not folder.is_dir():
        raise UnusableClassifier("there is no such folder")
    command = [sys.executable, "-m", "workers.cpu_processing.classifier_engine", str(folder)]
    try:
        tried = subprocess.run(command, capture_output=True, text=True, timeout=_PATIENCE)
    except subprocess.TimeoutExpired as error:
        raise UnusableClassifier(f"it did not load within {_PATIENCE:.0f} s") from error
    if tried.returncode != 0:
        said = tried.stderr.strip().splitlines() or ["it does not load"]
        raise UnusableClassifier(said[-1])
    labels = tried.stdout.split("\n")
    if not set(labels) & set(known):
        raise UnusableClassifier(
            f"none of its labels ({', '.join(filter(None, labels))}) stands under labels in the "
            "moderation rules"
        )


class Classifier:
    """A classifier that is loaded on `warm`, or else with the first picture it judges."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._engine: ImageJudge | None = None

    def warm(self) -> ImageJudge:
        """Load it, unless it is; UnusableClassifier where it cannot be."""
        from workers.cpu_processing.classifier_engine import ImageClassifier

        if self._engine is None:
            self._engine = ImageClassifier(self._folder)
        return self._engine

    def scores(self, image: Image.Image) -> dict[str, float]:
        """A score from 0 to 1 for each label; ModelUnavailable where it cannot be loaded."""
        try:
            return self.warm().scores(image)
        except UnusableClassifier as error:
            hint = f"IMAJIN_MODERATION_MODEL cannot be used: {error}."
            details = {"model": "moderation", "hint": hint}
            raise ModelUnavailable("The image classifier cannot be loaded.", details) from error
