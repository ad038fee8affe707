"""What every training stage shares: a budget with a progress bar, and resumable checkpoints."""

import copy
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Generic, TypeVar

import torch
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from torch import Tensor, nn

Net = TypeVar("Net", bound=nn.Module)
SAVE_EVERY = 120.0  # seconds between checkpoints
LOG_EVERY = 30.0  # seconds between plain lines when there is no terminal


class Checkpoint(Generic[Net]):
    """A net in training: its optimiser, its running average, and the file that keeps all three."""

    def __init__(
        self, path: Path, net: Net, rate: float, decay: float, frozen: float = 0.01
    ) -> None:
        self.path, self.net, self.decay = path, net, decay
        trained = [p for p in net.parameters() if p.requires_grad]
        self.optimiser = torch.optim.AdamW(trained, lr=rate, betas=(0.9, 0.98), weight_decay=frozen)
        self.average = copy.deepcopy(net).requires_grad_(False)
        self.step = 0
        self.spent = 0.0
        if path.exists():
            self._restore()

    def _restore(self) -> None:
        state = torch.load(self.path, weights_only=True)
        self.net.load_state_dict(state["net"])
        self.average.load_state_dict(state["average"])
        self.optimiser.load_state_dict(state["optimiser"])
        self.step, self.spent = state["step"], state["spent"]

    def set_rate(self, rate: float) -> None:
        """Set the learning rate of the next update."""
        for group in self.optimiser.param_groups:
            group["lr"] = rate

    def update(self, loss: Tensor) -> None:
        """One step down the loss, and the average follows."""
        loss.backward()  # type: ignore[no-untyped-call]  # torch leaves it unannotated
        nn.utils.clip_grad_norm_(self.net.parameters(), 1.0)
        self.optimiser.step()
        self.optimiser.zero_grad(set_to_none=True)
        self.step += 1
        # A young average would remember the random start.
        decay = min(self.decay, (1 + self.step) / (10 + self.step))
        with torch.no_grad():
            pairs = zip(self.average.parameters(), self.net.parameters(), strict=True)
            for kept, fresh in pairs:
                kept.lerp_(fresh, 1 - decay)

    def averaged(self) -> Net:
        """The averaged net, ready for use."""
        return self.average.eval()

    def save(self) -> None:
        """Write the checkpoint; a reader never sees half a file."""
        state = {
            "net": self.net.state_dict(),
            "average": self.average.state_dict(),
            "optimiser": self.optimiser.state_dict(),
            "step": self.step,
            "spent": self.spent,
        }
        self.path.parent.mkdir(parents=True, exist_ok=True)
        fresh = self.path.with_suffix(".new")
        torch.save(state, fresh)
        fresh.replace(self.path)


class Budget:
    """The time a stage may take over all its runs, shown as a bar with the latest figures."""

    def __init__(self, minutes: float) -> None:
        self.seconds = minutes * 60
        self._figures: dict[str, float] = {}

    def tell(self, **figures: float) -> None:
        """Smooth figures into what the bar shows."""
        for name, value in figures.items():
            before = self._figures.get(name, value)
            self._figures[name] = before + 0.03 * (value - before)

    def steps(self, keeper: Checkpoint[Net], title: str) -> Iterator[float]:
        """Yield the share of the budget spent before each step; saves now and then, and last."""
        begun, before = time.monotonic(), keeper.spent
        saved = logged = begun
        columns = (
            TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[figures]}"),
            TimeElapsedColumn(), TimeRemainingColumn(),
        )  # fmt: skip
        with Progress(*columns) as bar:
            task = bar.add_task(title, total=self.seconds, completed=before, figures="")
            while keeper.spent < self.seconds:
                yield keeper.spent / self.seconds
                now = time.monotonic()
                keeper.spent = before + now - begun
                line = f"step {keeper.step} " + " ".join(
                    f"{name} {value:.4f}" for name, value in self._figures.items()
                )
                bar.update(task, completed=keeper.spent, figures=line)
                if not bar.console.is_terminal and now - logged > LOG_EVERY:
                    logged = now
                    print(f"{title} {keeper.spent:.0f}/{self.seconds:.0f} s {line}", flush=True)
                if now - saved > SAVE_EVERY:
                    keeper.save()
                    saved = now
        if keeper.spent > before:
            keeper.save()
