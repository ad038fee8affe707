"""Pictures from the exported pipeline, one seed each, for the grid and the evaluation."""

from collections.abc import Iterable, Iterator
from pathlib import Path

import torch
from diffusers import AutoPipelineForText2Image
from PIL import Image

from models.training.diffusion.export import STARTER

STEPS = 16
GUIDANCE = 4.0
SIZE = (512, 512)


def load(folder: Path = STARTER) -> AutoPipelineForText2Image:
    """The exported pipeline on the processor, silent."""
    pipeline = AutoPipelineForText2Image.from_pretrained(
        folder, use_safetensors=True, dtype=torch.float32
    )
    pipeline.set_progress_bar_config(disable=True)
    return pipeline


def paint(
    pipeline: AutoPipelineForText2Image,
    prompts: Iterable[tuple[str, int]],
    steps: int = STEPS,
    size: tuple[int, int] = SIZE,
    together: int = 4,
) -> Iterator[Image.Image]:
    """Paint a picture for each prompt and seed, in their order, a few at a time."""
    waiting = list(prompts)
    for start in range(0, len(waiting), together):
        part = waiting[start : start + together]
        made = pipeline(
            [prompt for prompt, _ in part],
            generator=[torch.Generator("cpu").manual_seed(seed) for _, seed in part],
            num_inference_steps=steps,
            guidance_scale=GUIDANCE,
            width=size[0],
            height=size[1],
        )
        yield from made.images
