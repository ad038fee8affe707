"""Hold the shipped starter text model to its gates: `python -m models.training.llm.evaluate`.

One line a gate with figure and goal; the exit status is 1 where one is missed.
"""

import argparse
import json
import os
import sys
import time
from collections import defaultdict
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from rich.progress import track

from models.training.llm.corpus import Example, write_example
from models.training.llm.cultures import load_traits
from models.training.llm.export import SHIPPED
from models.training.llm.gates import measure, parse
from models.training.llm.speaker import THINK_BUDGET, Speaker
from models.training.llm.wishes import WishMaker
from workers.gpu_llm.brief import answer_schema

SEED = 424_242
_MADE_UP = 0.6


@dataclass(frozen=True)
class Gate:
    """A figure that must reach a goal, or stay under it."""

    name: str
    goal: float
    under: bool = False
    share: bool = True

    def line(self, figure: float) -> tuple[bool, str]:
        """Return whether the gate holds, and the line that says so."""
        good = figure <= self.goal if self.under else figure >= self.goal
        sign = "<=" if self.under else ">="
        shown, goal = (
            (f"{figure:.2%}", f"{self.goal:.1%}")
            if self.share
            else (f"{figure:,.1f}", f"{self.goal:,.0f}")
        )
        return (
            good,
            f"{self.name:<34} {shown:>10}  goal {sign} {goal:<8} {'ok' if good else 'MISSED'}",
        )


GATES: dict[str, Gate] = {
    "subject tokens": Gate("subject tokens right", 0.98),
    "subject exact": Gate("subject exact", 0.90),
    "motif": Gate("a given motif in the prompt", 0.95),
    "lead": Gate("style phrase right", 0.98),
    "style": Gate("style field right", 0.98),
    "aspect": Gate("aspect ratio as asked", 0.98),
    "light": Gate("light asked for is kept", 0.95),
    "filters": Gate("mood, era and so on kept", 0.95),
    "negative": Gate("negative prompt fits the style", 0.98),
    "count": Gate("number of prompts as asked", 1.0),
    "distinct": Gate("no two prompts share over 60 %", 0.99),
    "lengths": Gate("texts within their limits", 0.99),
    "json": Gate("valid JSON without grammar", 0.995),
    "json grammar": Gate("valid JSON with grammar", 1.0),
    "think": Gate("longest thinking, tokens", THINK_BUDGET - 1, under=True, share=False),
    "size": Gate("size, MB", 8.0, under=True, share=False),
    "speed": Gate("tokens a second, one thread", 800, share=False),
}


def held_out_examples(count: int) -> list[Example]:
    """Return wishes whose made-up words were never trained on, the same at every call."""
    maker = WishMaker(load_traits(), SEED, held_out=True, made_up=_MADE_UP)
    return list(islice((write_example(maker.brief(), maker.rng) for _ in iter(int, 1)), count))


def evaluate(path: Path, count: int, show: int = 0) -> dict[str, float]:
    """Return every gate's figure for the model at `path`."""
    speaker, tally, thinking = Speaker(path), defaultdict[str, list[float]](list), [0]
    for index, example in enumerate(track(held_out_examples(count), "asking", transient=True)):
        brief = example.brief
        reply = speaker.reply(example.turn, brief.count, seed=index + 1)
        thinking.append(reply.think_tokens)
        answer = parse(reply.answer, brief.count)
        tally["json"].append(answer is not None)
        if answer is not None:
            measure(brief, answer, speaker.tokens, tally)
        if index < show:
            print(f"{example.turn}\n[{reply.think}]\n{reply.answer}\n")
        schema = json.dumps(answer_schema(brief.count))
        ruled = parse(
            speaker.reply(example.turn, brief.count, index + 1, schema).answer, brief.count
        )
        tally["json grammar"].append(ruled is not None and len(ruled["prompts"]) == brief.count)
    figures = {key: sum(values) / len(values) for key, values in tally.items()}
    figures["think"] = max(thinking)
    figures["size"] = path.stat().st_size / 1e6
    figures["speed"] = speed(speaker)
    return figures


def speed(speaker: Speaker, tokens: int = 1000) -> float:
    """Return tokens a second of plain generation after a turn, by the processor's time."""
    ids = speaker.tokens(held_out_examples(1)[0].turn)
    stream = speaker.llama.generate(ids, temp=0.3)
    next(stream)
    start = time.process_time()
    for _ in islice(stream, tokens):
        pass
    return tokens / (time.process_time() - start)


def main() -> int:
    """Print one line a gate and return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, default=SHIPPED)
    parser.add_argument("--cases", type=int, default=200)
    parser.add_argument("--show", type=int, default=0, help="print the first few answers")
    asked = parser.parse_args()
    figures = evaluate(asked.model, asked.cases, asked.show)
    held = []
    for key, gate in GATES.items():
        good, line = gate.line(figures.get(key, 0.0))
        held.append(good)
        print(line)
    print(f"{asked.cases} held-out wishes; load of the machine {os.getloadavg()[0]:.1f}")
    return 0 if all(held) else 1


if __name__ == "__main__":
    sys.exit(main())
