"""The starter autoencoder before training: an exact way to the latents and a smooth way back."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from diffusers import AutoencoderTiny
from PIL import Image
from torch import Tensor

from models.training.diffusion.components import FACTOR, Components, components_of, means_of
from models.training.diffusion.planted import COUNT_X, planted_vae
from models.training.diffusion.renderer import render
from models.training.diffusion.scene import random_scene


def picture(seed: int, size: tuple[int, int] = (512, 512)) -> Tensor:
    """A render as (1, 3, h, w) in 0..1."""
    made = render(random_scene(np.random.default_rng(seed), size=(512, 512)))
    pixels = np.array(made.resize(size, Image.Resampling.BOX))
    return torch.from_numpy(pixels).permute(2, 0, 1)[None].float() / 255


@pytest.fixture(scope="module")
def components() -> Components:
    """The components of a few renders."""
    return components_of(torch.cat([means_of(picture(seed)) for seed in range(24)]))


@pytest.fixture(scope="module")
def vae(components: Components) -> AutoencoderTiny:
    """The autoencoder planted with them."""
    return planted_vae(components).eval()


def test_the_encoder_gives_the_components(vae: AutoencoderTiny, components: Components) -> None:
    with torch.no_grad():
        latents = vae.encode(picture(50) * 2 - 1).latents

    assert torch.allclose(latents, components.encode(means_of(picture(50))), atol=1e-4)


@pytest.mark.parametrize("size", [(512, 512), (256, 256), (704, 384), (2048, 256)])
def test_the_decoder_gives_back_what_the_components_keep(
    vae: AutoencoderTiny, components: Components, size: tuple[int, int]
) -> None:
    wanted = picture(51, size)
    with torch.no_grad():
        latents = components.encode(means_of(wanted))
        painted = (vae.decode(latents).sample + 1) / 2

    kept = torch.einsum("ok,nkhw->nohw", components.inverse(), latents)
    kept = kept + components.centre[:, None, None]
    # Sixteen numbers of each colour a place: their mean is the place's own.
    mine = kept.reshape(1, 16, 3, *latents.shape[2:]).mean(1).clamp(0, 1)
    theirs = torch.nn.functional.avg_pool2d(painted, FACTOR)
    assert (mine - theirs).abs().mean() < 0.02
    assert (means_of(painted) - means_of(wanted)).square().mean() < 0.006


def test_a_piece_is_painted_as_the_whole_is(vae: AutoencoderTiny, components: Components) -> None:
    latents = components.encode(means_of(picture(52)))
    with torch.no_grad():
        whole = vae.decode(latents).sample[..., 4 * FACTOR : 12 * FACTOR]
        piece = vae.decode(latents[..., 4:12].contiguous()).sample

    inner = slice(FACTOR, -FACTOR)
    assert torch.allclose(whole[..., inner, inner], piece[..., inner, inner], atol=1e-3)


def test_training_leaves_the_counts_alone(vae: AutoencoderTiny, components: Components) -> None:
    trained = planted_vae(components)
    trained.decoder(torch.randn(1, 12, 8, 8)).square().mean().backward()

    closed = [p for p in trained.parameters() if not p.requires_grad]
    assert closed and all(p.grad is None for p in closed)
    blocks = [m for m in trained.decoder.layers if hasattr(m, "conv")]
    slopes = [b.conv[4].weight.grad for b in blocks[22:28] if b.conv[4].weight.grad is not None]
    assert slopes and all(not slope[COUNT_X].any() for slope in slopes)
