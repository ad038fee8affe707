"""Makes the brief of one request: the user's words, the culture's knowledge, the filters."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from workers.gpu_llm.brief import Brief, clean_phrase
from workers.gpu_llm.control import without_control
from workers.gpu_llm.culture.result import Classification
from workers.gpu_llm.spoken import style_named_in
from workers.gpu_llm.subject import subject_of

MOTIFS = 6
# The two filters that the answer's grammar knows go by their names on the wire.
_WIRE = {"aspect_ratio": "aspectRatio"}
_OWN_LINES = ("culture", "region")


@dataclass(frozen=True)
class Wish:
    """What was asked, as the schema loaded it, with the seed resolved."""

    description: str
    category: str
    filters: Mapping[str, str]
    count: int
    seed: int
    include_reasoning: bool = False

    @classmethod
    def from_payload(cls, payload: Mapping[str, Any]) -> Wish:
        """Read the payload of imajin.analyze; KeyError where the seed or the count is missing."""
        return cls(
            description=payload.get("description", ""),
            category=payload.get("category", ""),
            filters=payload.get("filters", {}),
            count=payload["count"],
            seed=payload["seed"],
            include_reasoning=payload.get("include_reasoning", False),
        )


def make_brief(wish: Wish, found: Classification) -> Brief:
    """Return the brief of a wish; other seeds give other motifs of the same culture.

    Every value is free of control tokens. Where no culture was found, the user's own word for
    one still stands in it.
    """
    # Not random.Random(seed) alone: the fallback draws from that, and would repeat the order.
    rng = random.Random(f"motifs {wish.seed}")  # noqa: S311  a choice of motifs, no secret
    culture = found.knowledge
    motifs: tuple[str, ...] = ()
    if culture:
        motifs = tuple(
            rng.sample(culture.motifs, min(max(MOTIFS, wish.count), len(culture.motifs)))
        )
    named = culture.name if culture else found.culture or wish.filters.get("culture")
    return Brief(
        subject=subject_of(wish.description, wish.category),
        description=_clean(wish.description or wish.category),
        count=wish.count,
        culture=_clean(named) if named else None,
        region=_region(wish, found),
        motifs=motifs,
        palette=culture.palette if culture else (),
        sensitivities=tuple(one.about for one in found.sensitivities),
        category=_clean(wish.category) or None,
        filters=_filters(wish),
    )


def _filters(wish: Wish) -> dict[str, str]:
    """The filters under their names on the wire; style words in the wish count as one."""
    given = {
        _WIRE.get(name, name): _clean(value)
        for name, value in wish.filters.items()
        if name not in _OWN_LINES and _clean(value)
    }
    style = style_named_in(f"{wish.description} {wish.category}")
    return given if style is None else {"style": style, **given}


def _region(wish: Wish, found: Classification) -> str | None:
    region = wish.filters.get("region") or found.region
    return _clean(region) if region else None


def _clean(text: str) -> str:
    return clean_phrase(without_control(text))
