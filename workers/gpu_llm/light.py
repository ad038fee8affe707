"""Keeps a prompt's light to the time of day that the wish names."""

from __future__ import annotations

import re

_TIMES: dict[str, frozenset[str]] = {
    "night": frozenset(
        {"night", "midnight", "moonlight", "moonlit", "moon", "starry", "stars", "starlit"}
    ),
    "dawn": frozenset({"dawn", "sunrise", "daybreak", "morning"}),
    "day": frozenset({"day", "noon", "midday", "daylight", "daytime"}),
    "sunset": frozenset({"sunset", "dusk", "evening", "twilight", "setting"}),
}
_WORD = re.compile(r"[a-z]+")
# The end of a name that tells its light, as in "Paper lanterns at dawn".
_NAMED_LIGHT = re.compile(r",?\s+(?:at|by|in|under|before|after)\s+(?:[\w-]+\s+){0,3}[\w-]+$")


def times_in(text: str) -> frozenset[str]:
    """The times of day that a text names: night, dawn, day, sunset."""
    words = set(_WORD.findall(text.lower()))
    return frozenset(time for time, names in _TIMES.items() if names & words)


def in_the_light_of(wish: str, prompt: str, subject: str) -> str:
    """The prompt without those phrases after its subject that name another time than the wish."""
    asked = times_in(wish)
    head, found, tail = prompt.partition(subject)
    if not asked or not found:
        return prompt
    first, *phrases = tail.split(",")
    kept = [phrase for phrase in phrases if not times_in(phrase) - asked]
    return head + subject + ",".join((first, *kept))


def name_in_the_light_of(wish: str, name: str) -> str:
    """A picture's name without an ending that names another time than the wish."""
    ending = _NAMED_LIGHT.search(name)
    asked = times_in(wish)
    if not asked or not ending or not times_in(ending[0]) - asked:
        return name
    return name[: ending.start()]
