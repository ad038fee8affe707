"""Writes the trained parts as a StableDiffusionPipeline folder, file by file, never half."""

import os
import tempfile
from pathlib import Path

import torch
from diffusers import AutoencoderTiny, StableDiffusionPipeline, UNet2DConditionModel
from transformers import CLIPTextModel, CLIPTokenizer

from models.training.diffusion.unet import sampler

STARTER = Path(__file__).resolve().parents[2] / "starter" / "diffusion"


def build_pipeline(
    vae: AutoencoderTiny,
    encoder: CLIPTextModel,
    tokenizer: CLIPTokenizer,
    unet: UNet2DConditionModel,
) -> StableDiffusionPipeline:
    """The parts as one pipeline with the sampler it is meant to be used with."""
    return StableDiffusionPipeline(
        vae=vae, text_encoder=encoder, tokenizer=tokenizer, unet=unet, scheduler=sampler(),
        safety_checker=None, feature_extractor=None, requires_safety_checker=False,
    )  # fmt: skip


def export(pipeline: StableDiffusionPipeline, folder: Path = STARTER) -> int:
    """Save in half precision over what lies in the folder; gives the bytes written."""
    folder.mkdir(parents=True, exist_ok=True)
    written = 0
    with tempfile.TemporaryDirectory(dir=folder.parent) as fresh:
        pipeline.to(dtype=torch.float16).save_pretrained(fresh, safe_serialization=True)
        for path in sorted(Path(fresh).rglob("*")):
            if path.is_file():
                target = folder / path.relative_to(fresh)
                target.parent.mkdir(parents=True, exist_ok=True)
                written += path.stat().st_size
                os.replace(path, target)
    return written
