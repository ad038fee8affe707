"""Finds a pipeline's folder on this machine and looks it over before anything is loaded from it."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path
from typing import Any

from huggingface_hub import snapshot_download
from huggingface_hub.errors import HFValidationError, LocalEntryNotFoundError

from app.contracts.errors import ModelUnavailable
from workers.gpu_diffusion.engine import ModelSpec

_HUB_ID = re.compile(r"(?!models/)[\w-][\w.-]*/[\w-][\w.-]*")
# stable_diffusion is diffusers' own module, in which older folders name their safety checker.
_LIBRARIES = (None, "diffusers", "transformers", "stable_diffusion")
# Formats that run code when they are read, or may.
_UNSAFE = (".bin", ".ckpt", ".pt", ".pt2", ".pth", ".pkl", ".pickle", ".msgpack", ".h5")
_SAMPLE = 64 * 1024
_STARTER = "models/starter/"


def find_folder(spec: ModelSpec) -> Path:
    """The folder of a pipeline, checked; nothing is ever downloaded.

    A hub id is looked for in models/<entry>, then in the Hugging Face cache.
    ModelUnavailable where it is missing or holds what is not to be loaded.
    """
    folder = _local_folder(spec) or _cached_folder(spec)
    if folder is None or not (folder / "model_index.json").is_file():
        raise missing(spec)
    _check_index(spec, folder)
    for part in sorted(path for path in folder.iterdir() if path.is_dir()):
        _check_weights(spec, part)
    return folder


def fingerprint(folder: Path) -> str:
    """A short name for the content of a folder: names, sizes, and both ends of each file.

    Hashing whole weights would take minutes for the largest models.
    """
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.suffix in (".json", ".safetensors", ".txt", ".model"):
            size = path.stat().st_size
            digest.update(f"{path.relative_to(folder).as_posix()}\0{size}\0".encode())
            with path.open("rb") as file:
                digest.update(file.read(_SAMPLE))
                file.seek(max(0, size - _SAMPLE))
                digest.update(file.read(_SAMPLE))
    return digest.hexdigest()[:16]


def missing(spec: ModelSpec) -> ModelUnavailable:
    """The error for weights that are not there, with the command that gets them."""
    hint = f"The folder {_folder_name(spec)} is missing; get it with: {_command(spec)}"
    message = f"The weights of {spec.entry!r} are not on this worker."
    return ModelUnavailable(message, {"model": spec.entry, "hint": hint})


def unusable(spec: ModelSpec, why: str) -> ModelUnavailable:
    """The error for weights that are there and cannot be loaded."""
    hint = f"{_folder_name(spec)}: {why}; get it anew with: {_command(spec)}"
    message = f"The weights of {spec.entry!r} cannot be used."
    return ModelUnavailable(message, {"model": spec.entry, "hint": hint})


def _local_folder(spec: ModelSpec) -> Path | None:
    folder = spec.root / _folder_name(spec)
    return folder if folder.is_dir() else None


def _cached_folder(spec: ModelSpec) -> Path | None:
    if not _HUB_ID.fullmatch(spec.source):
        return None
    try:
        return Path(snapshot_download(spec.source, revision=spec.revision, local_files_only=True))
    except (LocalEntryNotFoundError, HFValidationError):
        return None


def _folder_name(spec: ModelSpec) -> str:
    """As configured, for a message; a hub id has its place beside the starter models."""
    return f"models/{spec.entry}" if _HUB_ID.fullmatch(spec.source) else spec.source


def _command(spec: ModelSpec) -> str:
    if spec.source.startswith(_STARTER):
        return "make train-diffusion"
    if not _HUB_ID.fullmatch(spec.source):
        return f"hf download <repository> --local-dir {spec.source}"
    weights = f"*.{spec.variant}*.safetensors" if spec.variant else "*/*.safetensors"
    wanted = " ".join(f'--include "{glob}"' for glob in (weights, "*.json", "*.txt", "*.model"))
    revision = f" --revision {spec.revision}" if spec.revision else ""
    return f"hf download {spec.source}{revision} {wanted} --local-dir {_folder_name(spec)}"


def _check_index(spec: ModelSpec, folder: Path) -> None:
    """Refuse a model_index.json that would have classes of foreign libraries imported."""
    index = _read_json(spec, folder / "model_index.json")
    if not isinstance(index.get("_class_name"), str):
        raise unusable(spec, "model_index.json names no pipeline class of diffusers")
    for name, value in index.items():
        if name.startswith("_") or not isinstance(value, list):
            continue
        library = value[0] if len(value) == 2 else value
        if library not in _LIBRARIES:
            raise unusable(spec, f"model_index.json wants {name} from the library {library!r}")


def _check_weights(spec: ModelSpec, part: Path) -> None:
    """Refuse a component that has weights, but not as safetensors, in its index either."""
    names = [path.name for path in part.iterdir()]
    unsafe = [name for name in names if name.endswith(_UNSAFE)]
    if unsafe and not any(name.endswith(".safetensors") for name in names):
        raise unusable(spec, f"{part.name}/{unsafe[0]} is no safetensors file")
    for name in names:
        if ".safetensors.index" in name:
            shards = _read_json(spec, part / name).get("weight_map", {}).values()
            # An index may name any file, and a shard that is a pickle would be read as one.
            if any("/" in str(one) or not str(one).endswith(".safetensors") for one in shards):
                raise unusable(spec, f"{part.name}/{name} names a shard that is no safetensors")


def _read_json(spec: ModelSpec, path: Path) -> dict[str, Any]:
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise unusable(spec, f"{path.name} cannot be read") from error
    if not isinstance(data, dict):
        raise unusable(spec, f"{path.name} is no JSON object")
    return data
