"""What is sent: seeded requests of the three kinds, some twice, some cancelled."""

from __future__ import annotations

import random
import uuid
from dataclasses import dataclass
from typing import Any

from tests.harness.images import as_text
from tests.pictures import file, photo

ROUTES = {"analyze": "/analyze-context", "generate": "/generate", "derivative": "/derivatives"}
WISHES = ("a paper boat on a canal", "a torii by a lake", "a market at night", "a tea house")
TWICE = 0.08  # of the posts are sent again with the same key
SHAKY = 0.06  # of the jobs are cancelled, half of them at once
HEAVY = 0.3  # of the derivatives take about a second, so that faults find them at work


@dataclass(frozen=True)
class Options:
    """The run as asked for; `mix` is the share of analyze and of generate jobs."""

    jobs: int
    seed: int
    minutes: float
    mix: tuple[float, float] = (0.02, 0.02)
    drain_seconds: float = 600.0


@dataclass(frozen=True)
class Wanted:
    """One job to send."""

    kind: str
    body: dict[str, Any]
    key: str
    twice: bool
    cancel_after: float | None

    @property
    def route(self) -> str:
        """Where it is posted."""
        return f"{ROUTES[self.kind]}/async"


def plan(options: Options) -> list[Wanted]:
    """All jobs of a run; the seed fixes what they are, not how they fall against the faults."""
    chance = random.Random(options.seed)  # noqa: S311  no secret
    analyses = round(options.jobs * options.mix[0])
    paintings = round(options.jobs * options.mix[1])
    kinds = ["analyze"] * analyses + ["generate"] * paintings
    kinds += ["derivative"] * (options.jobs - len(kinds))
    chance.shuffle(kinds)
    return [_wanted(kind, chance) for kind in kinds]


def _wanted(kind: str, chance: random.Random) -> Wanted:
    return Wanted(
        kind=kind,
        body=_BODIES[kind](chance),
        key=uuid.UUID(int=chance.getrandbits(128)).hex,
        twice=chance.random() < TWICE,
        cancel_after=max(0.0, chance.uniform(-1, 1)) if chance.random() < SHAKY else None,
    )


def _analyze(chance: random.Random) -> dict[str, Any]:
    return {"description": chance.choice(WISHES), "count": 1}


def _generate(chance: random.Random) -> dict[str, Any]:
    # Without a seed each run paints another picture, so that a second commit would show.
    return {"prompt": chance.choice(WISHES), "steps": 4, "width": 256, "height": 256}


def _derivative(chance: random.Random) -> dict[str, Any]:
    side = chance.randrange(24, 96)
    heavy = chance.random() < HEAVY
    variants = [
        {"name": f"v{number}", "width": side + number, "format": chance.choice(("png", "webp"))}
        for number in range(chance.randint(1, 3))
    ]
    if heavy:
        variants += [
            {"name": f"heavy{number}", "width": 1200 - number, "format": "avif", "quality": 60}
            for number in range(2)
        ]
    source = _LARGE if heavy else _SMALL
    return {"imageData": source, "variants": variants}


_BODIES = {"analyze": _analyze, "generate": _generate, "derivative": _derivative}
_SMALL = as_text(file(photo(160, 120), "JPEG", quality=80))
_LARGE = as_text(file(photo(1600, 1200), "JPEG", quality=80))
