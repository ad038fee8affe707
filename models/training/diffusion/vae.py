"""The autoencoder: 32 times smaller each way, a planted encoder and a learned decoder.

The encoder is linear and exact: means of 8 by 8 pixels, then the principal components of 4 by 4
such means (twelve of them keep 31 dB). So the UNet's work does not wait for the decoder's, and the
two learn side by side. The decoder's first half learns to give the means back, its second half to
paint edges from 64 by 64 to 512 by 512, on crops of the renders.
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
from models.training.diffusion.scene import random_scene

LATENT_CHANNELS = 12
FACTOR = 32
MEAN_FACTOR = 8  # of the planted half
WIDTH = 32  # of the decoder
PACKED = 48  # three colours of 4 by 4 means; the encoder's width
MEAN_LEVELS = 4  # convolutions of the encoder that only average
LOW_BLOCKS, HIGH_BLOCKS = (4, 4), (6, 3, 1, 0)
CROP = 256
RENDERS, CROPS = 4, 2
NOISE = 0.05  # the UNet's latents are never quite the encoder's
EVENED = 0.6  # how far the components are brought to one spread: 0 not at all, 1 wholly
REACH = 0.6  # the decoder squashes what is larger than about three


def build_vae() -> AutoencoderTiny:
    """A fresh autoencoder, no norms (so crops are exact), its means and enlarging planted."""
    levels = len(LOW_BLOCKS) + len(HIGH_BLOCKS)
    vae = AutoencoderTiny(
        encoder_block_out_channels=(PACKED,) * levels,
        decoder_block_out_channels=(WIDTH,) * levels,
        latent_channels=LATENT_CHANNELS,
        num_encoder_blocks=(0,) * levels,
        num_decoder_blocks=(*LOW_BLOCKS, *HIGH_BLOCKS),
    )
    _plant_means(vae)
    _plant_packing(vae)
    _plant_enlarging(vae)
    vae.encoder.requires_grad_(False)
    return vae


@torch.no_grad()
def _plant_means(vae: AutoencoderTiny) -> None:
    """The encoder's first levels: three channels of means, halved at each, and nothing else."""
    for level, conv in enumerate(vae.encoder.layers[:MEAN_LEVELS]):
        conv.weight.zero_()
        for channel in range(3):
            if level == 0:
                conv.bias.zero_()
                conv.weight[channel, channel, 1, 1] = 1
            else:
                conv.weight[channel, channel, 1:, 1:] = 0.25


@torch.no_grad()
def _plant_packing(vae: AutoencoderTiny) -> None:
    """The encoder's next two levels: four neighbours side by side in the channels, twice."""
    for level, conv in enumerate(vae.encoder.layers[MEAN_LEVELS:-1]):
        conv.weight.zero_()
        have = 3 * 4**level
        for place in range(4):
            for channel in range(have):
                row, column = 1 + place // 2, 1 + place % 2
                conv.weight[have * place + channel, channel, row, column] = 1


@torch.no_grad()
def plant_components(vae: AutoencoderTiny, means: Tensor) -> None:
    """The encoder's last layer: principal components of `means` (n, 3, h, w), evened in spread."""
    packed = vae.encoder.layers[MEAN_LEVELS:-1](_wide(means))
    packed = packed.permute(0, 2, 3, 1).reshape(-1, PACKED)
    centre = packed.mean(0)
    variances, axes = torch.linalg.eigh(torch.cov((packed - centre).T))
    spread = variances[-LATENT_CHANNELS:].flip(0).sqrt()
    # eigh leaves the signs open; the largest entry of each axis is made positive.
    axes = axes[:, -LATENT_CHANNELS:].flip(1)
    axes = axes * axes.gather(0, axes.abs().argmax(0, keepdim=True)).sign()
    matrix = (REACH * axes / spread**EVENED).T
    last = vae.encoder.layers[-1]
    last.weight.zero_()
    last.weight[:, :, 1, 1] = matrix
    last.bias.copy_(-matrix @ centre)


def _wide(means: Tensor) -> Tensor:
    """Means (n, 3, h, w) in the first channels of the encoder's width."""
    blank = means.new_zeros(len(means), PACKED - 3, *means.shape[2:])
    return torch.cat([means, blank], 1)


@torch.no_grad()
def _plant_enlarging(vae: AutoencoderTiny) -> None:
    """The decoder's last levels: smooth enlarging of three channels, from where they learn."""
    for block in vae.decoder.modules():
        if isinstance(block, AutoencoderTinyBlock):
            block.conv[-1].weight.mul_(0.1)
            block.conv[-1].bias.zero_()
    tent = torch.tensor([0.25, 0.5, 0.25])
    convs = [layer for layer in vae.decoder.layers if isinstance(layer, nn.Conv2d)]
    for conv in convs[1 + len(LOW_BLOCKS) :]:
        conv.weight[:3] = 0
        for channel in range(3):
            if conv is convs[-1]:
                conv.weight[channel, channel, 1, 1] = 1
                conv.bias[channel] = 0
            else:
                conv.weight[channel, channel] = tent[:, None] * tent


def _low_decoder_layers() -> int:
    """How many of the decoder's layers lead from the latents to the means."""
    return 2 + sum(blocks + 2 for blocks in LOW_BLOCKS)


def means_of(pictures: Tensor) -> Tensor:
    """What the planted half gives: (n, 3, h, w) in 0..1 to (n, 3, h / 8, w / 8)."""
    return nn.functional.avg_pool2d(pictures, MEAN_FACTOR)


def encode_means(vae: AutoencoderTiny, means: Tensor) -> Tensor:
    """Means (n, 3, h, w) in 0..1 to latents (n, LATENT_CHANNELS, h / 4, w / 4)."""
    return torch.as_tensor(vae.encoder.layers[MEAN_LEVELS:](_wide(means)))


def decode_means(vae: AutoencoderTiny, latents: Tensor) -> Tensor:
    """Latents to means (n, 3, 4 h, 4 w), the first channels of the decoder's middle."""
    squashed = torch.tanh(latents / 3) * 3
    return torch.as_tensor(vae.decoder.layers[: _low_decoder_layers()](squashed))[:, :3]


def planted_vae(pictures: list[Tensor]) -> AutoencoderTiny:
    """An autoencoder whose encoder is ready; `pictures` are stacks of means, one for each size."""
    vae = build_vae()
    plant_components(vae, pictures[0][:2048].float())
    return vae


def train_low(
    folder: Path, pictures: list[Tensor], budget: Budget, seed: int, rate: float = 2e-3
) -> AutoencoderTiny:
    """Train the decoder's first half to give the means back; the average."""
    torch.manual_seed(seed)
    vae = planted_vae(pictures)
    keeper = Checkpoint(
        folder / "low.pt", vae.to(memory_format=torch.channels_last), rate, decay=0.995
    )
    rng = np.random.default_rng((seed, 5, keeper.step))
    weights = np.array([len(stack) for stack in pictures], dtype=np.float64)
    for share in budget.steps(keeper, "decoder, means"):
        keeper.set_rate(rate * min(1.0, keeper.step / 50) * (0.02 + 0.98 * _cosine(share)))
        stack = pictures[int(rng.choice(len(pictures), p=weights / weights.sum()))]
        wanted = stack[torch.from_numpy(rng.integers(0, len(stack), 16))].float()
        with torch.no_grad():
            latents = encode_means(keeper.net, wanted)
            latents = latents + NOISE * torch.randn_like(latents)
        with torch.autocast("cpu", torch.bfloat16):
            made = decode_means(keeper.net, latents).float()
        error = float((made.detach() - wanted).square().mean())
        keeper.update(picture_loss(made, wanted))
        budget.tell(db=10 * math.log10(1 / max(error, 1e-9)))
    return keeper.averaged()


def crops(rng: np.random.Generator) -> Tensor:
    """A batch of crops in 0..1, shape (RENDERS * CROPS, 3, CROP, CROP), on the latents' grid."""
    pieces = []
    for _ in range(RENDERS):
        picture = np.asarray(render(random_scene(rng)))
        for _ in range(CROPS):
            top, left = _offset(rng, picture.shape[0]), _offset(rng, picture.shape[1])
            pieces.append(picture[top : top + CROP, left : left + CROP])
    return torch.from_numpy(np.stack(pieces)).permute(0, 3, 1, 2).float() / 255


def _offset(rng: np.random.Generator, length: int) -> int:
    # Most of what is hard to paint lies in the middle of the picture.
    room = (length - CROP) // FACTOR
    share = rng.random() if rng.random() < 0.3 else 0.5 * (rng.random() + rng.random())
    return int(share * room + 0.5) * FACTOR


def _slopes(picture: Tensor) -> tuple[Tensor, Tensor]:
    return picture[..., 1:] - picture[..., :-1], picture[..., 1:, :] - picture[..., :-1, :]


def picture_loss(painted: Tensor, wanted: Tensor) -> Tensor:
    """Absolute error plus that of the slopes, so that edges stay edges."""
    edges = [
        (made - true).abs().mean()
        for made, true in zip(_slopes(painted), _slopes(wanted), strict=True)
    ]
    return (painted - wanted).abs().mean() + 0.7 * (edges[0] + edges[1])


def train_high(
    folder: Path, low: AutoencoderTiny, budget: Budget, seed: int, rate: float = 1e-3
) -> AutoencoderTiny:
    """Train the whole decoder on crops, from `low`, whose encoder stays; the average."""
    torch.manual_seed(seed)
    vae = build_vae()
    vae.load_state_dict(low.state_dict())
    vae.to(memory_format=torch.channels_last)
    keeper = Checkpoint(folder / "high.pt", vae, rate, decay=0.99)
    rng = np.random.default_rng((seed, keeper.step))
    for share in budget.steps(keeper, "decoder"):
        keeper.set_rate(rate * min(1.0, keeper.step / 50) * (0.02 + 0.98 * _cosine(share)))
        batch = crops(rng)
        with torch.no_grad():
            latents = encode_means(keeper.net, means_of(batch))
            latents = latents + NOISE * torch.randn_like(latents)
        with torch.autocast("cpu", torch.bfloat16):
            painted = keeper.net.decoder(latents.contiguous(memory_format=torch.channels_last))
        wanted = batch * 2 - 1
        loss = picture_loss(painted.float(), wanted)
        error = float((painted.detach().float() - wanted).square().mean())
        keeper.update(loss)
        budget.tell(loss=loss.item(), db=10 * math.log10(4 / max(error, 1e-9)))
    return keeper.averaged()


def _cosine(share: float) -> float:
    return 0.5 * (1 + math.cos(math.pi * min(1.0, share)))
