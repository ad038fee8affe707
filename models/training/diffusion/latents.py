"""The rendered set: scenes, their means and small pictures, written once in numbered chunks."""

import dataclasses
import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from rich.progress import track
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor

from models.training.diffusion.components import Components, means_of
from models.training.diffusion.renderer import render
from models.training.diffusion.scene import PLAIN, SIZES, Scene, random_scene

CHUNK = 256
THUMB = 128
BARE = 0.14
RENDERED_AT_ONCE = 4


@dataclass(frozen=True)
class Shelf:
    """All scenes of one picture size: means (n, 3, height / 8, width / 8) in their order."""

    scenes: tuple[Scene, ...]
    means: Tensor
    thumbs: Tensor


def write_chunks(folder: Path, seed: int, chunks: int) -> None:
    """Render until `chunks` chunk files lie in the folder; keeps those that do."""
    folder.mkdir(parents=True, exist_ok=True)
    for number in track(range(chunks), description="renders"):
        path = folder / f"chunk-{number:05d}.safetensors"
        if not path.exists():
            _write_chunk(path, np.random.default_rng((seed, 7, number)))


def _write_chunk(path: Path, rng: np.random.Generator) -> None:
    groups: dict[tuple[int, int], list[Scene]] = defaultdict(list)
    for _ in range(CHUNK):
        scene = random_scene(rng, bare=BARE, plain=PLAIN)
        groups[scene.size].append(scene)
    tensors: dict[str, Tensor] = {}
    for size, scenes in groups.items():
        name = f"{size[0]}x{size[1]}"
        means, thumbs = zip(*_encoded(scenes), strict=True)
        tensors[f"{name}.means"] = torch.cat(means)
        tensors[f"{name}.thumbs"] = torch.cat(thumbs)
    lists = {
        f"{w}x{h}": json.dumps([dataclasses.asdict(scene) for scene in scenes])
        for (w, h), scenes in groups.items()
    }
    fresh = path.with_suffix(".new")
    save_file(tensors, fresh, metadata=lists)
    fresh.replace(path)


def _encoded(scenes: list[Scene]) -> Iterator[tuple[Tensor, Tensor]]:
    for start in range(0, len(scenes), RENDERED_AT_ONCE):
        pictures = [render(scene) for scene in scenes[start : start + RENDERED_AT_ONCE]]
        batch = torch.from_numpy(np.stack([np.asarray(p) for p in pictures])).permute(0, 3, 1, 2)
        means = means_of(batch.float() / 255).half().contiguous()
        small = [p.resize((THUMB, THUMB), Image.Resampling.BOX) for p in pictures]
        yield means, torch.from_numpy(np.stack([np.asarray(p) for p in small]))


def load_shelves(folder: Path) -> dict[tuple[int, int], Shelf]:
    """Everything the folder holds, by picture size.

    Raises FileNotFoundError when there is no chunk.
    """
    parts: dict[tuple[int, int], list[tuple[list[Scene], Tensor, Tensor]]] = defaultdict(list)
    paths = sorted(folder.glob("chunk-*.safetensors"))
    if not paths:
        raise FileNotFoundError(f"no latents in {folder}")
    for path in paths:
        with safe_open(path, framework="pt") as chunk:
            for name, listed in chunk.metadata().items():
                width, height = (int(part) for part in name.split("x"))
                scenes = [_scene(entry) for entry in json.loads(listed)]
                tensors = (chunk.get_tensor(f"{name}.{kind}") for kind in ("means", "thumbs"))
                parts[(width, height)].append((scenes, *tensors))
    return {size: _shelf(parts[size]) for size in SIZES if size in parts}


def _scene(entry: dict[str, object]) -> Scene:
    return Scene(**{**entry, "size": tuple(entry["size"])})  # type: ignore[arg-type]


def _shelf(parts: list[tuple[list[Scene], Tensor, Tensor]]) -> Shelf:
    scenes = tuple(scene for part in parts for scene in part[0])
    return Shelf(scenes, torch.cat([p[1] for p in parts]), torch.cat([p[2] for p in parts]))


def latents_of(components: Components, shelf: Shelf) -> Tensor:
    """The latents (n, channels, height / 32, width / 32) of a shelf's scenes, in their order."""
    pieces = [components.encode(part.float()) for part in shelf.means.split(64)]
    return torch.cat(pieces).half().contiguous()
