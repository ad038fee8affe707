"""The adapter of transformers: judges pictures with any image-classification folder."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import torch
import transformers
from PIL import Image
from safetensors import SafetensorError

from workers.cpu_processing.classifier import UnusableClassifier

# What loading raises for files that are missing, damaged, or not what they say.
_UNUSABLE = (
    OSError,
    ValueError,
    RuntimeError,
    KeyError,
    TypeError,
    AttributeError,
    ImportError,
    SafetensorError,
)


class ImageClassifier:
    """One classifier on the CPU. Code that a folder brings along is never run."""

    def __init__(self, folder: Path) -> None:
        """Load it and judge a first picture; UnusableClassifier where it cannot be used."""
        torch.set_num_threads(1)
        _quieten(transformers)
        if not list(folder.glob("*.safetensors")):
            raise UnusableClassifier("it holds no *.safetensors")
        local: dict[str, Any] = {"local_files_only": True, "trust_remote_code": False}
        try:
            reader: Any = transformers.AutoImageProcessor
            self._processor = reader.from_pretrained(folder, backend="pil", **local)
            self._model, loading = transformers.AutoModelForImageClassification.from_pretrained(
                folder, use_safetensors=True, output_loading_info=True, dtype=torch.float32, **local
            )
            if loading["missing_keys"]:
                raise UnusableClassifier("it lacks some of its weights")
            self._model.eval()
            self.scores(Image.new("RGB", (64, 64)))
        except _UNUSABLE as error:
            if isinstance(error, UnusableClassifier):
                raise
            said = str(error).partition("\n")[0]
            raise UnusableClassifier(f"{type(error).__name__}: {said}") from error

    @property
    def labels(self) -> tuple[str, ...]:
        """All labels, in lower case."""
        return tuple(str(name).lower() for name in self._model.config.id2label.values())

    def scores(self, image: Image.Image) -> dict[str, float]:
        """A score from 0 to 1 for each label."""
        inputs = self._processor(images=image.convert("RGB"), return_tensors="pt")
        with torch.inference_mode():
            logits = self._model(**inputs).logits[0].float()
        many = self._model.config.problem_type == "multi_label_classification"
        values = torch.sigmoid(logits) if many else torch.softmax(logits, dim=-1)
        return {
            name: round(score, 3) for name, score in zip(self.labels, values.tolist(), strict=True)
        }


def _quieten(library: Any) -> None:
    """Progress bars and remarks of the library have no place in a worker's log."""
    library.utils.logging.set_verbosity_error()
    library.utils.logging.disable_progress_bar()


def main() -> None:
    """Print the labels of a folder, a line each; on stderr why it cannot be used, with status 1."""
    try:
        print("\n".join(ImageClassifier(Path(sys.argv[1])).labels))
    except UnusableClassifier as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
