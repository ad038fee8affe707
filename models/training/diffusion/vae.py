"""The autoencoder: `components.py` says what its latents are, here it learns to paint from them.

Four stages. The encoder learns to give the components. The decoder's lower half learns at an eighth
of the picture's size, with a throw-away head that puts 8 by 8 pixels back from each place: an
edge's exact run is decided there, at a quarter of the price. Then the whole decoder learns on whole
pictures, and last on latents that the UNet itself painted, since those are never quite right.
"""

import math
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from diffusers import AutoencoderKL
from torch import Tensor, nn

from models.training.diffusion.components import LATENT_CHANNELS, Components, means_of
from models.training.diffusion.progress import Budget, Checkpoint
from models.training.diffusion.renderer import render
from models.training.diffusion.scene import PLAIN, Scene, random_scene

WIDTHS = (12, 16, 32, 96, 128, 128)  # from the picture's size down to a thirty-second of it
GROUPS = 2
MIDDLE = 2  # the up block in which the picture is an eighth of its size
ROUGH = 8
NOISE = 0.1  # at most this much of the latents' spread is added
CERTAIN = -20.0  # the encoder's log-variance: it gives one answer, no distribution


def build_vae() -> AutoencoderKL:
    """A fresh autoencoder whose encoder is sure of what it says."""
    vae = AutoencoderKL(
        down_block_types=("DownEncoderBlock2D",) * len(WIDTHS),
        up_block_types=("UpDecoderBlock2D",) * len(WIDTHS),
        block_out_channels=WIDTHS,
        layers_per_block=1,
        latent_channels=LATENT_CHANNELS,
        norm_num_groups=GROUPS,
        sample_size=512,
        use_quant_conv=False,
        use_post_quant_conv=False,
    )
    last = vae.encoder.conv_out
    with torch.no_grad():
        last.weight[LATENT_CHANNELS:] = 0
        last.bias[LATENT_CHANNELS:] = CERTAIN
    return vae.to(memory_format=torch.channels_last)


class Painter(nn.Module):
    """A decoder and the head that its lower half learns with."""

    def __init__(self, vae: AutoencoderKL) -> None:
        super().__init__()
        self.decoder = vae.decoder
        self.head = nn.Conv2d(WIDTHS[-1 - MIDDLE], 3 * ROUGH**2, 1)

    def rough(self, latents: Tensor) -> Tensor:
        """The picture (n, 3, h, w) from the lower half alone."""
        decoder = self.decoder
        hidden = decoder.mid_block(decoder.conv_in(latents))
        for block in decoder.up_blocks[:MIDDLE]:
            hidden = block(hidden)
        for layer in decoder.up_blocks[MIDDLE].resnets:
            hidden = layer(hidden, None)
        return nn.functional.pixel_shuffle(self.head(hidden), ROUGH)

    def forward(self, latents: Tensor) -> Tensor:
        """The picture (n, 3, h, w) in -1..1."""
        return torch.as_tensor(self.decoder(latents))


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


def picture_loss(painted: Tensor, wanted: Tensor) -> Tensor:
    """Absolute error plus that of the slopes, so that edges stay edges."""
    edges = [
        (made - true).abs().mean()
        for made, true in zip(_slopes(painted), _slopes(wanted), strict=True)
    ]
    return (painted - wanted).abs().mean() + 0.7 * (edges[0] + edges[1])


def _slopes(picture: Tensor) -> tuple[Tensor, Tensor]:
    return picture[..., 1:] - picture[..., :-1], picture[..., 1:, :] - picture[..., :-1, :]


def train_encoder(
    folder: Path, components: Components, budget: Budget, seed: int, rate: float = 2e-3
) -> AutoencoderKL:
    """Teach the encoder to give the components of a picture; the average, its decoder fresh."""
    torch.manual_seed(seed)
    vae = build_vae()
    vae.decoder.requires_grad_(False)
    keeper = Checkpoint(folder / "encoder.pt", vae, rate, decay=0.99)
    feed = scene_batches(np.random.default_rng((seed, 11, keeper.step)), components, 2)
    for share in budget.steps(keeper, "encoder"):
        keeper.setrate_at(rate_at(rate, keeper.step, share))
        _, latents, pictures = next(feed)
        with torch.autocast("cpu", torch.bfloat16):
            given = keeper.net.encoder(pictures)[:, :LATENT_CHANNELS].float()
        loss = nn.functional.mse_loss(given, latents)
        keeper.update(loss)
        budget.tell(loss=loss.item())
    return keeper.averaged()


def train_low(
    folder: Path, components: Components, budget: Budget, seed: int, rate: float = 2e-3
) -> Painter:
    """Teach the decoder's lower half; the average."""
    torch.manual_seed(seed)
    keeper = Checkpoint(folder / "low.pt", Painter(build_vae()), rate, decay=0.99)
    feed = scene_batches(np.random.default_rng((seed, 12, keeper.step)), components, 4)
    for share in budget.steps(keeper, "decoder, lower half"):
        keeper.setrate_at(rate_at(rate, keeper.step, share))
        _, latents, pictures = next(feed)
        with torch.autocast("cpu", torch.bfloat16):
            painted = keeper.net.rough(noisy(latents))
        learn(keeper, budget, painted, pictures)
    return keeper.averaged()


def train_high(
    folder: Path, low: Painter, components: Components, budget: Budget, seed: int,
    rate: float = 1.5e-3,
) -> Painter:  # fmt: skip
    """Teach the whole decoder from where its lower half stands; the average."""
    keeper = keeper_from(folder / "high.pt", low, rate, seed)
    feed = scene_batches(np.random.default_rng((seed, 13, keeper.step)), components, 2)
    for share in budget.steps(keeper, "decoder"):
        keeper.setrate_at(rate_at(rate, keeper.step, share))
        _, latents, pictures = next(feed)
        with torch.autocast("cpu", torch.bfloat16):
            painted = keeper.net(noisy(latents))
        learn(keeper, budget, painted, pictures)
    return keeper.averaged()


def keeper_from(path: Path, start: Painter, rate: float, seed: int) -> Checkpoint[Painter]:
    """The painter in training at `path`, a copy of `start` where nothing is there yet."""
    torch.manual_seed(seed)
    painter = Painter(build_vae())
    painter.load_state_dict(start.state_dict())
    return Checkpoint(path, painter, rate, decay=0.99)


def learn(keeper: Checkpoint[Painter], budget: Budget, painted: Tensor, pictures: Tensor) -> None:
    """One step towards the pictures (n, 3, h, w) in -1..1."""
    painted = painted.float()
    loss = picture_loss(painted, pictures)
    error = float((painted.detach() - pictures).square().mean())
    keeper.update(loss)
    budget.tell(loss=loss.item(), db=10 * math.log10(4 / max(error, 1e-9)))


def noisy(latents: Tensor) -> Tensor:
    """Latents a little off, some more than others; laid out as the processor likes them."""
    much = NOISE * torch.rand(len(latents), 1, 1, 1)
    noisy = latents + much * torch.randn_like(latents)
    return noisy.contiguous(memory_format=torch.channels_last)


def rate_at(rate: float, step: int, share: float) -> float:
    """A short rise, then half a cosine down to a fiftieth."""
    cosine = 0.5 * (1 + math.cos(math.pi * min(1.0, share)))
    return rate * min(1.0, step / 50) * (0.02 + 0.98 * cosine)
