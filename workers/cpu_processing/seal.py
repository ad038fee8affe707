"""The last thing done to a file that leaves: its origin in XMP, its credentials signed."""

from __future__ import annotations

import io
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from PIL import Image

from app.contracts.schemas.wire import camel
from workers.cpu_processing.credentials import Credentials, store_size
from workers.cpu_processing.decode import Decoded
from workers.cpu_processing.manifests import actions_of, created, derived
from workers.cpu_processing.steps.encode import Encoded, impossible
from workers.cpu_processing.steps.sanitize import Kept, prove_clean
from workers.cpu_processing.xmp import TRAINED, packet

Size = tuple[int, int]
# A spec of which there is most to say.
_WORDY = {"crop": {}, "text_overlay": {}, "watermark": {"text": "", "invisible": True}}


def origin(recipe: dict[str, Any] | None = None) -> Kept:
    """What a generated picture carries: its digital source type, and the recipe if one is given."""
    return Kept(xmp=packet(TRAINED, recipe), names=frozenset({"xmp"}))


def recipe_of(recipe: dict[str, Any], seed: int) -> dict[str, Any]:
    """The recipe of one picture of a job, in the case of the wire, as a request could repeat it."""
    return {
        camel(name): value for name, value in (recipe | {"seed": seed, "num_images": 1}).items()
    }


def sign_created(
    file: Encoded, size: Size, recipe: dict[str, Any], kept: Kept, credentials: Credentials
) -> Encoded:
    """The generated picture with credentials of its own; as it is where there is no certificate."""
    if not credentials.signs:
        return file
    data = credentials.sign(file.data, file.format, created(recipe))
    return _proven(file, data, size, kept)


@dataclass(frozen=True)
class Chain:
    """A source whose credentials go on in what is derived from it, and who signs."""

    parent: Decoded
    credentials: Credentials

    @classmethod
    def of(cls, file: Decoded, keep: list[str], credentials: Credentials | None) -> Chain | None:
        """The chain to be kept; None where nobody signs, nobody asked, or the source has none."""
        asked = "provenance" in keep and credentials is not None and credentials.signs
        return cls(file, credentials) if asked and credentials and store_size(file) else None

    def sign(self, file: Encoded, size: Size, spec: dict[str, Any], kept: Kept) -> Encoded:
        """The variant with the source as its ingredient and what was done to it."""
        converted = file.format != self.parent.format
        actions = actions_of(spec, self.parent.image.size, size, converted)
        data = self.credentials.sign(file.data, file.format, derived(actions), self.parent)
        return _proven(file, data, size, kept)

    def leave_room(self, quality: Any, form: str) -> Any:
        """A quality whose bytes at most, if it names them, leave room for the credentials."""
        if not isinstance(quality, dict) or "max_bytes" not in quality:
            return quality
        dot = Encoded(_dot(form), form)
        taken = len(self.sign(dot, (1, 1), _WORDY, Kept()).data)
        most = quality["max_bytes"] - (taken - len(dot.data))
        if most > 0:
            return {"max_bytes": most}
        sentence = f"The credentials alone need {taken - len(dot.data)} bytes."
        raise impossible(sentence, {"maxBytes": quality["max_bytes"]})


@lru_cache(maxsize=4)
def _dot(form: str) -> bytes:
    """A picture of one pixel."""
    out = io.BytesIO()
    Image.new("RGB", (1, 1)).save(out, form.upper())
    return out.getvalue()


def _proven(file: Encoded, data: bytes, size: Size, kept: Kept) -> Encoded:
    """The signed file, opened again and found to hold the credentials and nothing else new."""
    prove_clean(data, file.format, size, replace(kept, names=kept.names | {"c2pa"}))
    return replace(file, data=data)
