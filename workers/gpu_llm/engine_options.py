"""What a llama.cpp engine is built from, and the words for a model that is not there."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path, PurePath

from app.contracts.errors import ModelUnavailable, OutOfMemory
from workers.devices import host_memory

# Where a known GGUF comes from, by the start of its file name.
_HUB = {"DeepSeek-R1-Distill-Llama-70B": "unsloth/DeepSeek-R1-Distill-Llama-70B-GGUF"}


@dataclass(frozen=True)
class LlamaOptions:
    """One GGUF and how to run it.

    `source` is the path as the deployment configured it and the only one that errors may name;
    `path` is where the file is. `gpu_layers` -1 puts all layers on the GPU. `warm_text` is the
    constant beginning of every turn, evaluated at start. `threads` None: chosen by file size.
    `sha256` is that of the only content to load, None for any.
    """

    model: str
    source: str
    path: Path
    context: int = 8192
    gpu_layers: int = -1
    tensor_split: tuple[float, ...] | None = None
    threads: int | None = None
    warm_text: str = ""
    sha256: str | None = None


def model_unavailable(options: LlamaOptions, problem: str) -> ModelUnavailable:
    """The error for a GGUF that is missing or damaged, with the command that gets it."""
    shown = PurePath(options.source)
    file = shown.name if shown.is_absolute() else str(shown)
    return ModelUnavailable(
        f"The language model {options.model} cannot be loaded: {file} {problem}.",
        {"model": options.model, "hint": _hint(shown)},
    )


def out_of_memory(options: LlamaOptions, size: int) -> OutOfMemory:
    """The error for a model of `size` bytes, or its context, that the memory does not hold."""
    details = {"requested": f"{size / 2**30:.1f}GB and {options.context} tokens of context"}
    if options.gpu_layers == 0:
        details["available"] = f"{host_memory().available / 2**30:.1f}GB"
    return OutOfMemory(
        f"The language model {options.model} does not fit into memory with a context of "
        f"{options.context} tokens.",
        details,
    )


def _hint(source: PurePath) -> str:
    if "starter" in source.parts:
        return f"Restore {source} from the repository, or make it again with: make train-llm"
    folder = "the folder of IMAJIN_LLM_PATH" if source.is_absolute() else str(source.parent)
    repository = next((hub for stem, hub in _HUB.items() if source.name.startswith(stem)), None)
    return (
        f"Get it with: hf download {repository or '<hub repository>'} {source.name} "
        f"--local-dir {'.' if source.is_absolute() else source.parent}"
        + (f" (in {folder})" if source.is_absolute() else "")
    )
