"""What a wish's words say of style, light, weather and shape: the rules the corpus teaches."""

import re
from dataclasses import dataclass, replace

from models.training.world import NEAREST_STYLE
from workers.gpu_llm.brief import Brief, light_of

_WORD = re.compile(r"[^\W\d_]+(?:[-'][^\W\d_]+)*")

ANIME_WORDS = (
    "anime", "manga", "cel-shaded", "cartoon", "comic", "chibi", "line art", "drawn by hand",
    "animation", "cel", "kawaii", "toon", "shonen", "graphic novel", "storybook",
)  # fmt: skip
PHOTO_WORDS = (
    "photo", "photograph", "photorealistic", "realistic", "photography", "real life", "camera",
    "lifelike", "cinematic", "film still", "foto", "documentary",
)  # fmt: skip
STYLE_WORDS: dict[str, tuple[str, ...]] = {
    "anime": ANIME_WORDS + tuple(k for k, v in NEAREST_STYLE.items() if v == "anime"),
    "photorealistic": PHOTO_WORDS + tuple(k for k, v in NEAREST_STYLE.items() if v != "anime"),
}
LIGHT_WORDS: dict[str, tuple[str, ...]] = {
    "night": (
        "night", "midnight", "moonlight", "moonlit", "moon", "stars", "starry", "fireworks",
        "northern lights", "aurora", "milky way", "nocturnal", "noche", "nuit", "nacht", "notte",
        "noite", "natt", "gece", "malam", "luna", "fireflies",
    ),
    "sunset": (
        "sunset", "dusk", "evening", "golden hour", "twilight", "setting sun", "atardecer",
        "coucher de soleil", "sonnenuntergang", "tramonto", "pôr do sol", "abend", "soir",
    ),
    "dawn": (
        "dawn", "sunrise", "morning", "daybreak", "rising sun", "amanecer", "aube", "morgen",
        "alba", "matin", "sonnenaufgang", "first light",
    ),
    "day": ("noon", "midday", "daylight", "sunny", "sunshine", "mediodía", "midi", "mittag"),
}  # fmt: skip
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

    style: str | None
    style_word: str | None
    light: str | None
    dull: bool
    shape: str | None


def _plain(text: str) -> str:
    return " " + " ".join(_WORD.findall(text.lower())) + " "


def _first_said(text: str, table: dict[str, tuple[str, ...]]) -> tuple[str | None, str | None]:
    """Return the table's key and the word of it that stands first in the text."""
    plain = _plain(text)
    found = [
        (plain.find(f" {word} "), -len(word), key, word)
        for key, words in table.items()
        for word in words
        if f" {word} " in plain
    ]
    return min(found)[2:] if found else (None, None)


def read_words(
    subject: str, description: str, category: str = "", composition: str = ""
) -> Reading:
    """Read style from all words, light and weather from the wish, the shape from the subject."""
    style, style_word = _first_said(f"{description} {category} {subject}", STYLE_WORDS)
    light, _ = _first_said(f"{subject} {description}", LIGHT_WORDS)
    dull = any(f" {word} " in _plain(f"{subject} {description}") for word in DULL_WEATHER)
    shape, _ = _first_said(f"{composition} {category} {subject}", SHAPE_WORDS)
    return Reading(style, style_word, light, dull, shape)


def read_brief(brief: Brief) -> Reading:
    """Read a brief; the light that its turn names outranks the words."""
    reading = read_words(
        brief.subject,
        brief.description,
        brief.category or "",
        brief.filters.get("composition", ""),
    )
    return replace(reading, light=light_of(brief) or reading.light)
