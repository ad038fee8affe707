"""The judge: a small classifier of renders that says what a picture shows."""

import math
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from models.training.diffusion.captions import ATTRIBUTES
from models.training.diffusion.latents import THUMB, Shelf
from models.training.diffusion.progress import Budget, Checkpoint

JUDGE = Path(__file__).resolve().parent / "judge.safetensors"
JUDGED = ("subject", "time", "place", "style")
BATCH = 64


class Judge(nn.Module):
    """Scores of subject, time, place and style for pictures of (n, 3, 128, 128) in 0..1."""

    def __init__(self) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        before = 3
        for width in (24, 48, 96, 128, 128):
            layers += [nn.Conv2d(before, width, 3, 2, 1), nn.GroupNorm(8, width), nn.SiLU()]
            before = width
        self.body = nn.Sequential(*layers, nn.Flatten(), nn.Linear(before * 16, 128), nn.SiLU())
        self.heads = nn.ModuleList(nn.Linear(128, _classes(name)) for name in JUDGED)

    def forward(self, pictures: Tensor) -> list[Tensor]:
        """Scores in the order of JUDGED."""
        seen = self.body(pictures * 2 - 1)
        return [head(seen) for head in self.heads]


def _classes(name: str) -> int:
    # The last option is "unsaid": a caption may leave it out, a picture never does.
    return len(ATTRIBUTES[name]) - (0 if name == "subject" else 1)


def _worn(pictures: Tensor, rng: np.random.Generator) -> Tensor:
    """Pictures as a model may paint them: softer, shifted, a little off in colour, with noise."""
    side = int(rng.choice((THUMB, THUMB, 96, 72)))
    if side != THUMB:
        soft = nn.functional.interpolate(pictures, size=(side, side), mode="area")
        pictures = nn.functional.interpolate(soft, size=(THUMB, THUMB), mode="bilinear")
    shift = (int(rng.integers(-5, 6)), int(rng.integers(-5, 6)))
    gain = 1 + 0.08 * torch.randn(len(pictures), 3, 1, 1)
    worn = pictures.roll(shift, (2, 3)) * gain + 0.03 * torch.randn_like(pictures)
    return worn.clamp(0, 1)


def train_judge(
    folder: Path,
    shelves: dict[tuple[int, int], Shelf],
    budget: Budget,
    seed: int,
    rate: float = 2e-3,
) -> Judge:
    """Train on the rendered set until the budget is spent, resuming from its checkpoint."""
    torch.manual_seed(seed)
    keeper = Checkpoint(folder / "judge.pt", Judge(), rate, decay=0.99, frozen=0.05)
    thumbs = torch.cat([shelf.thumbs for shelf in shelves.values()])
    labels = torch.tensor(
        [
            [ATTRIBUTES[name].index(str(getattr(scene, name) or "none")) for name in JUDGED]
            for shelf in shelves.values()
            for scene in shelf.scenes
        ]
    )
    rng = np.random.default_rng((seed, 5, keeper.step))
    for share in budget.steps(keeper, "judge"):
        keeper.set_rate(
            rate * min(1.0, keeper.step / 50) * 0.5 * (1.02 + math.cos(math.pi * share))
        )
        picked = torch.from_numpy(rng.integers(0, len(thumbs), BATCH))
        pictures = thumbs[picked].permute(0, 3, 1, 2).float() / 255
        scores = keeper.net(_worn(pictures, rng))
        losses = [
            nn.functional.cross_entropy(score, labels[picked, index])
            for index, score in enumerate(scores)
        ]
        right = (scores[0].argmax(1) == labels[picked, 0]).float().mean()
        keeper.update(torch.stack(losses).sum())
        budget.tell(loss=sum(loss.item() for loss in losses), subject=right.item())
    return keeper.averaged()


def save_judge(judge: Judge, path: Path) -> None:
    """Write the judge's weights in half precision."""
    fresh = path.with_suffix(".new")
    save_file(
        {name: value.half().contiguous() for name, value in judge.state_dict().items()}, fresh
    )
    fresh.replace(path)


def load_judge(path: Path = JUDGE) -> Judge:
    """The shipped judge; FileNotFoundError where there is none."""
    judge = Judge()
    judge.load_state_dict({name: value.float() for name, value in load_file(path).items()})
    return judge.eval()


def verdicts(judge: Judge, pictures: list[Image.Image]) -> list[dict[str, str]]:
    """What each picture shows, by attribute."""
    small = [p.convert("RGB").resize((THUMB, THUMB), Image.Resampling.BOX) for p in pictures]
    batch = torch.from_numpy(np.stack([np.asarray(p) for p in small])).permute(0, 3, 1, 2)
    with torch.no_grad():
        scores = judge(batch.float() / 255)
    best = [score.argmax(1).tolist() for score in scores]
    return [
        {name: ATTRIBUTES[name][best[index][row]] for index, name in enumerate(JUDGED)}
        for row in range(len(pictures))
    ]
