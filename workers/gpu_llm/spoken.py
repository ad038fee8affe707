"""What the plain words of a wish say by rule: its style and its time of day."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

STYLE_WORDS: Mapping[str, tuple[str, ...]] = {
    "anime": (
        "anime", "manga", "cartoon", "comic", "chibi", "cel", "cel-shaded", "cel shaded", "toon",
        "animation", "kawaii", "shonen", "ghibli", "line art", "drawn by hand", "graphic novel",
        "storybook", "watercolor", "watercolour", "pixel art", "digital art", "sketch", "ukiyo-e",
    ),
    "photorealistic": (
        "photo", "photos", "photograph", "photographs", "photography", "photographic",
        "photorealistic", "realistic", "lifelike", "real life", "camera", "cinematic", "film still",
        "vintage film", "documentary", "foto", "oil painting", "concept art", "3d render",
    ),
}  # fmt: skip
# Names of people and plain words of other tongues (Luna, midi, alba) are left out.
LIGHT_WORDS: Mapping[str, tuple[str, ...]] = {
    "night": (
        "night", "midnight", "moonlight", "moonlit", "moon", "stars", "starry", "starlit",
        "fireworks", "northern lights", "aurora", "milky way", "nocturnal", "fireflies", "noche",
        "nuit", "nacht", "notte", "noite", "natt", "gece", "malam",
    ),
    "dawn": (
        "dawn", "sunrise", "morning", "daybreak", "rising sun", "first light", "amanecer", "aube",
        "morgen", "matin", "sonnenaufgang",
    ),
    "day": (
        "noon", "midday", "daylight", "daytime", "by day", "sunny", "sunshine", "mediodía",
        "mittag",
    ),
    "sunset": (
        "sunset", "dusk", "evening", "golden hour", "twilight", "setting sun", "atardecer",
        "coucher de soleil", "sonnenuntergang", "tramonto", "pôr do sol", "abend", "soir",
    ),
}  # fmt: skip

_WORD = re.compile(r"[^\W\d_]+(?:[-'’][^\W\d_]+)*|\d+d\b")
_NOT = ("no", "not", "without", "never")


def style_named_in(text: str) -> str | None:
    """The style that a text names first and does not refuse; None where it names none."""
    return min(_said(text, STYLE_WORDS), default=(0, None))[1]


def times_in(text: str) -> frozenset[str]:
    """The times of day that a text names: night, dawn, day, sunset."""
    return frozenset(time for _, time in _said(text, LIGHT_WORDS))


def _said(text: str, table: Mapping[str, tuple[str, ...]]) -> Iterator[tuple[int, str]]:
    """Where each key of the table is first said in whole words, unless a "no" stands before."""
    plain = f" {' '.join(_WORD.findall(text.lower()))} "
    for key, words in table.items():
        for word in words:
            place = plain.find(f" {word} ")
            if place >= 0 and not plain[:place].endswith(tuple(f" {no}" for no in _NOT)):
                yield place, key
