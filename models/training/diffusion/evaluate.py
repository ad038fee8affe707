"""Measures the shipped pipeline by its gates: `python -m models.training.diffusion.evaluate`.

The prompts are the starter LLM's own, for wishes of fresh scenes; the seeds are fresh too.
"""

import argparse
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import torch
from rich.progress import track

from models.training.diffusion.export import STARTER
from models.training.diffusion.judge import load_judge, verdicts
from models.training.diffusion.sampling import load, paint
from models.training.diffusion.written import Prompt, written_prompts

FIRST_SEED = 500_000
MEGABYTES = 30.0
SECONDS = 1.5


@dataclass(frozen=True)
class Gate:
    """One figure, its goal, and whether it is met."""

    name: str
    figure: float
    goal: float
    at_least: bool = True

    @property
    def met(self) -> bool:
        """Whether the figure reaches its goal."""
        return self.figure >= self.goal if self.at_least else self.figure <= self.goal

    def line(self) -> str:
        """The gate as one line: name, figure, goal, ok or MISSED."""
        sign = ">=" if self.at_least else "<="
        verdict = "ok" if self.met else "MISSED"
        return f"{self.name:<28} {self.figure:8.3f}  {sign} {self.goal:<6g} {verdict}"


def adherence(folder: Path, prompts: list[Prompt], show: bool = False) -> dict[str, float]:
    """How often the judge sees what was wished for, by attribute."""
    pipeline, judge = load(folder), load_judge()
    asked = [(text, FIRST_SEED + index) for index, (text, _) in enumerate(prompts)]
    right: dict[str, list[bool]] = {"subject": [], "time": [], "style": [], "place": []}
    pictures = track(paint(pipeline, asked), description="pictures", total=len(asked))
    for picture, (text, said) in zip(pictures, prompts, strict=True):
        seen = verdicts(judge, [picture])[0]
        for name, hits in right.items():
            if name in said:
                hits.append(seen[name] == said[name])
                if show and not hits[-1]:
                    print(f"{name} {said[name]}, seen {seen[name]}: {text}")
    return {name: sum(hits) / max(1, len(hits)) for name, hits in right.items()}


def seconds_each(folder: Path) -> float:
    """Seconds for one picture of the default size on one core, the best of three."""
    pipeline = load(folder)
    took = []
    for seed in range(4):
        begun = time.perf_counter()
        list(paint(pipeline, [("a photo of a castle by a lake at dawn", seed)]))
        took.append(time.perf_counter() - begun)
    return min(took[1:])


def size_of(folder: Path) -> float:
    """Megabytes of the weights."""
    return sum(path.stat().st_size for path in folder.rglob("*.safetensors")) / 1e6


def main() -> None:
    """Print one line a gate; exit with 1 where one is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, default=STARTER)
    parser.add_argument("--count", type=int, default=256)
    parser.add_argument("--seed", type=int, default=77)
    parser.add_argument("--show", action="store_true", help="print what was not seen")
    given = parser.parse_args()
    torch.set_num_threads(1)
    figures = adherence(given.model, written_prompts(given.count, given.seed), given.show)
    gates = [
        Gate("diffusion subject", figures["subject"], 0.97),
        Gate("diffusion time of day", figures["time"], 0.98),
        Gate("diffusion style", figures["style"], 0.98),
        Gate("diffusion place", figures["place"], 0.85),
        Gate("diffusion seconds a picture", seconds_each(given.model), SECONDS, at_least=False),
        Gate("diffusion megabytes", size_of(given.model), MEGABYTES, at_least=False),
    ]
    for gate in gates:
        print(gate.line())
    sys.exit(0 if all(gate.met for gate in gates) else 1)


if __name__ == "__main__":
    main()
