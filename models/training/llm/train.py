"""Train the starter text model: `python -m models.training.llm.train --minutes 90`."""

import argparse
import math
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

import torch
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from tokenizers import Tokenizer
from torch import Tensor
from torch.nn import functional as F

from models.training.llm.batches import Batch, batches
from models.training.llm.circuit import plant
from models.training.llm.corpus import examples, write_example
from models.training.llm.cultures import load_traits
from models.training.llm.network import Network, Shape
from models.training.llm.readback import read_gguf
from models.training.llm.tokens import load_tokenizer, train_tokenizer
from models.training.llm.wishes import WishMaker

CACHE = Path(__file__).resolve().parents[1] / ".cache" / "llm"
CHECKPOINT, TOKENIZER = "checkpoint.pt", "tokenizer.json"
HELD_OUT_SEED = 990_000
_MATRIX_RATE, _HEAD_RATE, _EMBEDDING_RATE, _GAIN_RATE = 5e-3, 2e-3, 1e-4, 2e-3
_WARM_STEPS = 30
_SAVE_EVERY = 100
_AVERAGE_KEEP = 0.97


@dataclass
class Run:
    """What a checkpoint holds and training changes."""

    network: Network
    optimizers: list[torch.optim.Optimizer]
    step: int = 0
    seconds: float = 0.0
    average: dict[str, Tensor] = field(default_factory=dict)

    def follow(self) -> None:
        """Let the average of the weights follow; it is what gets checked and exported."""
        with torch.no_grad():
            for name, value in self.network.state_dict().items():
                if name in self.average:
                    self.average[name].lerp_(value, 1 - _AVERAGE_KEEP)
                else:
                    self.average[name] = value.clone()

    def state(self) -> dict[str, Any]:
        """Return everything a later start needs."""
        return {
            "shape": self.network.shape.as_dict(),
            "network": self.network.state_dict(),
            "optimizers": [optimizer.state_dict() for optimizer in self.optimizers],
            "average": self.average,
            "step": self.step,
            "seconds": self.seconds,
        }

    def load(self, state: dict[str, Any]) -> None:
        """Go on where a checkpoint stopped."""
        self.network.load_state_dict(state["network"])
        for optimizer, saved in zip(self.optimizers, state["optimizers"], strict=True):
            optimizer.load_state_dict(saved)
        self.step, self.seconds = state["step"], state["seconds"]
        self.average = state["average"]


def make_optimizers(network: Network, share: float = 1.0) -> list[torch.optim.Optimizer]:
    """Muon for the matrices inside the blocks, AdamW for the rest; `share` of the full rates."""
    matrices: list[Tensor] = []
    gains: list[Tensor] = []
    for parameter in network.blocks.parameters():
        if parameter.requires_grad:
            (matrices if parameter.ndim == 2 else gains).append(parameter)
    gains.append(network.norm.weight)
    muon = torch.optim.Muon(
        matrices, lr=_MATRIX_RATE, weight_decay=0.0, adjust_lr_fn="match_rms_adamw"
    )
    groups = [
        {"params": [network.embedding.weight], "lr": _EMBEDDING_RATE},
        {"params": [network.head.weight], "lr": _HEAD_RATE},
        {"params": gains, "lr": _GAIN_RATE},
    ]
    optimizers = [muon, torch.optim.AdamW(groups, betas=(0.9, 0.98), weight_decay=0.0)]
    for optimizer in optimizers:
        for group in optimizer.param_groups:
            group["full_rate"] = group["lr"] * share
    return optimizers


def answer_loss(network: Network, batch: Batch, fast: bool) -> tuple[Tensor, Tensor]:
    """Return the weighted mean loss over the replies' tokens, and the share guessed right."""
    with torch.autocast("cpu", dtype=torch.bfloat16, enabled=fast):
        states = network.hidden(batch.ids[:, :-1]).flatten(0, 1)[batch.places]
        logits = network.head(states).float()
    losses = F.cross_entropy(logits, batch.wanted, reduction="none") * batch.weights
    right = (logits.argmax(-1) == batch.wanted) * batch.weights
    whole = batch.weights.sum()
    return losses.sum() / whole, right.sum() / whole


def train(
    run: Run, source: Iterator[Batch], checks: list[Batch], minutes: float, out: Path
) -> None:
    """Train until `minutes` of training have been spent in all, saving now and then."""
    last = 0.0
    with Progress(
        TextColumn("step {task.fields[step]}"), BarColumn(),
        TextColumn("loss {task.fields[loss]:.3f} held-out {task.fields[held]}"),
        TimeRemainingColumn(), refresh_per_second=0.2,
    ) as bar:  # fmt: skip
        task = bar.add_task("", total=minutes * 60, step=run.step, loss=math.nan, held="-")
        while run.seconds < minutes * 60:
            start = time.monotonic()
            _set_rates(run, run.seconds / (minutes * 60))
            loss, _ = answer_loss(run.network, next(source), fast=True)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(run.network.parameters(), 1.0)
            for optimizer in run.optimizers:
                optimizer.step()
                optimizer.zero_grad(set_to_none=True)
            run.follow()
            run.step += 1
            last = loss.item() if math.isnan(last) or not last else 0.95 * last + 0.05 * loss.item()
            run.seconds += time.monotonic() - start
            bar.update(task, completed=run.seconds, step=run.step, loss=last)
            if run.step % _SAVE_EVERY == 0:
                held = check(run, checks)
                bar.update(task, held=held)
                bar.print(f"step {run.step} {run.seconds:.0f} s loss {last:.4f} held-out {held}")
                save(run, out)
    save(run, out)


def check(run: Run, checks: list[Batch]) -> str:
    """Return loss and share of right tokens of the average on held-out examples, as text."""
    network = Network(run.network.shape)
    network.load_state_dict(run.average)
    with torch.no_grad():
        pairs = [answer_loss(network, batch, fast=True) for batch in checks]
    return " ".join(f"{sum(p[i].item() for p in pairs) / len(pairs):.4f}" for i in (0, 1))


def save(run: Run, out: Path) -> None:
    """Write the checkpoint, whole or not at all."""
    fresh = out / f"{CHECKPOINT}.new"
    torch.save(run.state(), fresh)
    fresh.replace(out / CHECKPOINT)


def _set_rates(run: Run, done: float) -> None:
    """A short rise, then half a cosine down to nothing."""
    factor = min(1.0, (run.step + 1) / _WARM_STEPS) * 0.5 * (1 + math.cos(math.pi * min(1.0, done)))
    for optimizer in run.optimizers:
        for group in optimizer.param_groups:
            group["lr"] = group["full_rate"] * factor


def prepare_tokenizer(folder: Path) -> Tokenizer:
    """Read the run's tokenizer, or learn it from the corpus with few made-up words."""
    path = folder / TOKENIZER
    if not path.exists():
        maker = WishMaker(load_traits(), seed=7, made_up=0.12)
        written = (write_example(maker.brief(), maker.rng) for _ in range(6000))
        texts = (text for e in written for text in (e.turn, e.think, e.answer))
        train_tokenizer(texts).save(str(path))
    return load_tokenizer(path)


def _start(out: Path, seed: int, gguf: Path | None) -> tuple[Network, Tokenizer]:
    """A network with its copy circuit and a tokenizer: fresh, or those of a GGUF."""
    if gguf is None:
        network = Network(Shape())
        plant(network, seed)
        return network, prepare_tokenizer(out)
    network, tokenizer = read_gguf(gguf)
    for block in network.layers()[: network.shape.planted_layers]:
        block.attention_norm.weight.requires_grad_(False)
    tokenizer.save(str(out / TOKENIZER))
    return network, tokenizer


def main() -> None:
    """Train, or go on training, and leave a checkpoint."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=90.0, help="training time in all")
    parser.add_argument("--resume", action="store_true", help="go on from the checkpoint")
    parser.add_argument("--restart-from", type=Path, help="start from the weights of a GGUF")
    parser.add_argument("--rate", type=float, default=1.0, help="share of the full learning rates")
    parser.add_argument("--out", type=Path, default=CACHE, help="folder of the checkpoint")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--tokens", type=int, default=4096, help="tokens in a batch")
    parser.add_argument("--threads", type=int, default=1)
    asked = parser.parse_args()
    torch.set_num_threads(asked.threads)
    torch.manual_seed(asked.seed)
    asked.out.mkdir(parents=True, exist_ok=True)
    network, tokenizer = _start(asked.out, asked.seed, asked.restart_from)
    run = Run(network, make_optimizers(network, asked.rate))
    if asked.resume:
        run.load(torch.load(asked.out / CHECKPOINT, weights_only=True))
    traits = load_traits()
    # Another seed after a resume, or the same examples would come again.
    source = examples(traits, seed=asked.seed * 1000 + run.step)
    held = batches(tokenizer, examples(traits, HELD_OUT_SEED, held_out=True), 4096, 2048)
    print(f"{len(traits)} cultures, {sum(p.numel() for p in network.parameters())} weights trained")
    train(
        run,
        batches(tokenizer, source, asked.tokens, network.shape.context),
        list(islice(held, 3)),
        asked.minutes,
        asked.out,
    )


if __name__ == "__main__":
    main()
