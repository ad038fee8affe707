"""The UNet stage: v-prediction on latents, told by the frozen text model what to paint."""

from pathlib import Path

import numpy as np
import torch
from diffusers import DDPMScheduler, DPMSolverMultistepScheduler, UNet2DConditionModel
from diffusers.models.attention_processor import AttnProcessor
from torch import Tensor, nn
from transformers import CLIPTextModel, CLIPTokenizer

from models.training.diffusion.captions import caption_of
from models.training.diffusion.components import LATENT_CHANNELS, Components
from models.training.diffusion.latents import Shelf, latents_of
from models.training.diffusion.progress import Budget, Checkpoint
from models.training.diffusion.text import WIDTH, tokens_of

BATCH = 32
DROPPED = 0.1  # captions left out, so that guidance has something to lead away from
CHANNELS = (64, 96, 160)
STEPS = 1000


def noise_plan() -> DDPMScheduler:
    """The noise plan of training: scaled linear, stretched so that the last step is pure noise."""
    return DDPMScheduler(
        num_train_timesteps=STEPS,
        beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear",
        prediction_type="v_prediction", rescale_betas_zero_snr=True, timestep_spacing="trailing",
        steps_offset=1,
        clip_sample=False,
    )  # fmt: skip


def sampler() -> DPMSolverMultistepScheduler:
    """The sampler that the pipeline ships with, on the same plan."""
    return DPMSolverMultistepScheduler.from_config(
        noise_plan().config, algorithm_type="dpmsolver++", solver_order=2
    )


def build_unet() -> UNet2DConditionModel:
    """A fresh UNet, attention at a half and a quarter.

    The text also joins the embedding of the moment, which every block sees: time of day and style
    then colour the picture at every size, long before attention has learned where to look.
    """
    return UNet2DConditionModel(
        sample_size=16,
        in_channels=LATENT_CHANNELS,
        out_channels=LATENT_CHANNELS,
        block_out_channels=CHANNELS,
        layers_per_block=1,
        cross_attention_dim=WIDTH,
        attention_head_dim=4,
        norm_num_groups=16,
        time_embedding_dim=256,
        resnet_time_scale_shift="scale_shift",
        addition_embed_type="text",
        addition_embed_type_num_heads=4,
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"),
    )


class Feed:
    """Batches of one size each: latents and the text model's reading of fresh captions."""

    def __init__(
        self,
        components: Components,
        shelves: dict[tuple[int, int], Shelf],
        tokenizer: CLIPTokenizer,
        encoder: CLIPTextModel,
    ) -> None:
        self.shelves = [(each.scenes, latents_of(components, each)) for each in shelves.values()]
        counts = np.array([len(scenes) for scenes, _ in self.shelves], dtype=np.float64)
        # Squares are asked for most.
        counts[0] *= 1.5
        self.weights = counts / counts.sum()
        self.tokenizer, self.encoder = tokenizer, encoder.eval().requires_grad_(False)

    @property
    def scale(self) -> float:
        """What brings the latents to unit variance."""
        some = torch.cat([latents[:256].float().flatten() for _, latents in self.shelves])
        return round(1 / float(some.std()), 4)

    def batch(self, rng: np.random.Generator) -> tuple[Tensor, Tensor]:
        """Latents (BATCH, channels, height, width) and hidden states (BATCH, tokens, width)."""
        scenes, latents = self.shelves[int(rng.choice(len(self.shelves), p=self.weights))]
        picked = rng.integers(0, len(scenes), BATCH)
        texts = [
            "" if rng.random() < DROPPED else caption_of(scenes[index], rng)[0] for index in picked
        ]
        with torch.no_grad():
            hidden = self.encoder(tokens_of(self.tokenizer, texts)).last_hidden_state
        return latents[torch.from_numpy(picked)].float(), hidden


def train_unet(
    folder: Path,
    feed: Feed,
    budget: Budget,
    seed: int,
    start: UNet2DConditionModel | None = None,
    rate: float = 8e-4,
) -> UNet2DConditionModel:
    """Train until the budget is spent, resuming from its checkpoint; gives the average.

    Without a checkpoint it begins with `start`, or with nothing.
    """
    torch.manual_seed(seed)
    keeper = Checkpoint(folder / "unet.pt", start or build_unet(), rate, decay=0.998)
    # Plain attention goes back a fifth faster than the fused one on a processor.
    keeper.net.set_attn_processor(AttnProcessor())
    plan, scale = noise_plan(), feed.scale
    rng = np.random.default_rng((seed, 3, keeper.step))
    torch.manual_seed(seed + keeper.step)
    for share in budget.steps(keeper, "unet"):
        keeper.set_rate(rate * min(1.0, keeper.step / 100) * _held(share))
        latents, hidden = feed.batch(rng)
        latents = latents * scale
        noise = torch.randn_like(latents)
        # One moment from each part of the plan: the same mean with less chance in it.
        # More of them are noisy: there nothing but the words decides.
        moments = ((torch.arange(BATCH) + torch.rand(BATCH)) / BATCH) ** 0.8 * STEPS
        steps = moments.long().clamp(max=STEPS - 1)
        noisy = plan.add_noise(latents, noise, steps)
        with torch.autocast("cpu", torch.bfloat16):
            guess = keeper.net(noisy, steps, hidden).sample
        loss = nn.functional.mse_loss(guess.float(), plan.get_velocity(latents, noise, steps))
        keeper.update(loss)
        budget.tell(loss=loss.item())
    return keeper.averaged()


def _held(share: float) -> float:
    """Full rate for the first half of the budget, then straight down to a hundredth."""
    return min(1.0, 2 - 2 * share + 0.01)
