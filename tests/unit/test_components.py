"""The starter diffusion model's latents: means of 8 by 8 pixels, then principal components."""

import torch

from models.training.diffusion.components import (
    FACTOR,
    LATENT_CHANNELS,
    components_of,
    means_of,
    packed,
)


def test_means_are_packed_place_by_place() -> None:
    means = torch.arange(2 * 3 * 8 * 12).reshape(2, 3, 8, 12).float()

    places = packed(means)

    assert places.shape == (2, 48, 2, 3)
    first = places[0, :, 0, 0].reshape(4, 4, 3).permute(2, 0, 1)
    assert set(first.flatten().tolist()) == set(means[0, :, :4, :4].flatten().tolist())


def test_components_keep_what_varies_most() -> None:
    torch.manual_seed(0)
    # Pictures of twelve patterns and no more: twelve components lose nothing of them.
    patterns = torch.rand(12, 48)
    mixed = torch.rand(400, 12) @ patterns
    means = mixed.reshape(400, 2, 2, 2, 2, 3).permute(0, 5, 3, 1, 4, 2).reshape(400, 3, 4, 4)
    components = components_of(means)

    latents = components.encode(means)

    back = latents.flatten(1) @ components.inverse().T
    assert latents.shape == (400, LATENT_CHANNELS, 1, 1)
    assert torch.allclose(back + components.centre, packed(means).flatten(1), atol=1e-3)


def test_a_picture_becomes_a_grid_of_latents() -> None:
    components = components_of(torch.rand(64, 3, 16, 16))

    latents = components.encode(means_of(torch.rand(2, 3, 2 * FACTOR, 3 * FACTOR)))

    assert latents.shape == (2, LATENT_CHANNELS, 2, 3)
