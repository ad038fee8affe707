"""Keeps a prompt's light to the time of day that the wish names."""

from __future__ import annotations

import re

from workers.gpu_llm.spoken import times_in

# The end of a name that tells its light, as in "Paper lanterns at dawn".
_NAMED_LIGHT = re.compile(r",?\s+(?:at|by|in|under|before|after)\s+(?:[\w-]+\s+){0,3}[\w-]+$")


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
