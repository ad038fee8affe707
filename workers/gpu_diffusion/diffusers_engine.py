"""The adapter of diffusers: loads any text-to-image pipeline folder and paints with it."""

from __future__ import annotations

import gc
import inspect
import logging
import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import diffusers
import torch
import transformers
from safetensors import SafetensorError

from app.contracts.errors import JobCancelled, ModelUnavailable, OutOfMemory
from workers import devices
from workers.gpu_diffusion import memory, sizes, sources
from workers.gpu_diffusion.engine import DeviceLost, ModelSpec, OnPreview, OnStep, Painted, Recipe
from workers.gpu_diffusion.latent_preview_engine import LatentPreview
from workers.gpu_diffusion.pixels_engine import as_bytes
from workers.gpu_diffusion.schedulers import sampler_for

log = logging.getLogger("imajin.diffusers")

# What loading raises for files that are damaged, cut short, or not what they say.
_DAMAGED = (
    OSError,
    ValueError,
    RuntimeError,
    KeyError,
    TypeError,
    AttributeError,
    ImportError,
    SafetensorError,
)
_DTYPES = {"float32": torch.float32, "float16": torch.float16, "bfloat16": torch.bfloat16}
_GRID = 16  # pixels; FLUX-class pipelines take multiples of it, U-Nets of 8 as well
T = TypeVar("T")


@dataclass(frozen=True)
class _NoRoom:
    """Memory ran out. The error's text, for its traceback would keep the tensors alive."""

    said: str


class DiffusersEngine:
    """One pipeline on one device. Not for two threads at once."""

    def __init__(
        self, spec: ModelSpec, device: str = "auto", threads: int = 1, previews: bool = True
    ) -> None:
        self._spec = spec
        self._device = _resolve(device, spec)
        self._threads = threads
        self._previews = previews
        self._pipe: Any = None
        self._folder_scheduler: Any = None
        self._schedulers: dict[str, Any] = {}
        self._accepts: frozenset[str] = frozenset()
        self._preview: LatentPreview | None = None
        self._revision = ""

    @property
    def name(self) -> str:
        """The id of the catalogue entry."""
        return self._spec.entry

    @property
    def revision(self) -> str:
        """The revision asked for, else a fingerprint of the folder; empty before `load`."""
        return self._revision

    @property
    def pipeline(self) -> Any:
        """The pipeline of diffusers itself, for measurements beside it; None before `load`."""
        return self._pipe

    def load(self) -> None:
        """Read the weights and move them to the device.

        ModelUnavailable for missing, refused or damaged weights, OutOfMemory without room.
        """
        torch.set_num_threads(self._threads)
        _quieten()
        folder = sources.find_folder(self._spec)
        started = time.perf_counter()
        read = _try(lambda: self._read(folder))
        if isinstance(read, _NoRoom):
            self.close()
            raise self._out_of_memory("model", read, _bytes_of_weights(folder))
        self._pipe = read
        self._folder_scheduler = self._pipe.scheduler
        self._accepts = frozenset(inspect.signature(self._pipe.__call__).parameters)
        self._preview = LatentPreview.fitted(self._pipe) if self._previews else None
        self._revision = self._spec.revision or sources.fingerprint(folder)
        seconds = time.perf_counter() - started
        log.info("engine.loaded %s on %s in %.2f s", self.name, self._device, seconds)

    def paint(
        self, recipe: Recipe, index: int, on_step: OnStep, on_preview: OnPreview | None = None
    ) -> Painted:
        """Paint picture `index` of the recipe at its size.

        Where memory runs out, once more after the cache was emptied; then OutOfMemory.
        InvalidRequest for a scheduler that does not fit. What `on_step` raises comes through.
        """
        painted = self._attempt(recipe, index, on_step, on_preview)
        if isinstance(painted, _NoRoom):
            self._empty_cache()
            painted = self._attempt(recipe, index, on_step, on_preview)
        if isinstance(painted, _NoRoom):
            self._empty_cache()
            value_size = torch.finfo(self._pipe.dtype).bits // 8
            guess = memory.estimated_bytes(recipe.width, recipe.height, value_size)
            raise self._out_of_memory("picture", painted, guess)
        return painted

    def close(self) -> None:
        """Drop the pipeline and give its memory back to the device."""
        self._pipe = self._folder_scheduler = self._preview = None
        self._schedulers.clear()
        self._empty_cache()

    def _read(self, folder: Path) -> Any:
        loader: Any = diffusers.AutoPipelineForText2Image
        try:
            pipe = loader.from_pretrained(
                folder,
                dtype=self._dtype(),
                variant=self._spec.variant,
                use_safetensors=True,
                local_files_only=True,
            )
            _check_complete(pipe)
        except _DAMAGED as error:
            if isinstance(error, RuntimeError) and _is_out_of_memory(error):
                raise
            log.warning("engine.damaged %s", self.name, exc_info=error)
            raise sources.unusable(self._spec, f"{type(error).__name__} while loading") from error
        pipe.set_progress_bar_config(disable=True)
        return pipe.to(self._device)

    def _dtype(self) -> torch.dtype:
        if self._device == "cpu" and self._spec.dtype != "float32":
            log.info("engine.dtype %s as float32, for a CPU is slow in half", self.name)
            return torch.float32
        return _DTYPES[self._spec.dtype]

    def _attempt(
        self, recipe: Recipe, index: int, on_step: OnStep, on_preview: OnPreview | None
    ) -> Painted | _NoRoom:
        """Paint, and give the device's memory back where the client has cancelled."""
        try:
            return _try(lambda: self._paint(recipe, index, on_step, on_preview))
        except JobCancelled as error:
            # Without its traceback, for that would keep the tensors alive.
            cancelled = error.with_traceback(None)
        self._empty_cache()
        raise cancelled

    def _paint(
        self, recipe: Recipe, index: int, on_step: OnStep, on_preview: OnPreview | None
    ) -> Painted:
        self._choose_scheduler(recipe.scheduler)
        self._choose_decoder(recipe.tiled)
        width, height = self._size(recipe)
        preview = self._preview
        last_step = started = time.perf_counter()

        def after_step(pipe: Any, step: int, _time: Any, tensors: Any) -> dict[str, Any]:
            nonlocal last_step
            on_step(step + 1, pipe.num_timesteps)
            if on_preview and preview and "latents" in tensors:
                size = (width, height)
                on_preview(
                    step + 1,
                    pipe.num_timesteps,
                    lambda: preview.picture(pipe, tensors["latents"], size),
                )
            last_step = time.perf_counter()
            return {}

        wanted: dict[str, Any] = {
            "prompt": recipe.prompt,
            "negative_prompt": recipe.negative_prompt or None,
            "width": width,
            "height": height,
            "num_inference_steps": recipe.steps,
            "guidance_scale": recipe.guidance_scale,
            # On the CPU, so that a seed does not depend on the device's own generator.
            "generator": torch.Generator("cpu").manual_seed(recipe.seed_of(index)),
            "output_type": "np",
            "callback_on_step_end": after_step,
        }
        answer = self._pipe(**{key: wanted[key] for key in wanted if key in self._accepts})
        rgb = as_bytes(answer.images[0], recipe.width, recipe.height)
        return Painted(
            rgb,
            denoise_ms=(last_step - started) * 1000,
            decode_ms=(time.perf_counter() - last_step) * 1000,
            withheld=any(getattr(answer, "nsfw_content_detected", None) or ()),
        )

    def _size(self, recipe: Recipe) -> tuple[int, int]:
        if self._spec.native is None:
            return recipe.width, recipe.height
        grid = math.lcm(_GRID, getattr(self._pipe, "vae_scale_factor", 8))
        return sizes.native_size(recipe.width, recipe.height, self._spec.native, grid)

    def _choose_scheduler(self, name: str) -> None:
        if name not in self._schedulers:
            own = self._folder_scheduler
            sampler = sampler_for(name, type(own).__name__)
            self._schedulers[name] = (
                getattr(diffusers, sampler.class_name).from_config(own.config, **sampler.options)
                if sampler
                else own
            )
        self._pipe.scheduler = self._schedulers[name]

    def _choose_decoder(self, tiled: bool) -> None:
        vae = getattr(self._pipe, "vae", None)
        switch = getattr(vae, "enable_tiling" if tiled else "disable_tiling", None)
        if switch:
            switch()

    def _out_of_memory(self, what: str, no_room: _NoRoom, guess: int) -> OutOfMemory:
        requested = memory.requested_bytes(no_room.said) or guess
        log.warning("device.full %s", no_room.said.partition("\n")[0])
        return memory.out_of_memory(what, requested, devices.device_memory().available)

    def _empty_cache(self) -> None:
        gc.collect()
        if self._device == "cuda":
            torch.cuda.empty_cache()
        elif self._device == "mps":
            torch.mps.empty_cache()


def _try(act: Callable[[], T]) -> T | _NoRoom:
    """What `act` gives; DeviceLost where the accelerator's context died under it."""
    try:
        return act()
    except (RuntimeError, MemoryError) as error:
        if _is_out_of_memory(error):
            return _NoRoom(str(error))
        if isinstance(error, torch.AcceleratorError):
            log.critical("device.lost %s", error)
            raise DeviceLost(1) from error
        raise


def _resolve(device: str, spec: ModelSpec) -> str:
    if device == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    there = {"cpu": True, "cuda": torch.cuda.is_available()}
    if not there.get(device, torch.backends.mps.is_available()):
        hint = f"IMAJIN_DEVICE={device}, but torch finds no such device; set it to auto or cpu."
        raise ModelUnavailable("The worker lacks its device.", {"model": spec.entry, "hint": hint})
    return device


def _quieten() -> None:
    """Progress bars and remarks of the libraries have no place in a worker's log."""
    for library in (diffusers, transformers):
        library.utils.logging.set_verbosity_error()
        library.utils.logging.disable_progress_bar()


def _check_complete(pipe: Any) -> None:
    for name, part in pipe.components.items():
        if isinstance(part, torch.nn.Module) and any(p.is_meta for p in part.parameters()):
            raise ValueError(f"{name} lacks some of its weights")


def _bytes_of_weights(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*.safetensors"))


def _is_out_of_memory(error: BaseException) -> bool:
    if isinstance(error, MemoryError | torch.OutOfMemoryError):
        return True
    return memory.says_out_of_memory(str(error))
