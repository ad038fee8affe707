"""The decoder's last stage: it learns on latents that the UNet painted.

A scene's latents are made noisy and the UNet paints them clean again, told in full what the scene
shows. What comes back is the same scene with the UNet's own faults in it; the decoder learns to
give the faultless picture.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from diffusers import AutoencoderTiny, DPMSolverMultistepScheduler, UNet2DConditionModel
from torch import Tensor
from transformers import CLIPTextModel, CLIPTokenizer

from models.training import world
from models.training.diffusion.components import Components
from models.training.diffusion.progress import Budget
from models.training.diffusion.sampling import GUIDANCE, STEPS
from models.training.diffusion.scene import Scene
from models.training.diffusion.text import tokens_of
from models.training.diffusion.unet import sampler
from models.training.diffusion.vae import (
    RENDERS,
    crops,
    keeper_from,
    learn,
    noisy,
    rate_at,
    scene_batches,
)
from models.training.diffusion.words import some

# How many of the sampler's steps are skipped: the more, the more of the scene is left at the start.
FIRST, LAST = 4, 12
TRUE = 0.3  # the share of batches that stay as the encoder gives them


@dataclass(frozen=True)
class Repainter:
    """The UNet and what tells it what to paint; `scale` brings latents to unit variance."""

    unet: UNet2DConditionModel
    tokenizer: CLIPTokenizer
    encoder: CLIPTextModel
    scale: float

    @torch.no_grad()
    def repaint(self, latents: Tensor, texts: list[str], skipped: int) -> Tensor:
        """The same scenes as the UNet paints them from the step after `skipped`."""
        plan: DPMSolverMultistepScheduler = sampler()
        plan.set_timesteps(STEPS)
        plan.set_begin_index(skipped)
        steps = plan.timesteps[skipped:]
        first = steps[:1].expand(len(latents))
        painted = plan.add_noise(latents * self.scale, torch.randn_like(latents), first)
        tokens = tokens_of(self.tokenizer, [""] * len(texts) + texts)
        hidden = self.encoder(tokens).last_hidden_state
        for step in steps:
            both = torch.cat([painted, painted])
            with torch.autocast("cpu", torch.bfloat16):
                guess = self.unet(both, step, hidden).sample.float()
            without, told = guess.chunk(2)
            guess = without + GUIDANCE * (told - without)
            painted = plan.step(guess, step, painted).prev_sample
        return painted / self.scale


def full_caption(scene: Scene, rng: np.random.Generator) -> str:
    """Everything of a scene in words."""
    names = {subject.key: subject.phrases[0] for subject in world.SUBJECTS}
    what = names[scene.subject] if scene.subject else "a landscape"
    said = (
        some(rng, world.PLACES[scene.place]), some(rng, world.TIMES[scene.time]),
        some(rng, world.SEASONS[scene.season]), some(rng, world.WEATHERS[scene.weather]),
    )  # fmt: skip
    return f"{some(rng, world.STYLES[scene.style])} {what} {', '.join(said)}"


def train_matched(
    folder: Path,
    decoder: AutoencoderTiny,
    repainter: Repainter,
    components: Components,
    budget: Budget,
    seed: int,
    rate: float = 3e-4,
) -> AutoencoderTiny:
    """Train `decoder` on repainted and now and then on true latents; the average."""
    torch.manual_seed(seed)
    keeper = keeper_from(folder / "matched.pt", decoder, rate)
    rng = np.random.default_rng((seed, 14, keeper.step))
    feed = scene_batches(rng, components, RENDERS)
    for share in budget.steps(keeper, "decoder, matched"):
        keeper.set_rate(rate_at(rate, keeper.step, share))
        scenes, latents, pictures = next(feed)
        if rng.random() < TRUE:
            latents = noisy(latents)
        else:
            texts = [full_caption(scene, rng) for scene in scenes]
            latents = repainter.repaint(latents, texts, int(rng.integers(FIRST, LAST + 1)))
        learn(keeper, budget, *crops(rng, latents, pictures))
    return keeper.averaged()
