"""The autoencoder stage: an exact encoder of means, and a decoder that learns to paint edges.

The latents are the colours of an eightfold smaller picture, so that the UNet's work does not
depend on the decoder's, and the decoder may go on learning beside it.
"""

import math
from pathlib import Path

import numpy as np
import torch
from diffusers import AutoencoderTiny
from diffusers.models.autoencoders.vae import AutoencoderTinyBlock
from torch import Tensor, nn

from models.training.diffusion.progress import Budget, Checkpoint
from models.training.diffusion.renderer import render
from models.training.diffusion.scene import GRID, random_scene

LATENT_CHANNELS = 3
FACTOR = 8
WIDTH = 32
CROP = 192
RENDERS, CROPS = 4, 2
NOISE = 0.12  # the UNet's latents are never quite the encoder's
# Brightness, red against blue, green against both: of about unit spread over the renders.
MIXING = torch.tensor([[1.4, 1.4, 1.4], [3.0, 0.0, -3.0], [-4.0, 8.0, -4.0]])
SHIFT = torch.tensor([-2.25, -0.05, 0.2])


def build_vae() -> AutoencoderTiny:
    """A fresh autoencoder, eight times smaller each way, no norms (so crops are exact)."""
    vae = AutoencoderTiny(
        encoder_block_out_channels=(8,) * 4,
        decoder_block_out_channels=(WIDTH,) * 4,
        latent_channels=LATENT_CHANNELS,
        num_encoder_blocks=(0, 0, 0, 0),
        num_decoder_blocks=(8, 4, 1, 0),
    )
    plant_encoder(vae)
    plant_decoder(vae)
    return vae


@torch.no_grad()
def plant_encoder(vae: AutoencoderTiny) -> None:
    """Set the encoder to what it is for good: means of 8 by 8 pixels, colours mixed."""
    convs = [layer for layer in vae.encoder.layers if isinstance(layer, nn.Conv2d)]
    for conv in convs:
        conv.weight.zero_()
        if conv.bias is not None:
            conv.bias.zero_()
    for channel in range(3):
        convs[0].weight[channel, channel, 1, 1] = 1
        for conv in convs[1:-1]:
            conv.weight[channel, channel, 1:, 1:] = 0.25
    convs[-1].weight[:, :3, 1, 1] = MIXING
    convs[-1].bias.copy_(SHIFT)
    vae.encoder.requires_grad_(False)


@torch.no_grad()
def plant_decoder(vae: AutoencoderTiny) -> None:
    """Set the decoder to plain smooth enlarging, from where it learns; blocks start near zero."""
    for block in vae.decoder.modules():
        if isinstance(block, AutoencoderTinyBlock):
            block.conv[-1].weight.mul_(0.1)
            block.conv[-1].bias.zero_()
    convs = [layer for layer in vae.decoder.layers if isinstance(layer, nn.Conv2d)]
    back = torch.linalg.inv(MIXING)
    convs[0].weight[:3] = 0
    convs[0].weight[:3, :, 1, 1] = back
    convs[0].bias[:3] = -back @ SHIFT
    tent = torch.tensor([0.25, 0.5, 0.25])
    for conv in convs[1:]:
        conv.weight[:3] = 0
        for channel in range(3):
            if conv is convs[-1]:
                conv.weight[channel, channel, 1, 1] = 1
                conv.bias[channel] = 0
            else:
                conv.weight[channel, channel] = tent[:, None] * tent


def latents_of(pictures: Tensor) -> Tensor:
    """What the encoder gives, computed directly: (n, 3, h, w) in 0..1 to (n, 3, h / 8, w / 8)."""
    means = nn.functional.avg_pool2d(pictures, FACTOR)
    return torch.einsum("ck,nkhw->nchw", MIXING, means) + SHIFT[:, None, None]


def crops(rng: np.random.Generator) -> Tensor:
    """A batch of crops in 0..1, shape (RENDERS * CROPS, 3, CROP, CROP), on the layout grid."""
    pieces = []
    for _ in range(RENDERS):
        picture = np.asarray(render(random_scene(rng)))
        for _ in range(CROPS):
            top, left = _offset(rng, picture.shape[0]), _offset(rng, picture.shape[1])
            pieces.append(picture[top : top + CROP, left : left + CROP])
    return torch.from_numpy(np.stack(pieces)).permute(0, 3, 1, 2).float() / 255


def _offset(rng: np.random.Generator, length: int) -> int:
    # Most of what is hard to paint lies in the middle of the picture.
    room = (length - CROP) // GRID
    share = rng.random() if rng.random() < 0.3 else 0.5 * (rng.random() + rng.random())
    return int(share * room + 0.5) * GRID


def _slopes(picture: Tensor) -> tuple[Tensor, Tensor]:
    return picture[..., 1:] - picture[..., :-1], picture[..., 1:, :] - picture[..., :-1, :]


def picture_loss(painted: Tensor, wanted: Tensor) -> Tensor:
    """Absolute error plus that of the slopes, so that edges stay edges."""
    edges = [
        (made - true).abs().mean()
        for made, true in zip(_slopes(painted), _slopes(wanted), strict=True)
    ]
    return (painted - wanted).abs().mean() + 0.7 * (edges[0] + edges[1])


def train_vae(folder: Path, budget: Budget, seed: int, rate: float = 1e-3) -> AutoencoderTiny:
    """Train the decoder until the budget is spent, resuming from its checkpoint; the average."""
    torch.manual_seed(seed)
    vae = build_vae().to(memory_format=torch.channels_last)
    keeper = Checkpoint(folder / "vae.pt", vae, rate, decay=0.99)
    rng = np.random.default_rng((seed, keeper.step))
    for share in budget.steps(keeper, "decoder"):
        keeper.set_rate(rate * min(1.0, keeper.step / 50) * (0.02 + 0.98 * _cosine(share)))
        batch = crops(rng)
        latents = latents_of(batch)
        noise = torch.rand(len(batch), 1, 1, 1) * NOISE
        latents = (latents + noise * torch.randn_like(latents)).contiguous(
            memory_format=torch.channels_last
        )
        with torch.autocast("cpu", torch.bfloat16):
            painted = keeper.net.decoder(latents)
        wanted = batch * 2 - 1
        loss = picture_loss(painted.float(), wanted)
        error = float((painted.detach().float() - wanted).square().mean())
        keeper.update(loss)
        budget.tell(loss=loss.item(), db=10 * math.log10(4 / max(error, 1e-9)))
    return keeper.averaged()


def _cosine(share: float) -> float:
    return 0.5 * (1 + math.cos(math.pi * min(1.0, share)))
