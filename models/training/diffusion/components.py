"""The latents: linear and exact, means of 8 by 8 pixels and their principal components.

A picture of 512 by 512 has 64 by 64 means of three colours; 4 by 4 of them, 48 numbers, become the
twelve principal components that keep most (31 dB). Since nothing of this is learned by descent, the
UNet's work does not wait for the decoder's, and both learn side by side.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

PACKED = 48  # three colours of 4 by 4 means
LATENT_CHANNELS = 12
FACTOR = 32
MEAN_FACTOR = 8
SAMPLE = 2048  # pictures that the components are taken from
EVENED = 0.6  # how far the components are brought to one spread: 0 not at all, 1 wholly
REACH = 0.15  # of the largest component's spread; the decoder squashes what is larger than one


@dataclass(frozen=True)
class Components:
    """The axes (LATENT_CHANNELS, 48), scaled, and the centre (48,) of packed means."""

    axes: Tensor
    centre: Tensor

    def encode(self, means: Tensor) -> Tensor:
        """Means (n, 3, h, w) in 0..1 to latents (n, LATENT_CHANNELS, h / 4, w / 4)."""
        places = packed(means) - self.centre[:, None, None]
        return nn.functional.conv2d(places, self.axes[:, :, None, None])

    def inverse(self) -> Tensor:
        """What brings latents back to packed means, less the centre: (48, LATENT_CHANNELS)."""
        return torch.as_tensor(torch.linalg.pinv(self.axes))


def means_of(pictures: Tensor) -> Tensor:
    """Means of 8 by 8 pixels: (n, 3, h, w) in 0..1 to (n, 3, h / 8, w / 8)."""
    return nn.functional.avg_pool2d(pictures, MEAN_FACTOR)


def packed(means: Tensor) -> Tensor:
    """Four neighbours side by side, twice: (n, 3, h, w) to (n, 48, h / 4, w / 4)."""
    for _ in range(2):
        places = [means[..., row::2, column::2] for row in (0, 1) for column in (0, 1)]
        means = torch.cat(places, 1)
    return means


def components_of(means: Tensor) -> Components:
    """The principal components of a stack of means, brought nearer to one spread."""
    places = packed(means[:SAMPLE].float()).permute(0, 2, 3, 1).flatten(0, 2)
    centre = places.mean(0)
    variances, axes = torch.linalg.eigh(torch.cov((places - centre).T))
    spread = variances[-LATENT_CHANNELS:].flip(0).sqrt()
    axes = axes[:, -LATENT_CHANNELS:].flip(1)
    # eigh leaves the signs open; the largest entry of each axis is made positive.
    axes = axes * axes.gather(0, axes.abs().argmax(0, keepdim=True)).sign()
    return Components((REACH * axes / spread**EVENED).T.contiguous(), centre)
