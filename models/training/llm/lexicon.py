"""What a wish's words say of light, weather and shape: the rules the corpus teaches."""

import re
from dataclasses import dataclass

from workers.gpu_llm.brief import Brief, light_of

_WORD = re.compile(r"[^\W\d_]+(?:[-'][^\W\d_]+)*")

DULL_WEATHER = (
    "rain", "rainy", "storm", "stormy", "snow", "snowy", "snowing", "fog", "foggy", "mist", "misty",
    "overcast", "cloudy", "blizzard", "lluvia", "nieve", "pluie", "neige", "schnee", "regen",
    "thunderstorm", "snowfall", "neve", "pioggia",
)  # fmt: skip
SHAPE_WORDS: dict[str, tuple[str, ...]] = {
    "16:9": ("panorama", "panoramic", "skyline", "horizon", "cinematic"),
    "3:2": (
        "landscape", "coast", "coastline", "valley", "mountains", "desert", "dunes", "bridge",
        "river", "beach", "harbour", "train", "field", "fields", "lake", "market", "village",
    ),
    "2:3": (
        "portrait", "tower", "lighthouse", "woman", "man", "girl", "boy", "statue", "waterfall",
        "dancer", "knight", "queen", "king", "skyscraper", "grandmother", "grandfather", "pagoda",
    ),
}  # fmt: skip


@dataclass(frozen=True)
class Reading:
    """What the words ask for; None where they say nothing."""

    light: str | None
    dull: bool
    shape: str | None


def read_brief(brief: Brief) -> Reading:
    """Read the light its turn names, the weather of the wish and the shape of the subject."""
    wish = _plain(f"{brief.subject} {brief.description}")
    framing = brief.filters.get("composition", "")
    return Reading(
        light=light_of(brief),
        dull=any(f" {word} " in wish for word in DULL_WEATHER),
        shape=_first_said(f"{framing} {brief.category or ''} {brief.subject}", SHAPE_WORDS),
    )


def _plain(text: str) -> str:
    return " " + " ".join(_WORD.findall(text.lower())) + " "


def _first_said(text: str, table: dict[str, tuple[str, ...]]) -> str | None:
    """Return the table's key whose word stands first in the text."""
    plain = _plain(text)
    found = (
        (plain.find(f" {word} "), key)
        for key, words in table.items()
        for word in words
        if f" {word} " in plain
    )
    return min(found, default=(0, None))[1]
