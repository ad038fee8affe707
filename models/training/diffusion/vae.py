"""The decoder stage: from the planted way back to pictures whose edges are edges."""

import math
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from diffusers import AutoencoderTiny
from torch import Tensor

from models.training.diffusion.components import FACTOR, Components, means_of
from models.training.diffusion.planted import build_vae, planted_vae
from models.training.diffusion.progress import Budget, Checkpoint
from models.training.diffusion.renderer import render
from models.training.diffusion.scene import PLAIN, Scene, random_scene

CROP = 256
RENDERS, CROPS = 3, 2
NOISE = 0.12  # at most this much of the latents' spread is added, for the UNet's are never exact
SPREAD = 0.09


def scene_batches(
    rng: np.random.Generator, components: Components, count: int
) -> Iterator[tuple[list[Scene], Tensor, Tensor]]:
    """Scenes of one size, their latents and their pictures (count, 3, h, w) in -1..1."""
    while True:
        first = random_scene(rng, plain=PLAIN)
        scenes = [first, *(random_scene(rng, first.size, plain=PLAIN) for _ in range(count - 1))]
        pictures = torch.from_numpy(np.stack([np.array(render(scene)) for scene in scenes]))
        pictures = pictures.permute(0, 3, 1, 2).float() / 255
        yield scenes, components.encode(means_of(pictures)), pictures * 2 - 1


def crops(rng: np.random.Generator, latents: Tensor, pictures: Tensor) -> tuple[Tensor, Tensor]:
    """CROPS pieces of each picture and its latents, CROP wide and high, on the latents' grid."""
    pieces = []
    for latent, picture in zip(latents, pictures, strict=True):
        for _ in range(CROPS):
            top, left = (_offset(rng, length // FACTOR) for length in picture.shape[1:])
            side = CROP // FACTOR
            pieces.append(
                (
                    latent[:, top : top + side, left : left + side],
                    picture[:, top * FACTOR :, left * FACTOR :][:, :CROP, :CROP],
                )
            )
    parts = [torch.stack(part) for part in zip(*pieces, strict=True)]
    return parts[0].contiguous(memory_format=torch.channels_last), parts[1]


def _offset(rng: np.random.Generator, places: int) -> int:
    # Most of what is hard to paint lies in the middle of the picture.
    room = places - CROP // FACTOR
    share = rng.random() if rng.random() < 0.3 else 0.5 * (rng.random() + rng.random())
    return int(share * room + 0.5)


def noisy(latents: Tensor) -> Tensor:
    """Latents a little off, some more than others."""
    much = NOISE * SPREAD * torch.rand(len(latents), 1, 1, 1)
    return latents + much * torch.randn_like(latents)


def picture_loss(painted: Tensor, wanted: Tensor) -> Tensor:
    """Absolute error plus that of the slopes, so that edges stay edges."""
    edges = [
        (made - true).abs().mean()
        for made, true in zip(_slopes(painted), _slopes(wanted), strict=True)
    ]
    return (painted - wanted).abs().mean() + 0.7 * (edges[0] + edges[1])


def _slopes(picture: Tensor) -> tuple[Tensor, Tensor]:
    return picture[..., 1:] - picture[..., :-1], picture[..., 1:, :] - picture[..., :-1, :]


def train_decoder(
    folder: Path, components: Components, budget: Budget, seed: int, rate: float = 6e-4
) -> AutoencoderTiny:
    """Train the planted decoder on crops of renders until the budget is spent; the average."""
    torch.manual_seed(seed)
    keeper = keeper_from(folder / "decoder.pt", planted_vae(components), rate)
    rng = np.random.default_rng((seed, 13, keeper.step))
    feed = scene_batches(rng, components, RENDERS)
    for share in budget.steps(keeper, "decoder"):
        keeper.set_rate(rate_at(rate, keeper.step, share))
        _, latents, pictures = next(feed)
        learn(keeper, budget, *crops(rng, noisy(latents), pictures))
    return keeper.averaged()


def keeper_from(path: Path, start: AutoencoderTiny, rate: float) -> Checkpoint[AutoencoderTiny]:
    """The decoder in training at `path`, a copy of `start` where nothing is there yet."""
    vae = build_vae()
    vae.load_state_dict(start.state_dict())
    # Weights that shrink would spoil what is planted.
    return Checkpoint(path, vae, rate, decay=0.99, frozen=0.0)


def learn(
    keeper: Checkpoint[AutoencoderTiny], budget: Budget, latents: Tensor, pictures: Tensor
) -> None:
    """One step towards the pictures (n, 3, h, w) in -1..1."""
    with torch.autocast("cpu", torch.bfloat16):
        painted = keeper.net.decoder(latents)
    painted = painted.float()
    loss = picture_loss(painted, pictures)
    error = float((painted.detach() - pictures).square().mean())
    keeper.update(loss)
    budget.tell(loss=loss.item(), db=10 * math.log10(4 / max(error, 1e-9)))


def rate_at(rate: float, step: int, share: float) -> float:
    """A short rise, then half a cosine down to a fiftieth."""
    cosine = 0.5 * (1 + math.cos(math.pi * min(1.0, share)))
    return rate * min(1.0, step / 200) * (0.02 + 0.98 * cosine)
