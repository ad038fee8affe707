"""The answer by rule: prompts made from what is known of the culture, without a model."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from typing import TypeVar

from workers.gpu_llm.answer import ParsedAnswer, ParsedPrompt
from workers.gpu_llm.brief import STYLE_LEADS, Brief, motif_for_each
from workers.gpu_llm.culture.knowledge import Culture
from workers.gpu_llm.spoken import style_named_in, times_in
from workers.gpu_llm.wording import FINISHES, LIGHTS, MOODS, NEGATIVES, SHAPES, VIEWS

T = TypeVar("T")
# A wish with one of these says where it plays; a second place would fight with it.
_PLACING = frozenset({"in", "on", "at", "near", "under", "beside", "by", "among", "inside", "over"})
_WORD = re.compile(r"[\w-]+")


def compose(brief: Brief, culture: Culture | None, seed: int) -> ParsedAnswer:
    """Return an answer whose prompts differ in motif, setting, light, view and mood.

    The filters of the brief stand in every prompt; the same seed gives the same answer.
    """
    rng = random.Random(seed)  # noqa: S311  chances of wording, no secret
    said = f"{brief.subject} {brief.description} {brief.category or ''}"
    style = brief.filters.get("style") or style_named_in(said) or "photorealistic"
    aspect = brief.filters.get("aspectRatio") or _shape(_words(said))
    return ParsedAnswer(style, aspect, tuple(_prompts(brief, culture, style, said, rng)))


def _prompts(
    brief: Brief, culture: Culture | None, style: str, said: str, rng: random.Random
) -> list[ParsedPrompt]:
    count, given = brief.count, brief.filters
    motifs = motif_for_each(brief.motifs, count) or ("",) * count
    free = not _words(brief.subject) & _PLACING
    settings = _cycle(culture.settings if culture and free else ("",), count, rng)
    lights = _lights(culture, count, said, rng)
    views, moods = _cycle(VIEWS, count, rng), _cycle(MOODS, count, rng)
    leads, finishes = _cycle(STYLE_LEADS[style], count, rng), _cycle(FINISHES[style], count, rng)
    prompts = []
    for index in range(count):
        light, when = lights[index]
        view = given.get("composition") or views[index]
        parts = (
            f"{leads[index]} {brief.subject}",
            f"with {motifs[index]}" if motifs[index] else "",
            settings[index],
            f"{brief.culture} setting" if brief.culture else "",
            light,
            given.get("era", ""),
            f"in {given['season']}" if given.get("season") else "",
            view,
            f"{given.get('mood') or moods[index]} mood",
            _tones(brief, index),
            finishes[index],
        )
        title = motifs[index] or settings[index] or view
        prompts.append(
            ParsedPrompt(
                name=f"{title[:1].upper()}{title[1:]} {when}".strip(),
                prompt=", ".join(filter(None, parts)),
                negative_prompt=", ".join((NEGATIVES[style], *_avoided(brief))),
            )
        )
    return prompts


def _lights(
    culture: Culture | None, count: int, said: str, rng: random.Random
) -> Sequence[tuple[str, str]]:
    """The light of each picture and the words for it in a name; none where the wish has its own."""
    if times_in(said):
        return [("", "")] * count
    if culture is None:
        return _cycle(LIGHTS, count, rng)
    return _cycle([(light, f"in {light}") for light in culture.light], count, rng)


def _tones(brief: Brief, index: int) -> str:
    given = brief.filters.get("palette")
    colour = given or (brief.palette[index % len(brief.palette)] if brief.palette else "")
    return f"in tones of {colour}" if colour else ""


def _avoided(brief: Brief) -> list[str]:
    return [f"mockery of {care}" for care in brief.sensitivities[:2]]


def _shape(said: frozenset[str]) -> str:
    return next((ratio for ratio, words in SHAPES if said & words), "1:1")


def _words(text: str) -> frozenset[str]:
    return frozenset(_WORD.findall(text.lower()))


def _cycle(items: Sequence[T], count: int, rng: random.Random) -> list[T]:
    """Take `count` of the items in a shuffled order, from the start again where they run out."""
    shuffled = rng.sample(items, len(items))
    return [shuffled[index % len(shuffled)] for index in range(count)]
