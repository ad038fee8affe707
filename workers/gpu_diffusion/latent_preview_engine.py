"""From latents to small pictures by a linear map, fitted to the pipeline's own decoder."""

from __future__ import annotations

import logging
from typing import Any

import torch

from workers.gpu_diffusion.pixels_engine import small_jpeg
from workers.gpu_diffusion.preview import Preview

log = logging.getLogger("imajin.preview")

SIDE = 3  # latents each way of a probe; what is looked at is the middle one
PROBES_A_CHANNEL = 6
SPREAD = 0.25  # of a probe's latents around their mean
RIDGE = 1e-2


class LatentPreview:
    """A map from each latent to one pixel: exact for no decoder, telling enough for all."""

    def __init__(self, weights: torch.Tensor, bias: torch.Tensor) -> None:
        self._weights = weights
        self._bias = bias

    @classmethod
    def fitted(cls, pipe: Any) -> LatentPreview | None:
        """Fit the map to a few decoded latents; None for a decoder of another kind."""
        vae = getattr(pipe, "vae", None)
        channels = getattr(getattr(vae, "config", None), "latent_channels", None)
        if vae is None or not channels:
            return None
        try:
            return cls(*_fit(vae, channels))
        except (RuntimeError, ValueError, TypeError, AttributeError) as error:
            log.warning("preview.off %s: %s", type(error).__name__, error)
            return None

    def picture(self, pipe: Any, latents: Any, size: tuple[int, int]) -> Preview | None:
        """The picture in the making, small; None where the latents are of another kind.

        `size` is the width and height in pixels that are being painted.
        """
        width, height = size
        if latents.ndim == 3 and hasattr(pipe, "_unpack_latents"):  # FLUX packs two by two
            latents = pipe._unpack_latents(latents, height, width, pipe.vae_scale_factor)
        if latents.ndim != 4 or latents.shape[1] != self._weights.shape[0]:
            return None
        rgb = torch.einsum("chw,cr->hwr", latents[0].float(), self._weights) + self._bias
        bytes_ = ((rgb.clamp(-1, 1) + 1) * 127.5).nan_to_num().round().to(torch.uint8)
        return small_jpeg(bytes_.cpu().numpy())


@torch.no_grad()
def _fit(vae: Any, channels: int) -> tuple[torch.Tensor, torch.Tensor]:
    seeded = torch.Generator("cpu").manual_seed(0)
    count = PROBES_A_CHANNEL * (channels + 1)
    means = torch.randn((count, channels, 1, 1), generator=seeded)
    probes = means + SPREAD * torch.randn((count, channels, SIDE, SIDE), generator=seeded)
    decoded = _decoded(vae, probes)
    cell = decoded.shape[-1] // SIDE
    middle = slice(SIDE // 2 * cell, (SIDE // 2 + 1) * cell)
    colours = decoded[:, :, middle, middle].mean((2, 3))
    known = torch.cat([probes[:, :, SIDE // 2, SIDE // 2], torch.ones(count, 1)], 1).double()
    ridge = RIDGE * count * torch.eye(channels + 1, dtype=torch.float64)
    ridge[-1, -1] = 0
    solved = torch.linalg.solve(known.T @ known + ridge, known.T @ colours.double()).float()
    if not torch.isfinite(solved).all():
        raise ValueError("the decoder gave numbers that are no colours")
    return solved[:-1].to(vae.device), solved[-1].to(vae.device)


def _decoded(vae: Any, latents: torch.Tensor) -> torch.Tensor:
    """What the decoder makes of latents as the scheduler has them, from -1 to 1, on the CPU."""
    config, kept = vae.config, vae.dtype
    scaled = latents / config.scaling_factor
    mean, std = (getattr(config, name, None) for name in ("latents_mean", "latents_std"))
    if mean is not None and std is not None:
        shape = (1, -1, 1, 1)
        scaled = scaled * torch.tensor(std).view(shape) + torch.tensor(mean).view(shape)
    else:
        scaled = scaled + (getattr(config, "shift_factor", None) or 0.0)
    raised = kept == torch.float16 and getattr(config, "force_upcast", False)
    if raised:
        vae.to(torch.float32)
    pieces = [
        vae.decode(piece.to(vae.device, vae.dtype), return_dict=False)[0].float().cpu()
        for piece in scaled.split(16)
    ]
    if raised:
        vae.to(kept)
    return torch.cat(pieces).clamp(-1, 1)
